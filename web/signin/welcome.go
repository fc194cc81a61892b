package signin

import (
	"guichet/web/ui"
)

// WelcomeForm is a person who chooses a password by a link.
type WelcomeForm struct {
	Token       string
	Name, Email string
	Reset       bool // else an invitation
	Error       string
}

func (f WelcomeForm) action() string { return "/welcome/" + f.Token }

func (f WelcomeForm) password(v ui.View) ui.Field { return newPasswordField(v, f.Error) }

// newPasswordField asks for a password that is to be set.
func newPasswordField(v ui.View, problem string) ui.Field {
	return ui.Field{
		ID: "new_password", Name: "new_password", Label: v.T("password.new"), Hint: v.T("password.hint"),
		Autocomplete: "new-password", Error: problem,
	}
}

// PasswordForm is a person who replaces the own password.
type PasswordForm struct {
	Email  string
	Errors map[string]string
}

func (f PasswordForm) current(v ui.View) ui.Field {
	return ui.Field{
		ID: "current_password", Name: "current_password", Label: v.T("password.current"),
		Autocomplete: "current-password", Error: f.Errors["current_password"],
	}
}

func (f PasswordForm) wanted(v ui.View) ui.Field {
	return newPasswordField(v, f.Errors["new_password"])
}
