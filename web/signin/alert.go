package signin

import (
	"time"

	"guichet/internal/auth"
	"guichet/web/ui"
)

// AlertPage says what was changed and offers to end all sessions.
type AlertPage struct {
	Token    string
	Email    string
	Change   auth.Change
	At       time.Time
	Timezone string // of the person
	Done     bool   // all sessions were ended just now
}

func (p AlertPage) action() string { return "/alerts/" + p.Token }

func (p AlertPage) what(v ui.View) string {
	at := p.At.In(ui.Location(p.Timezone))
	return v.T("alert."+string(p.Change), "Day", at, "Time", at, "Zone", v.ZoneName(p.Timezone))
}
