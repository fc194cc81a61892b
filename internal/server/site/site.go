// Package site is what every page of the portal shares: middleware, sessions, forms,
// drawing pages, errors turned into pages. The handlers of each feature embed Site.
//
// It must not know the handlers, SQL, the supplier's wire format or job queues, and
// it decides nothing that a service decides.
package site

import (
	"context"
	"log/slog"
	"time"

	"github.com/alexedwards/scs/v2"

	"guichet/internal/account"
	"guichet/internal/auth"
	"guichet/internal/booking"
	"guichet/internal/bound"
	"guichet/internal/keyring"
	"guichet/internal/report"
	"guichet/internal/statement"
)

// Options is what the portal's HTTP side needs.
type Options struct {
	Accounts   *account.Service
	Auth       *auth.Service
	Keys       *keyring.Service
	Bookings   *booking.Service
	Statements *statement.Service
	Reports    *report.Service
	Sessions   scs.Store // where sessions are kept; it must implement scs.CtxStore

	Environment  booking.Environment
	SupportPhone string // in the footer; may be empty
	Build        string // version in the footer; may be empty

	// SecureCookies is for a portal behind TLS: __Host- cookies and HSTS. Without
	// it, sign-in works over plain HTTP on the own machine.
	SecureCookies bool

	// HSTS is how far browsers keep to https when SecureCookies is set: "host" (or
	// empty), "subdomains" or "preload".
	HSTS string

	// FactorRequired keeps everybody out who has no second factor, except to set
	// one up. Without it, those who have one are asked for it all the same.
	FactorRequired bool

	// Origin is the portal's public address, without a final slash; may be empty.
	Origin string

	// Proxies say where visitors come from.
	Proxies Proxies

	// Ready reports why this node should get no requests; nil when it should.
	Ready func(context.Context) error

	// ReadyNote is a line for operators that /readyz adds; may be empty, or nil.
	ReadyNote func() string

	// SupplierDown is when the supplier stopped to answer; zero while it does.
	SupplierDown func() time.Time

	// NoMail says that no mail server is set: links are not sent.
	NoMail bool

	// TestKey asks the supplier whether it accepts a key. booking.ErrKeyRefused: it
	// does not. booking.ErrSupplierDown, booking.ErrUnreadable: nobody knows.
	TestKey func(ctx context.Context, key string) error

	// SupplierHost is where the supplier answers.
	SupplierHost string

	// ReadHealth is how the supplier has answered this process's reads.
	ReadHealth func() []booking.Health

	// SupplierClock is how far the supplier's clock is ahead, and when its latest
	// answer said so; zero for never.
	SupplierClock func() (ahead time.Duration, seen time.Time)

	// Requested is told of each request when it is over: the route's pattern (empty
	// when there is none), never the address. May be nil.
	Requested func(route, method string, status int, took time.Duration)

	Now func() time.Time
	Log *slog.Logger
}

// Site holds what the handlers share.
type Site struct {
	Options
	SessionManager *scs.SessionManager
	Exports        chan struct{} // one for each export that is being written: each holds a connection to the database
	uploads        uploads
	seldom         seldom // lines of the log while the database is away
}

// New returns what the handlers share.
func New(o Options) *Site {
	s := &Site{Options: o, Exports: make(chan struct{}, bound.Exports)}
	s.SessionManager = s.newSessions()
	return s
}
