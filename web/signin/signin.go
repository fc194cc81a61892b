package signin

import (
	"guichet/web/ui"
)

// SignInForm is what somebody typed to sign in; the password is never sent back.
type SignInForm struct {
	Email  string
	Next   string // where to go afterwards
	Ended  bool   // the visitor was signed in and no longer is
	Chosen bool   // the visitor has just chosen a password
	Errors map[string]string
}

func (f SignInForm) email(v ui.View) ui.Field {
	return ui.Field{
		ID: "email", Name: "email", Label: v.T("signin.email"), Value: f.Email,
		Type: "email", InputMode: "email", Autocomplete: "username", Capitalize: "none",
	}.WithErrors(f.Errors)
}

func (f SignInForm) password(v ui.View) ui.Field {
	return ui.Field{
		ID: "password", Name: "password", Label: v.T("signin.password"), Autocomplete: "current-password",
	}.WithErrors(f.Errors)
}
