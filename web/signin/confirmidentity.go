package signin

import "guichet/web/ui"

// ConfirmIdentityForm asks who is there once more.
type ConfirmIdentityForm struct {
	Next   string
	Email  string
	ByCode bool // by the second factor; else by the password

	Passkeys bool // the person has some that can be shown here
	Error    string
}

func (f ConfirmIdentityForm) answer(v ui.View) ui.Field {
	field := codeField(v, f.Error)
	if !f.ByCode {
		field = ui.Field{Label: v.T("password.current"), Autocomplete: "current-password", Error: f.Error}
	}
	field.ID, field.Name = "answer", "answer"
	return field
}
