package web

// WelcomeForm is a person who chooses a password by a link.
type WelcomeForm struct {
	Token       string
	Name, Email string
	Reset       bool // else an invitation
	Error       string
}

func (f WelcomeForm) action() string { return "/welcome/" + f.Token }

func (f WelcomeForm) password(v View) Field { return newPasswordField(v, f.Error) }

// newPasswordField asks for a password that is to be set.
func newPasswordField(v View, problem string) Field {
	return Field{
		ID: "new_password", Name: "new_password", Label: v.T("password.new"), Hint: v.T("password.hint"),
		Autocomplete: "new-password", Error: problem,
	}
}

// PasswordForm is a person who replaces the own password.
type PasswordForm struct {
	Email  string
	Errors map[string]string
}

func (f PasswordForm) current(v View) Field {
	return Field{
		ID: "current_password", Name: "current_password", Label: v.T("password.current"),
		Autocomplete: "current-password", Error: f.Errors["current_password"],
	}
}

func (f PasswordForm) wanted(v View) Field { return newPasswordField(v, f.Errors["new_password"]) }
