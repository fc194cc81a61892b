// Package account holds agencies, people, their roles and what each may do, and the
// audit log of what was done. Actor says who acts; Scope says whose data a lookup
// may see.
//
// It must not know HTTP, SQL, bookings, or how people sign in.
package account

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"time"

	"guichet/internal/typed"
)

// Role is what a person is in the portal; see Actor for what each may do.
type Role string

// The four roles.
const (
	Agent           Role = "agent"
	Manager         Role = "manager"
	CustomerService Role = "customer_service"
	Admin           Role = "admin"
)

// Staff reports whether the role belongs to no agency and sees all of them.
func (r Role) Staff() bool { return r == CustomerService || r == Admin }

// Agency is a travel agency that sells through the portal.
type Agency struct {
	ID              int64
	Name            string
	Code            string
	Timezone        string   // IANA name; deadlines are shown in it
	PaymentMethods  []string // codes that its agents may record, in order
	AgentsMayCancel bool
	Suspended       bool
}

// Less reports that the people of an agency may do less than before.
func (a Agency) Less(before Agency) bool {
	return before.AgentsMayCancel && !a.AgentsMayCancel ||
		slices.ContainsFunc(before.PaymentMethods, func(m string) bool { return !slices.Contains(a.PaymentMethods, m) })
}

// User is a person who can sign in.
type User struct {
	ID           int64
	Handle       string // names the person in addresses
	AgencyID     int64  // 0 for staff
	Email        string
	Shadow       bool // invited under an address that somebody else has: it gets no mail and never signs in
	Name         string
	Role         Role
	Language     string // of the portal, see locale.Langs
	Theme        string // "auto", "light" or "dark"
	Density      string // "compact" or "comfortable"; empty: what the role is used to
	DefaultZone  string // key of the zone that quotes begin with; empty for none
	ShortcutsOff bool   // single keys do nothing
	PasswordHash string `json:"-"`
	Suspended    bool
	CreatedAt    time.Time
}

// Compact reports whether the person's pages are dense.
func (u User) Compact() bool { return cmp.Or(u.Density, UsualDensity(u.Role)) == Compact }

// NormalEmail is the form in which e-mail addresses are stored and compared.
func NormalEmail(email string) string { return strings.ToLower(typed.Seen(email)) }

// Actor is who does something: a person, or the portal itself.
type Actor struct {
	UserID   int64 // 0 for the portal itself
	Name     string
	Role     Role
	AgencyID int64 // 0 for staff

	Network string // where the request comes from, for the audit log

	// MayCancel is the agency's setting: its agents may cancel.
	MayCancel bool
}

// System is the portal acting by itself: jobs, sweeps, answers.
var System = Actor{Name: "system"}

// ActorOf returns the actor that a signed-in person is.
func ActorOf(u User, a Agency) Actor {
	return Actor{UserID: u.ID, Name: u.Name, Role: u.Role, AgencyID: u.AgencyID, MayCancel: a.AgentsMayCancel}
}

// MaySell reports whether the actor may quote and book: people of an agency.
func (a Actor) MaySell() bool { return a.Role == Agent || a.Role == Manager }

// MayPay reports whether the actor may pay for or drop a booking of its scope.
func (a Actor) MayPay() bool { return a.MaySell() || a.Role == CustomerService }

// MayCancelBookings reports whether the actor may cancel an insured booking.
func (a Actor) MayCancelBookings() bool {
	return a.Role == CustomerService || (a.MaySell() && a.MayCancel)
}

// Scope returns whose data the actor may see.
func (a Actor) Scope() Scope {
	if a.Role.Staff() {
		return Everything()
	}
	return Only(a.AgencyID)
}

// Scope limits a lookup to one agency, or to none. The zero Scope sees nothing.
type Scope struct {
	agency int64
	all    bool
}

// Everything is the scope of staff and of the portal's own jobs.
func Everything() Scope { return Scope{all: true} }

// Only is the scope of the people of one agency.
func Only(agencyID int64) Scope { return Scope{agency: agencyID} }

// All reports whether the scope sees every agency.
func (s Scope) All() bool { return s.all }

// Agency returns the one agency of the scope; 0 when All.
func (s Scope) Agency() int64 { return s.agency }

// Errors of this package.
var (
	ErrNotFound  = errors.New("account: not found")
	ErrSuspended = errors.New("account: suspended")
)
