package signin

import "guichet/web/ui"

// CodeForm is the second step of signing in.
type CodeForm struct {
	Recovery bool // a recovery code instead of the application's
	Passkeys bool // the person has some that can be shown here
	Error    string
}

func (f CodeForm) action() string {
	if f.Recovery {
		return "/sign-in/recovery"
	}
	return "/sign-in/code"
}

func (f CodeForm) code(v ui.View) ui.Field {
	if !f.Recovery {
		return codeField(v, f.Error)
	}
	return ui.Field{
		ID: "code", Name: "code", Label: v.T("recovery.code"), Hint: v.T("recovery.code.hint"),
		Capitalize: "characters", Code: true, Error: f.Error,
	}
}
