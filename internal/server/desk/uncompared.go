package desk

import (
	"errors"
	"net/http"
	"strings"

	"guichet/internal/booking"
	"guichet/internal/invalid"
	"guichet/internal/locale"
	"guichet/internal/server/site"
	pages "guichet/web/desk"
	"guichet/web/ui"
)

// shownOver is how many bookings the page lists, the next drop-off first.
const shownOver = 50

// ListUncompared answers GET /desk/uncompared.
func (s *Handlers) ListUncompared(w http.ResponseWriter, r *http.Request) error {
	return s.drawUncompared(w, r, http.StatusOK, pages.UncomparedPage{})
}

func (s *Handlers) drawUncompared(w http.ResponseWriter, r *http.Request, status int, p pages.UncomparedPage) error {
	p.Actor, p.Timezone = site.Actor(r), site.Timezone(r).String()
	page, err := s.Bookings.List(r.Context(), p.Actor.Scope(), booking.Filter{
		States: booking.Views["over"], Uncompared: s.Bookings.Environment(), Sort: booking.DropOffFirst, Limit: shownOver + 1,
	})
	if err != nil {
		return err
	}
	p.List, p.More = page.Bookings[:min(shownOver, len(page.Bookings))], len(page.Bookings) > shownOver
	if p.Now, err = s.Bookings.Now(r.Context()); err != nil {
		return err
	}
	v := s.View(r, "over.title")
	v.Problem = len(p.Errors) > 0
	return s.Render(w, r, status, pages.Uncompared(v, p))
}

// AsTheyStand answers POST /desk/uncompared: the supplier's word that bookings stand
// there as they do here. Each gets the evidence for itself, by the rules of a finding
// about one; what has changed since it was shown is left.
func (s *Handlers) AsTheyStand(w http.ResponseWriter, r *http.Request) error {
	sent, err := site.Form(r)
	if err != nil {
		return err
	}
	chosen := sent["booking"]
	if len(chosen) == 0 || len(chosen) > shownOver {
		return s.drawUncompared(w, r, http.StatusUnprocessableEntity, pages.UncomparedPage{
			Typed: sent, Errors: map[string]string{"booking": site.Lang(r).T("problem.over.empty")},
		})
	}
	done := 0
	for _, one := range chosen {
		ref, version, _ := strings.Cut(one, ".")
		_, err := s.Bookings.Resolve(r.Context(), site.Actor(r), booking.ResolveRequest{
			Ref: site.SanitizeText(ref), Version: site.Atoi(version), Finding: booking.FoundAsItStands, Evidence: evidenceSent(sent),
		})
		var bad *invalid.Error
		switch {
		case errors.As(err, &bad):
			return s.drawUncompared(w, r, http.StatusUnprocessableEntity, pages.UncomparedPage{Typed: sent, Errors: site.Problems(site.Lang(r), bad)})
		case err == nil:
			done++
		case !passedOver(err):
			return err
		}
	}
	kind, said := ui.OK, locale.Key("over.done")
	if done < len(chosen) {
		kind, said = ui.Warn, "over.partly"
	}
	if err := s.SetFlash(r, kind, said, "Count", done, "Chosen", len(chosen)); err != nil {
		return err
	}
	return site.Redirect(w, r, "/desk/uncompared")
}

// passedOver reports that a booking is no longer, or not yet, to be found so.
func passedOver(err error) bool {
	for _, why := range []error{booking.ErrChanged, booking.ErrTransition, booking.ErrTooLate, booking.ErrProposed, booking.ErrNotFound, booking.ErrBusy} {
		if errors.Is(err, why) {
			return true
		}
	}
	return false
}

// overUncompared counts what /desk/uncompared lists.
func (s *Handlers) overUncompared(r *http.Request) (n int, err error) {
	_, left, err := s.Bookings.Restored(r.Context(), site.Actor(r))
	if errors.Is(err, booking.ErrNotFound) {
		return 0, nil
	}
	for state, count := range left.States {
		if state.Final() {
			n += count
		}
	}
	return n, err
}
