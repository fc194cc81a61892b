package signin

import (
	"errors"
	"net/http"

	"guichet/internal/auth"
	"guichet/internal/server/site"
	pages "guichet/web/signin"
)

// ShowConfirmIdentity answers GET /confirm-identity: who is there is asked once more.
func (s *Handlers) ShowConfirmIdentity(w http.ResponseWriter, r *http.Request) error {
	return s.drawConfirmIdentity(w, r, http.StatusOK, pages.ConfirmIdentityForm{Next: site.NextPath(site.Query(r).Get("next"))})
}

func (s *Handlers) drawConfirmIdentity(w http.ResponseWriter, r *http.Request, status int, f pages.ConfirmIdentityForm) error {
	f.ByCode, f.Email = site.Person(r).HasFactor(), site.Person(r).Email
	var err error
	if f.ByCode {
		if f.Passkeys, err = s.hasPasskeys(r, site.Person(r)); err != nil {
			return err
		}
	}
	v := s.View(r, "confirm_identity.title")
	v.Problem = f.Error != ""
	return s.Render(w, r, status, pages.ConfirmIdentity(v, f))
}

// ConfirmIdentity answers POST /confirm-identity.
func (s *Handlers) ConfirmIdentity(w http.ResponseWriter, r *http.Request) error {
	fields, err := site.Form(r)
	if err != nil {
		return err
	}
	f := pages.ConfirmIdentityForm{Next: site.NextPath(fields.Get("next"))}
	answer, key := fields.Get("answer"), site.RequestInfoOf(r).SessionKey
	if passkey := fields.Get("passkey"); passkey != "" {
		err = s.Auth.CheckPasskey(r.Context(), site.Person(r), passkey, key, s.Network(r))
		f.Error = codeProblem(site.Lang(r), err, false)
	} else if answer == "" {
		f.Error = site.Lang(r).T("confirm_identity.empty")
	} else {
		err = s.Auth.CheckIdentity(r.Context(), site.Person(r), answer, key, s.Network(r))
		f.Error = codeProblem(site.Lang(r), err, false)
		if errors.Is(err, auth.ErrPasswordWrong) {
			f.Error = site.Lang(r).T("password.wrong")
		}
	}
	if f.Error != "" {
		return s.drawConfirmIdentity(w, r, http.StatusUnprocessableEntity, f)
	}
	if err != nil {
		return err
	}
	if err := s.MakeSure(r); err != nil {
		return err
	}
	return site.Redirect(w, r, f.Next)
}
