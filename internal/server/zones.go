package server

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/go-chi/chi/v5"

	"guichet/internal/account"
	"guichet/internal/booking"
	"guichet/web/admin"
	"guichet/web/ui"
)

const zonesPage = "/admin/supplier"

// refreshZones answers POST /admin/supplier/zones.
func (s *Server) refreshZones(w http.ResponseWriter, r *http.Request) error {
	before, err := s.Bookings.Zones(r.Context())
	if err != nil {
		return err
	}
	list, err := s.Bookings.RefreshZonesNow(r.Context(), actor(r))
	switch {
	case errors.Is(err, booking.ErrSupplierDown):
		return s.goWith(w, r, zonesPage, ui.Bad, "zones.refresh.down")
	case errors.Is(err, booking.ErrUnreadable):
		return s.goWith(w, r, zonesPage, ui.Bad, "zones.refresh.unread")
	case err != nil:
		return err
	}
	if err := s.Accounts.AuditChange(r.Context(), actor(r), account.DidRefreshZones, counts(before), counts(list)); err != nil {
		return err
	}
	if list.Waiting {
		return s.goWith(w, r, zonesPage, ui.Warn, "zones.refresh.waits")
	}
	return s.goWith(w, r, zonesPage, ui.OK, "zones.refresh.done")
}

// counts is a list of zones as the audit log keeps it.
func counts(l booking.ZoneList) string {
	text := fmt.Sprintf("zones=%d", len(l.Listed()))
	if l.Waiting {
		text += fmt.Sprintf(" lacking=%d", len(l.Lost()))
	}
	return text
}

// acceptZones answers POST /admin/supplier/zones/accept: an admin's yes to a list
// that lost more than half of its zones.
func (s *Server) acceptZones(w http.ResponseWriter, r *http.Request) error {
	fields, err := form(r)
	if err != nil {
		return err
	}
	if fields.Get("agreed") == "" {
		return s.drawSupplier(w, r, http.StatusUnprocessableEntity, admin.SupplierPage{AcceptError: lang(r).T("problem.zones_agreed.empty")})
	}
	before, err := s.Bookings.Zones(r.Context())
	if err != nil {
		return err
	}
	told, err := strconv.Atoi(fields.Get("lost"))
	if err != nil {
		return fmt.Errorf("%w: %w", errBadForm, err)
	}
	err = s.Bookings.AcceptZones(r.Context(), actor(r), told)
	switch {
	case errors.Is(err, booking.ErrChanged):
		return s.goWith(w, r, zonesPage, ui.Warn, "zones.accept.changed")
	case errors.Is(err, booking.ErrSupplierDown):
		return s.goWith(w, r, zonesPage, ui.Bad, "zones.refresh.down")
	case errors.Is(err, booking.ErrUnreadable):
		return s.goWith(w, r, zonesPage, ui.Bad, "zones.refresh.unread")
	case err != nil:
		return err
	}
	after, err := s.Bookings.Zones(r.Context())
	if err != nil {
		return err
	}
	if err := s.Accounts.AuditChange(r.Context(), actor(r), account.DidAcceptZones, counts(before), counts(after)); err != nil {
		return err
	}
	return s.goWith(w, r, zonesPage, ui.OK, "zones.accept.done")
}

// setTimezone answers POST /admin/supplier/zones/{zone}/timezone.
func (s *Server) setTimezone(w http.ResponseWriter, r *http.Request) error {
	fields, err := form(r)
	if err != nil {
		return err
	}
	id, typed := pathParam(r, "zone"), strings.TrimSpace(fields.Get("timezone"))
	before, err := s.Bookings.SetTimezone(r.Context(), actor(r), id, typed)
	var invalid *booking.InvalidError
	if errors.As(err, &invalid) {
		return s.drawSupplier(w, r, http.StatusUnprocessableEntity, admin.SupplierPage{
			WrongZone: id, Typed: fields.Get("timezone"), ZoneError: problems(lang(r), invalid)["timezone"],
		})
	}
	if err != nil {
		return err
	}
	entry := func(timezone string) string { return before.Code + " timezone=" + timezone }
	if err := s.Accounts.AuditChange(r.Context(), actor(r), account.DidSetTimezone, entry(before.Timezone), entry(typed)); err != nil {
		return err
	}
	return s.goWith(w, r, zonesPage, ui.OK, "zones.timezone.done")
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
