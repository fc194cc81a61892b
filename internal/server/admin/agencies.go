package admin

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/go-chi/chi/v5"

	"guichet/internal/account"
	"guichet/internal/locale"
	"guichet/internal/server/site"
	pages "guichet/web/admin"
	"guichet/web/ui"
)

// ListAgencies answers GET /admin/agencies.
func (s *Handlers) ListAgencies(w http.ResponseWriter, r *http.Request) error {
	list, err := s.Accounts.Agencies(r.Context())
	if err != nil {
		return err
	}
	v := s.View(r, "agency.title")
	return s.Render(w, r, http.StatusOK, pages.Agencies(v, pages.AgenciesPage{Agencies: list}))
}

// NewAgency answers GET /admin/agencies/new.
func (s *Handlers) NewAgency(w http.ResponseWriter, r *http.Request) error {
	usual := account.Agency{Timezone: site.Timezone(r).String(), PaymentMethods: account.PaymentMethods()}
	return s.drawNewAgency(w, r, http.StatusOK, pages.AgencyPage{Agency: usual})
}

func (s *Handlers) drawNewAgency(w http.ResponseWriter, r *http.Request, status int, p pages.AgencyPage) error {
	p.New = true
	v := s.View(r, "agency.new")
	v.Problem = len(p.Errors) > 0
	return s.Render(w, r, status, pages.Agency(v, p))
}

// agencyOf reads the form of an agency.
func agencyOf(fields url.Values) account.Agency {
	return account.Agency{
		Name: fields.Get("name"), Code: fields.Get("code"), Timezone: fields.Get("timezone"),
		PaymentMethods: fields["methods"], AgentsMayCancel: fields.Get("agents_may_cancel") != "",
	}
}

// CreateAgency answers POST /admin/agencies.
func (s *Handlers) CreateAgency(w http.ResponseWriter, r *http.Request) error {
	fields, err := site.Form(r)
	if err != nil {
		return err
	}
	typed := agencyOf(fields)
	err = s.Accounts.CreateAgency(r.Context(), site.Actor(r), typed)
	if errs := fieldErrors(site.Lang(r), err); errs != nil {
		return s.drawNewAgency(w, r, http.StatusUnprocessableEntity, pages.AgencyPage{Agency: typed, Errors: errs})
	}
	return s.afterAgency(w, r, "/admin/agencies", typed.Code, "agency.done.created", err)
}

// ShowAgency answers GET /admin/agencies/{code}.
func (s *Handlers) ShowAgency(w http.ResponseWriter, r *http.Request) error {
	a, load, err := s.Accounts.Agency(r.Context(), site.Actor(r), chi.URLParam(r, "code"))
	if err != nil {
		return err
	}
	return s.drawAgency(w, r, http.StatusOK, pages.AgencyPage{Agency: a, Code: a.Code, Load: load})
}

func (s *Handlers) drawAgency(w http.ResponseWriter, r *http.Request, status int, p pages.AgencyPage) error {
	there, _, err := s.Accounts.Agency(r.Context(), site.Actor(r), p.Code)
	if err != nil {
		return err
	}
	if p.Logo, err = s.Accounts.Logo(r.Context(), there.ID); err != nil {
		return err
	}
	v := s.View(r, "agency.title")
	v.Title = p.Agency.Name
	v.Problem = len(p.Errors) > 0
	return s.Render(w, r, status, pages.Agency(v, p))
}

// UpdateAgency answers POST /admin/agencies/{code}.
func (s *Handlers) UpdateAgency(w http.ResponseWriter, r *http.Request) error {
	fields, err := site.Form(r)
	if err != nil {
		return err
	}
	code, typed := chi.URLParam(r, "code"), agencyOf(fields)
	err = s.Accounts.ChangeAgency(r.Context(), site.Actor(r), code, typed)
	if errs := fieldErrors(site.Lang(r), err); errs != nil {
		there, load, err := s.Accounts.Agency(r.Context(), site.Actor(r), code)
		if err != nil {
			return err
		}
		typed.Suspended = there.Suspended
		return s.drawAgency(w, r, http.StatusUnprocessableEntity, pages.AgencyPage{Agency: typed, Code: there.Code, Load: load, Errors: errs})
	}
	return s.afterAgency(w, r, "/admin/agencies/"+url.PathEscape(code), code, "agency.done.changed", err)
}

// SuspendAgency answers POST /admin/agencies/{code}/suspend.
func (s *Handlers) SuspendAgency(w http.ResponseWriter, r *http.Request) error {
	return s.setAgencySuspended(w, r, true)
}

// RestoreAgency answers POST /admin/agencies/{code}/restore.
func (s *Handlers) RestoreAgency(w http.ResponseWriter, r *http.Request) error {
	return s.setAgencySuspended(w, r, false)
}

func (s *Handlers) setAgencySuspended(w http.ResponseWriter, r *http.Request, suspended bool) error {
	code := chi.URLParam(r, "code")
	done := locale.Key("agency.done.restored")
	if suspended {
		done = "agency.done.suspended"
	}
	err := s.Accounts.SuspendAgency(r.Context(), site.Actor(r), code, suspended)
	return s.afterAgency(w, r, "/admin/agencies/"+url.PathEscape(code), code, done, err)
}

// afterAgency says what was done to which agency.
func (s *Handlers) afterAgency(w http.ResponseWriter, r *http.Request, to, code string, done locale.Key, err error) error {
	if err != nil {
		return err
	}
	if err := s.SetFlash(r, ui.OK, done, "Code", strings.ToUpper(code)); err != nil {
		return err
	}
	return site.Redirect(w, r, to)
}

// UpdateLogo answers POST /admin/agencies/{code}/logo: another picture, or none.
func (s *Handlers) UpdateLogo(w http.ResponseWriter, r *http.Request) error {
	file, err := site.Upload(r, "logo")
	if err != nil {
		return err
	}
	code := chi.URLParam(r, "code")
	err = s.Accounts.SetLogo(r.Context(), site.Actor(r), code, file)
	if errs := fieldErrors(site.Lang(r), err); errs != nil {
		there, load, err := s.Accounts.Agency(r.Context(), site.Actor(r), code)
		if err != nil {
			return err
		}
		return s.drawAgency(w, r, http.StatusUnprocessableEntity, pages.AgencyPage{Agency: there, Code: there.Code, Load: load, Errors: errs})
	}
	return s.afterAgency(w, r, "/admin/agencies/"+url.PathEscape(code), code, "agency.done.logo", err)
}
