package server

import (
	"errors"
	"net/http"

	"guichet/internal/account"
	"guichet/internal/booking"
	"guichet/internal/locale"
	"guichet/internal/restore"
	"guichet/web/admin"
	"guichet/web/ui"
)

// showFrozen answers GET /admin/frozen.
func (s *Server) showFrozen(w http.ResponseWriter, r *http.Request) error {
	return s.drawFrozen(w, r, http.StatusOK, "")
}

func (s *Server) drawFrozen(w http.ResponseWriter, r *http.Request, status int, problem string) error {
	p := admin.FrozenPage{Problem: problem, Timezone: timezone(r).String()}
	var err error
	p.Restore, p.Left, err = s.Bookings.Restored(r.Context(), actor(r))
	if err != nil && !errors.Is(err, booking.ErrNotFound) {
		return err
	}
	if p.Now, err = s.Bookings.Now(r.Context()); err != nil {
		return err
	}
	if p.Repeats, err = s.Accounts.Repeats(r.Context(), actor(r), p.Restore.ID); err != nil {
		return err
	}
	v := s.view(r, "frozen.title")
	v.Problem = problem != ""
	return s.render(w, r, status, admin.FrozenShow(v, p))
}

// endRemoval answers POST /admin/frozen/removals: what was taken away before the
// restore is taken away again, or is let be.
func (s *Server) endRemoval(w http.ResponseWriter, r *http.Request) error {
	sent, err := form(r)
	if err != nil {
		return err
	}
	e, _, err := s.Bookings.Restored(r.Context(), actor(r))
	if err != nil {
		return err
	}
	err = s.Accounts.EndRemoval(r.Context(), actor(r), e.ID, sent.Get("removal"), restore.Ending(sent.Get("ending")))
	if errors.Is(err, account.ErrSelf) {
		return s.goWith(w, r, "/admin/frozen", ui.Bad, "frozen.removal.self")
	}
	if err != nil {
		return err
	}
	return s.goWith(w, r, "/admin/frozen", ui.OK, "frozen.removal.ended")
}

// unfreeze answers POST /admin/frozen.
func (s *Server) unfreeze(w http.ResponseWriter, r *http.Request) error {
	sent, err := form(r)
	if err != nil {
		return err
	}
	if sent.Get("compared") == "" {
		return s.drawFrozen(w, r, http.StatusUnprocessableEntity, lang(r).T("problem.compared.empty"))
	}
	if err := s.Bookings.Unfreeze(r.Context(), actor(r)); err != nil {
		return err
	}
	if err := s.Accounts.Audit(r.Context(), actor(r), account.DidReopen, 0); err != nil {
		return err
	}
	return s.goWith(w, r, "/bookings", ui.OK, locale.Key("frozen.over"))
}
