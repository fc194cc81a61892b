package server

import (
	"errors"
	"net/http"

	"github.com/go-chi/chi/v5"

	"guichet/internal/account"
	"guichet/internal/booking"
	"guichet/internal/locale"
	"guichet/web/admin"
	"guichet/web/ui"
)

// showSupplier answers GET /admin/supplier: how the supplier answers, its zones
// and its keys.
func (s *Server) showSupplier(w http.ResponseWriter, r *http.Request) error {
	return s.drawSupplier(w, r, http.StatusOK, admin.SupplierPage{})
}

// drawSupplier fills in what the page shows beside a refused form.
func (s *Server) drawSupplier(w http.ResponseWriter, r *http.Request, status int, p admin.SupplierPage) error {
	var err error
	if p.Keys, err = s.Accounts.SupplierKeys(r.Context(), actor(r), string(s.Environment)); err != nil {
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
	p.DownSince, p.Host, p.Now, p.Timezone = s.SupplierDown(), s.SupplierHost, s.Now(), timezone(r).String()
	p.Ahead, p.ClockSeen = s.SupplierClock()
	v := s.view(r, "supplier.title")
	v.Problem = p.Refused()
	return s.render(w, r, status, admin.Supplier(v, p))
}

// addKey answers POST /admin/supplier/keys. The key is not shown again.
func (s *Server) addKey(w http.ResponseWriter, r *http.Request) error {
	fields, err := form(r)
	if err != nil {
		return err
	}
	err = s.Accounts.AddSupplierKey(r.Context(), actor(r), string(s.Environment), fields.Get("key"))
	if errs := fieldErrors(lang(r), err); errs != nil {
		return s.drawSupplier(w, r, http.StatusUnprocessableEntity, admin.SupplierPage{Error: errs["key"]})
	}
	return s.changedKey(w, r, "keys.added", err)
}

// testKey answers POST /admin/supplier/keys/{id}/test.
func (s *Server) testKey(w http.ResponseWriter, r *http.Request) error {
	err := s.Accounts.TestSupplierKey(r.Context(), actor(r), string(s.Environment), chi.URLParam(r, "id"), s.TestKey)
	switch {
	case errors.Is(err, account.ErrForbidden), errors.Is(err, account.ErrNotFound):
		return err
	case errors.Is(err, booking.ErrSupplierDown), errors.Is(err, booking.ErrUnreadable):
		return s.goWith(w, r, "/admin/supplier", ui.Bad, "keys.test.failed")
	}
	return s.changedKey(w, r, "keys.test.passed", err)
}

// activateKey answers POST /admin/supplier/keys/{id}/activate.
func (s *Server) activateKey(w http.ResponseWriter, r *http.Request) error {
	return s.changedKey(w, r, "keys.activated", s.Accounts.ActivateSupplierKey(r.Context(), actor(r), string(s.Environment), chi.URLParam(r, "id")))
}

// retireKey answers POST /admin/supplier/keys/{id}/retire.
func (s *Server) retireKey(w http.ResponseWriter, r *http.Request) error {
	return s.changedKey(w, r, "keys.retired", s.Accounts.RetireSupplierKey(r.Context(), actor(r), string(s.Environment), chi.URLParam(r, "id")))
}

// changedKey leads back to the keys, with what came of it.
func (s *Server) changedKey(w http.ResponseWriter, r *http.Request, done locale.Key, err error) error {
	for _, why := range []struct {
		err error
		key locale.Key
	}{
		{account.ErrSlotTaken, "keys.slots"}, {account.ErrKeyUntested, "keys.untested"}, {account.ErrKeyActive, "keys.active.stays"},
	} {
		if errors.Is(err, why.err) {
			return s.goWith(w, r, "/admin/supplier", ui.Bad, why.key)
		}
	}
	if err != nil {
		return err
	}
	return s.goWith(w, r, "/admin/supplier", ui.OK, done)
}
