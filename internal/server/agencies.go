package server

import (
	"net/http"
	"net/url"

	"github.com/go-chi/chi/v5"

	"guichet/internal/account"
	"guichet/internal/locale"
	"guichet/web/admin"
	"guichet/web/ui"
)

// listAgencies answers GET /admin/agencies.
func (s *Server) listAgencies(w http.ResponseWriter, r *http.Request) error {
	list, err := s.Accounts.Agencies(r.Context())
	if err != nil {
		return err
	}
	v := s.view(r, "agency.title")
	return s.render(w, r, http.StatusOK, admin.Agencies(v, admin.AgenciesPage{Agencies: list}))
}

// newAgency answers GET /admin/agencies/new.
func (s *Server) newAgency(w http.ResponseWriter, r *http.Request) error {
	usual := account.Agency{Timezone: timezone(r).String(), PaymentMethods: account.PaymentMethods()}
	return s.drawNewAgency(w, r, http.StatusOK, admin.AgencyPage{Agency: usual})
}

func (s *Server) drawNewAgency(w http.ResponseWriter, r *http.Request, status int, p admin.AgencyPage) error {
	p.New = true
	v := s.view(r, "agency.new")
	v.Problem = len(p.Errors) > 0
	return s.render(w, r, status, admin.Agency(v, p))
}

// agencyOf reads the form of an agency.
func agencyOf(fields url.Values) account.Agency {
	return account.Agency{
		Name: fields.Get("name"), Code: fields.Get("code"), Timezone: fields.Get("timezone"),
		PaymentMethods: fields["methods"], AgentsMayCancel: fields.Get("agents_may_cancel") != "",
	}
}

// createAgency answers POST /admin/agencies.
func (s *Server) createAgency(w http.ResponseWriter, r *http.Request) error {
	fields, err := form(r)
	if err != nil {
		return err
	}
	typed := agencyOf(fields)
	err = s.Accounts.CreateAgency(r.Context(), actor(r), typed)
	if errs := fieldErrors(lang(r), err); errs != nil {
		return s.drawNewAgency(w, r, http.StatusUnprocessableEntity, admin.AgencyPage{Agency: typed, Errors: errs})
	}
	return s.afterAgency(w, r, "/admin/agencies", err)
}

// showAgency answers GET /admin/agencies/{code}.
func (s *Server) showAgency(w http.ResponseWriter, r *http.Request) error {
	a, load, err := s.Accounts.Agency(r.Context(), actor(r), chi.URLParam(r, "code"))
	if err != nil {
		return err
	}
	return s.drawAgency(w, r, http.StatusOK, admin.AgencyPage{Agency: a, Code: a.Code, Load: load})
}

func (s *Server) drawAgency(w http.ResponseWriter, r *http.Request, status int, p admin.AgencyPage) error {
	there, _, err := s.Accounts.Agency(r.Context(), actor(r), p.Code)
	if err != nil {
		return err
	}
	if p.Logo, err = s.Accounts.Logo(r.Context(), there.ID); err != nil {
		return err
	}
	v := s.view(r, "agency.title")
	v.Title = p.Agency.Name
	v.Problem = len(p.Errors) > 0
	return s.render(w, r, status, admin.Agency(v, p))
}

// updateAgency answers POST /admin/agencies/{code}.
func (s *Server) updateAgency(w http.ResponseWriter, r *http.Request) error {
	fields, err := form(r)
	if err != nil {
		return err
	}
	code, typed := chi.URLParam(r, "code"), agencyOf(fields)
	err = s.Accounts.ChangeAgency(r.Context(), actor(r), code, typed)
	if errs := fieldErrors(lang(r), err); errs != nil {
		there, load, err := s.Accounts.Agency(r.Context(), actor(r), code)
		if err != nil {
			return err
		}
		typed.Suspended = there.Suspended
		return s.drawAgency(w, r, http.StatusUnprocessableEntity, admin.AgencyPage{Agency: typed, Code: there.Code, Load: load, Errors: errs})
	}
	return s.afterAgency(w, r, "/admin/agencies/"+url.PathEscape(code), err)
}

// suspendAgency answers POST /admin/agencies/{code}/suspend.
func (s *Server) suspendAgency(w http.ResponseWriter, r *http.Request) error {
	return s.setAgencySuspended(w, r, true)
}

// restoreAgency answers POST /admin/agencies/{code}/restore.
func (s *Server) restoreAgency(w http.ResponseWriter, r *http.Request) error {
	return s.setAgencySuspended(w, r, false)
}

func (s *Server) setAgencySuspended(w http.ResponseWriter, r *http.Request, suspended bool) error {
	code := chi.URLParam(r, "code")
	err := s.Accounts.SuspendAgency(r.Context(), actor(r), code, suspended)
	return s.afterAgency(w, r, "/admin/agencies/"+url.PathEscape(code), err)
}

func (s *Server) afterAgency(w http.ResponseWriter, r *http.Request, to string, err error) error {
	if err != nil {
		return err
	}
	return s.goWith(w, r, to, ui.OK, locale.Key("people.changed"))
}

// updateLogo answers POST /admin/agencies/{code}/logo: another picture, or none.
func (s *Server) updateLogo(w http.ResponseWriter, r *http.Request) error {
	file, err := upload(r, "logo")
	if err != nil {
		return err
	}
	code := chi.URLParam(r, "code")
	err = s.Accounts.SetLogo(r.Context(), actor(r), code, file)
	if errs := fieldErrors(lang(r), err); errs != nil {
		there, load, err := s.Accounts.Agency(r.Context(), actor(r), code)
		if err != nil {
			return err
		}
		return s.drawAgency(w, r, http.StatusUnprocessableEntity, admin.AgencyPage{Agency: there, Code: there.Code, Load: load, Errors: errs})
	}
	return s.afterAgency(w, r, "/admin/agencies/"+url.PathEscape(code), err)
}
