package admin

import (
	"time"

	"guichet/internal/booking"
	"guichet/internal/keyring"
	"guichet/internal/locale"
	"guichet/web/ui"
)

// SupplierPage is how the supplier answers, its zones and its keys.
type SupplierPage struct {
	Keys      []keyring.Key    // the active one first
	DownSince time.Time        // zero while the supplier answers
	Reads     []booking.Health // zones and quotes, as this server saw them
	Writes    []booking.Health // create, pay and cancel, of all servers
	Host      string           // where the supplier answers
	Ahead     time.Duration    // how far the supplier's clock is
	ClockSeen time.Time        // when it was; zero for never
	Zones     booking.ZoneList

	Error       string // about the key that was pasted
	AcceptError string // about the list that waits
	WrongZone   string // the id of the zone whose timezone was refused
	Typed       string // the refused timezone
	ZoneError   string // about it

	Now      time.Time
	Timezone string
}

// Refused reports whether a form was.
func (p SupplierPage) Refused() bool {
	return p.Error != "" || p.AcceptError != "" || p.ZoneError != ""
}

func (p SupplierPage) problems(v ui.View) []ui.Problem {
	fields := []ui.Field{p.agreed(v).AsField()}
	for i, z := range p.ours() {
		fields = append(fields, p.zoneField(v, i, z))
	}
	return ui.Problems(append(fields, p.key(v))...)
}

// free reports whether another key can be added.
func (p SupplierPage) free() bool { return len(p.Keys) < 2 }

func (p SupplierPage) key(v ui.View) ui.Field {
	return ui.Field{
		ID: "key", Name: "key", Label: v.T("keys.next"), Hint: v.T("keys.next.hint"), Error: p.Error, Autocomplete: "off",
	}
}

func keyAddress(k keyring.Key, what string) string {
	return "/admin/supplier/keys/" + k.ID + "/" + what
}

// at is a moment of a key's life; empty when it has not come.
func (p SupplierPage) at(v ui.View, key locale.Key, at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return v.T(string(key), "When", v.At(at, p.Now, p.Timezone))
}

func (p SupplierPage) tested(v ui.View, k keyring.Key) string {
	switch {
	case k.TestedAt.IsZero():
		return v.T("keys.never_tested")
	case k.TestPassed:
		return p.at(v, "keys.tested", k.TestedAt)
	default:
		return p.at(v, "keys.failed", k.TestedAt)
	}
}
