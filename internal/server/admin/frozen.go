package admin

import (
	"errors"
	"net/http"

	"guichet/internal/account"
	"guichet/internal/booking"
	"guichet/internal/locale"
	"guichet/internal/restore"
	"guichet/internal/server/site"
	pages "guichet/web/admin"
	"guichet/web/ui"
)

// ShowFrozen answers GET /admin/frozen.
func (s *Handlers) ShowFrozen(w http.ResponseWriter, r *http.Request) error {
	return s.drawFrozen(w, r, http.StatusOK, "")
}

func (s *Handlers) drawFrozen(w http.ResponseWriter, r *http.Request, status int, problem string) error {
	p := pages.FrozenPage{Problem: problem, Timezone: site.Timezone(r).String()}
	var err error
	p.Restore, p.Left, err = s.Bookings.Restored(r.Context(), site.Actor(r))
	if err != nil && !errors.Is(err, booking.ErrNotFound) {
		return err
	}
	if p.Now, err = s.Bookings.Now(r.Context()); err != nil {
		return err
	}
	if p.Repeats, err = s.Accounts.Repeats(r.Context(), site.Actor(r), p.Restore.ID); err != nil {
		return err
	}
	v := s.View(r, "frozen.title")
	v.Problem = problem != ""
	return s.Render(w, r, status, pages.FrozenShow(v, p))
}

// EndRemoval answers POST /admin/frozen/removals: what was taken away before the
// restore is taken away again, or is let be.
func (s *Handlers) EndRemoval(w http.ResponseWriter, r *http.Request) error {
	sent, err := site.Form(r)
	if err != nil {
		return err
	}
	e, _, err := s.Bookings.Restored(r.Context(), site.Actor(r))
	if err != nil {
		return err
	}
	err = s.Accounts.EndRemoval(r.Context(), site.Actor(r), e.ID, sent.Get("removal"), restore.Ending(sent.Get("ending")))
	if errors.Is(err, account.ErrSelf) {
		return s.RedirectWithFlash(w, r, "/admin/frozen", ui.Bad, "frozen.removal.self")
	}
	if err != nil {
		return err
	}
	return s.RedirectWithFlash(w, r, "/admin/frozen", ui.OK, "frozen.removal.ended")
}

// Unfreeze answers POST /admin/frozen.
func (s *Handlers) Unfreeze(w http.ResponseWriter, r *http.Request) error {
	sent, err := site.Form(r)
	if err != nil {
		return err
	}
	if sent.Get("compared") == "" {
		return s.drawFrozen(w, r, http.StatusUnprocessableEntity, site.Lang(r).T("problem.compared.empty"))
	}
	if err := s.Bookings.Unfreeze(r.Context(), site.Actor(r)); err != nil {
		return err
	}
	return s.RedirectWithFlash(w, r, "/bookings", ui.OK, locale.Key("frozen.over"))
}
