// Package ui holds what all pages are made of, as templ components: the layout,
// forms and their fields, parts such as tags, prices and the board of a stay, and the
// gallery of all of them. A component takes a View and one struct or domain value.
//
// It must not know any page, call services, read the clock, decide a status or hold
// sentences: words come from the catalogues, through View.T.
package ui

import (
	"slices"
	"strings"

	"guichet/internal/locale"
)

// View is what every page needs besides its own subject. Texts in it are already
// in the visitor's language.
type View struct {
	Lang         locale.Lang
	Theme        string    // "auto" (or empty), "light", "dark"
	Compact      bool      // little space around things, on a wide window
	Title        string    // the h1's words, translated
	Problem      bool      // the title begins with "Error:"
	Waiting      int       // how much waits on the page, for the tab of the browser
	User         *User     // nil when nobody is signed in
	Nav          []NavItem // at most five, so that the header is one row
	NavMore      []NavItem // the others, behind a menu
	Environment  string    // "simulator", "sandbox" or "production"
	SupportPhone string
	Build        string
	Path         string  // path and query of a GET of this page; the language switch comes back to it
	Banner       *Banner // what the last action did
	Search       string  // the text in the search field
	SearchWrong  bool    // it cannot be looked for
	Due          *Due    // unpaid bookings of this person; nil when there are none
	Queue        QueueCount
	Overdue      int    // cases that this person is to work on, and that are due; 0 for those who do not
	Frozen       bool   // nothing can be sold, paid or cancelled for now
	MayUnfreeze  bool   // this person may change that
	KeyAlert     string // the supplier has refused a key; for admins
	SessionUntil string // "16:20": when the session ends if nothing is done
	SessionLeft  int    // seconds until then
	SimpleHeader bool   // no navigation and no search: sign-in, error pages
	ShortcutsOff bool   // the person switched the single-key shortcuts off

	tables bool // see OfTables
}

// User is who is signed in.
type User struct {
	Name       string
	Role       string // translated
	AgencyName string // empty for staff
}

// NavItem is one link of the navigation.
type NavItem struct {
	Label   string
	URL     string
	Key     string // the shortcut that follows the link, if any: "n"
	Current bool
}

// Kind is the colour and the shape of a message.
type Kind string

// The kinds of banners and notes.
const (
	OK   Kind = "ok"
	Info Kind = "info"
	Warn Kind = "warn"
	Bad  Kind = "bad"
)

// Banner is the outcome of the last action, at the top of the page after it.
type Banner struct {
	Kind   Kind
	Text   string
	Detail string
}

// Due is the reminder of bookings that wait for payment.
type Due struct {
	Count int
	Next  string // the next deadline: "15:42"
	URL   string
}

// T returns the message in the visitor's language. The arguments alternate
// between names and values: T("due", "Count", 2).
func (v View) T(key string, args ...any) string { return v.Lang.T(key, args...) }

// OfTables is the view of a page of tables, which takes the width that there is;
// others keep to lines that can be read.
func (v View) OfTables() View {
	v.tables = true
	return v
}

func (v View) density() string {
	if v.Compact {
		return "compact"
	}
	return "comfortable"
}

// moreCurrent reports that the page is one of those behind the header's menu.
func (v View) moreCurrent() bool {
	return slices.ContainsFunc(v.NavMore, func(i NavItem) bool { return i.Current })
}

// testing reports whether what is sold here is not real.
func (v View) testing() bool { return v.Environment != "production" }

// fullTitle is what stands in the browser's tab.
func (v View) fullTitle() string {
	title := v.Title
	if v.Waiting > 0 {
		title = v.T("web.title.waiting", "Number", v.Lang.Number(int64(v.Waiting)), "Title", title)
	}
	if v.Problem {
		title = v.T("web.title.problem", "Title", title)
	}
	title = v.T("web.title.product", "Title", title)
	if v.testing() {
		title = v.T("web.title.test", "Title", title)
	}
	return title
}

func (v View) theme() string {
	if v.Theme == "light" || v.Theme == "dark" {
		return v.Theme
	}
	return "auto"
}

// onOff is the word that data attributes use for a switch.
func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

// others are the languages that the switch in the footer offers.
func (v View) others() []locale.Lang {
	return slices.DeleteFunc(locale.Langs(), func(l locale.Lang) bool { return l == v.Lang })
}

// dialled is a phone number as a tel: link wants it.
func dialled(phone string) string {
	return strings.Map(func(r rune) rune {
		if r == '+' || (r >= '0' && r <= '9') {
			return r
		}
		return -1
	}, phone)
}

// unbroken keeps a phone number on one line.
func unbroken(phone string) string { return strings.ReplaceAll(phone, " ", "\u00a0") }

// QueueCount is how much waits for customer service.
type QueueCount struct {
	Open int
	Due  int // of these, what is due now
}
