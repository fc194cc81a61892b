package admin

import (
	"errors"
	"net/http"

	"github.com/go-chi/chi/v5"

	"guichet/internal/account"
	"guichet/internal/booking"
	"guichet/internal/keyring"
	"guichet/internal/locale"
	"guichet/internal/server/site"
	pages "guichet/web/admin"
	"guichet/web/ui"
)

// ShowSupplier answers GET /admin/supplier: how the supplier answers, its zones
// and its keys.
func (s *Handlers) ShowSupplier(w http.ResponseWriter, r *http.Request) error {
	return s.drawSupplier(w, r, http.StatusOK, pages.SupplierPage{})
}

// drawSupplier fills in what the page shows beside a refused form.
func (s *Handlers) drawSupplier(w http.ResponseWriter, r *http.Request, status int, p pages.SupplierPage) error {
	var err error
	if p.Keys, err = s.Keys.List(r.Context(), site.Actor(r), string(s.Environment)); err != nil {
		return err
	}
	if p.Zones, err = s.Bookings.Zones(r.Context()); err != nil {
		return err
	}
	writes, err := s.Bookings.WriteHealth(r.Context())
	if err != nil {
		return err
	}
	p.Reads, p.Writes = s.ReadHealth(), writes
	p.DownSince, p.Host, p.Now, p.Timezone = s.SupplierDown(), s.SupplierHost, s.Now(), site.Timezone(r).String()
	p.Ahead, p.ClockSeen = s.SupplierClock()
	v := s.View(r, "supplier.title")
	v.Problem = p.Refused()
	return s.Render(w, r, status, pages.Supplier(v, p))
}

// AddKey answers POST /admin/supplier/keys. The key is not shown again.
func (s *Handlers) AddKey(w http.ResponseWriter, r *http.Request) error {
	fields, err := site.Form(r)
	if err != nil {
		return err
	}
	err = s.Keys.Add(r.Context(), site.Actor(r), string(s.Environment), fields.Get("key"))
	if errs := fieldErrors(site.Lang(r), err); errs != nil {
		return s.drawSupplier(w, r, http.StatusUnprocessableEntity, pages.SupplierPage{Error: errs["key"]})
	}
	return s.changedKey(w, r, "keys.added", err)
}

// TestSupplierKey answers POST /admin/supplier/keys/{id}/test.
func (s *Handlers) TestSupplierKey(w http.ResponseWriter, r *http.Request) error {
	err := s.Keys.Test(r.Context(), site.Actor(r), string(s.Environment), chi.URLParam(r, "id"), s.TestKey)
	switch {
	case errors.Is(err, account.ErrForbidden), errors.Is(err, account.ErrNotFound):
		return err
	case errors.Is(err, booking.ErrKeyRefused):
		return s.RedirectWithFlash(w, r, "/admin/supplier", ui.Bad, "keys.test.refused")
	case errors.Is(err, booking.ErrSupplierDown), errors.Is(err, booking.ErrUnreadable):
		return s.RedirectWithFlash(w, r, "/admin/supplier", ui.Bad, "keys.test.no_answer")
	}
	return s.changedKey(w, r, "keys.test.passed", err)
}

// ActivateKey answers POST /admin/supplier/keys/{id}/activate.
func (s *Handlers) ActivateKey(w http.ResponseWriter, r *http.Request) error {
	return s.changedKey(w, r, "keys.activated", s.Keys.Activate(r.Context(), site.Actor(r), string(s.Environment), chi.URLParam(r, "id")))
}

// RetireKey answers POST /admin/supplier/keys/{id}/retire.
func (s *Handlers) RetireKey(w http.ResponseWriter, r *http.Request) error {
	return s.changedKey(w, r, "keys.retired", s.Keys.Retire(r.Context(), site.Actor(r), string(s.Environment), chi.URLParam(r, "id")))
}

// changedKey leads back to the keys, with what came of it.
func (s *Handlers) changedKey(w http.ResponseWriter, r *http.Request, done locale.Key, err error) error {
	for _, why := range []struct {
		err error
		key locale.Key
	}{
		{keyring.ErrSlotTaken, "keys.slots"}, {keyring.ErrUntested, "keys.untested"}, {keyring.ErrActive, "keys.active.stays"},
	} {
		if errors.Is(err, why.err) {
			return s.RedirectWithFlash(w, r, "/admin/supplier", ui.Bad, why.key)
		}
	}
	if err != nil {
		return err
	}
	return s.RedirectWithFlash(w, r, "/admin/supplier", ui.OK, done)
}
