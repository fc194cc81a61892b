package web

import (
	"time"

	"guichet/internal/account"
	"guichet/internal/locale"
)

// SupplierPage is how the supplier answers this node, and its keys.
type SupplierPage struct {
	Keys      []account.SupplierKey // the active one first
	DownSince time.Time             // zero while the supplier answers
	LastGood  map[string]time.Time  // by endpoint
	Error     string                // about the key that was pasted
	Now       time.Time
	Timezone  string
}

// endpoints are the supplier's, in the order of a sale.
var endpoints = []struct {
	name  string
	label locale.Key
}{
	{"zones", "supplier.zones"},
	{"quotes", "supplier.quotes"},
	{"create", "supplier.create"},
	{"pay", "supplier.pay"},
	{"cancel", "supplier.cancel"},
}

// free reports whether another key can be added.
func (p SupplierPage) free() bool { return len(p.Keys) < 2 }

func (p SupplierPage) key(v View) Field {
	return Field{
		ID: "key", Name: "key", Label: v.T("keys.next"), Hint: v.T("keys.next.hint"), Error: p.Error, Autocomplete: "off",
	}
}

func keyAddress(k account.SupplierKey, what string) string {
	return "/admin/supplier/keys/" + k.ID + "/" + what
}

// at is a moment of a key's life; empty when it has not come.
func (p SupplierPage) at(v View, key locale.Key, at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return v.T(string(key), "When", v.at(at, p.Now, p.Timezone))
}

func (p SupplierPage) tested(v View, k account.SupplierKey) string {
	switch {
	case k.TestedAt.IsZero():
		return v.T("keys.never_tested")
	case k.TestPassed:
		return p.at(v, "keys.tested", k.TestedAt)
	default:
		return p.at(v, "keys.failed", k.TestedAt)
	}
}
