package signin

import (
	"time"

	"guichet/internal/auth"
	"guichet/web/ui"
)

// PasskeysPage lists a person's passkeys.
type PasskeysPage struct {
	Keys        []auth.Passkey
	Offered     bool   // they work where the visitor is
	Host        string // where they work; empty: nowhere
	HasFactor   bool   // an application that shows codes, to fall back on
	Recommended bool
	Now         time.Time
	Timezone    string
}

// PasskeyForm is a passkey that is to be made.
type PasskeyForm struct {
	Name  string
	Error string
}

func (f PasskeyForm) name(v ui.View) ui.Field {
	return ui.Field{ID: "name", Name: "name", Label: v.T("passkeys.name"), Hint: v.T("passkeys.name.hint"), Value: f.Name, Error: f.Error}
}

// passkeyButton is a button that works with a script only.
type passkeyButton struct {
	Label   string
	Options string // where the browser asks what is to be signed
	Create  bool   // makes a passkey; else it shows one
	Kind    string
}
