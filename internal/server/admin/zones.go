package admin

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/go-chi/chi/v5"

	"guichet/internal/booking"
	"guichet/internal/invalid"
	"guichet/internal/server/site"
	pages "guichet/web/admin"
	"guichet/web/ui"
)

const zonesPage = "/admin/supplier"

// RefreshZones answers POST /admin/supplier/zones.
func (s *Handlers) RefreshZones(w http.ResponseWriter, r *http.Request) error {
	list, err := s.Bookings.RefreshZonesNow(r.Context(), site.Actor(r))
	switch {
	case errors.Is(err, booking.ErrSupplierDown):
		return s.RedirectWithFlash(w, r, zonesPage, ui.Bad, "zones.refresh.down")
	case errors.Is(err, booking.ErrUnreadable):
		return s.RedirectWithFlash(w, r, zonesPage, ui.Bad, "zones.refresh.unread")
	case err != nil:
		return err
	}
	if list.Waiting {
		return s.RedirectWithFlash(w, r, zonesPage, ui.Warn, "zones.refresh.waits")
	}
	return s.RedirectWithFlash(w, r, zonesPage, ui.OK, "zones.refresh.done")
}

// AcceptZones answers POST /admin/supplier/zones/accept: an admin's yes to a list
// that lost more than half of its zones.
func (s *Handlers) AcceptZones(w http.ResponseWriter, r *http.Request) error {
	fields, err := site.Form(r)
	if err != nil {
		return err
	}
	if fields.Get("agreed") == "" {
		return s.drawSupplier(w, r, http.StatusUnprocessableEntity, pages.SupplierPage{AcceptError: site.Lang(r).T("problem.zones_agreed.empty")})
	}
	told, err := strconv.Atoi(fields.Get("lost"))
	if err != nil {
		return fmt.Errorf("%w: %w", site.ErrBadForm, err)
	}
	err = s.Bookings.AcceptZones(r.Context(), site.Actor(r), told)
	switch {
	case errors.Is(err, booking.ErrChanged):
		return s.RedirectWithFlash(w, r, zonesPage, ui.Warn, "zones.accept.changed")
	case errors.Is(err, booking.ErrSupplierDown):
		return s.RedirectWithFlash(w, r, zonesPage, ui.Bad, "zones.refresh.down")
	case errors.Is(err, booking.ErrUnreadable):
		return s.RedirectWithFlash(w, r, zonesPage, ui.Bad, "zones.refresh.unread")
	case err != nil:
		return err
	}
	return s.RedirectWithFlash(w, r, zonesPage, ui.OK, "zones.accept.done")
}

// SetTimezone answers POST /admin/supplier/zones/{zone}/timezone.
func (s *Handlers) SetTimezone(w http.ResponseWriter, r *http.Request) error {
	fields, err := site.Form(r)
	if err != nil {
		return err
	}
	id, typed := pathParam(r, "zone"), strings.TrimSpace(fields.Get("timezone"))
	err = s.Bookings.SetTimezone(r.Context(), site.Actor(r), id, typed)
	var invalid *invalid.Error
	if errors.As(err, &invalid) {
		return s.drawSupplier(w, r, http.StatusUnprocessableEntity, pages.SupplierPage{
			WrongZone: id, Typed: fields.Get("timezone"), ZoneError: site.Problems(site.Lang(r), invalid)["timezone"],
		})
	}
	if err != nil {
		return err
	}
	return s.RedirectWithFlash(w, r, zonesPage, ui.OK, "zones.timezone.done")
}

// pathParam is a part of the address as it was before it was escaped: the router
// hands out what it matched, which is escaped when the address had to be.
func pathParam(r *http.Request, name string) string {
	text := chi.URLParam(r, name)
	if r.URL.RawPath == "" {
		return text
	}
	plain, err := url.PathUnescape(text)
	if err != nil {
		return text
	}
	return plain
}
