// Package supplier is the typed client of the supplier's Partners API v3. Reads
// are retried behind a circuit breaker; a write is sent at most once, and what
// came back is judged by one table, because a lost answer is a result.
//
// It must not know the database, the pages or the rules of a sale: it says what
// the supplier said, and "unknown" where nobody can say. What the supplier has
// not published is read and written in wire.go and nowhere else.
package supplier

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/sync/singleflight"

	"guichet/internal/booking"
	"guichet/internal/keyring"
)

var _ booking.Supplier = (*Client)(nil)

// Options say how a client talks to the supplier.
type Options struct {
	// BaseURL is https, or http on a loopback host. The environment follows
	// from its host.
	BaseURL string

	// Keys returns the API keys that are live at the moment of a call, the one
	// in force first, so that a renewed key needs no restart. When the supplier
	// answers 401 to that one, the next is tried once.
	Keys func() []string

	// Refused is told of each key that the supplier answered 401 to, before Keys is
	// asked for another one; may be nil.
	Refused func(key string)

	// Observe is told of each call when it is over; may be nil.
	Observe func(Seen)

	Now      func() time.Time // the process's own clock
	Log      *slog.Logger
	Timeouts Timeouts
}

// Timeouts bound what a call may take, answer included. Zero means the default.
type Timeouts struct {
	Write   time.Duration // create, pay, cancel: 30 s, or less when the context says so
	Quote   time.Duration // with its retries: 4 s
	Zones   time.Duration // with its retries: 20 s
	Backoff time.Duration // before the first retry of a read: 200 ms
	Breaker time.Duration // how long reads stay away from a supplier that fails: 15 s
}

// Client talks to one environment of the supplier. Its methods may be called
// from several goroutines.
type Client struct {
	base   string
	env    booking.Environment
	keys   func() []string
	refuse func(string)
	watch  func(Seen)
	now    func() time.Time
	log    *slog.Logger
	limits Timeouts
	tls    *tls.Config

	reads  *http.Transport
	zones  *reader
	quotes *reader
	shared singleflight.Group
	health healthRecord
}

// New returns a client of the supplier at o.BaseURL. It calls nobody.
func New(o Options) (*Client, error) {
	if o.Keys == nil || o.Now == nil || o.Log == nil {
		return nil, errors.New("supplier: Options needs Keys, Now and Log")
	}
	if o.Refused == nil {
		o.Refused = func(string) {}
	}
	if o.Observe == nil {
		o.Observe = func(Seen) {}
	}
	base, env, err := parseBase(o.BaseURL)
	if err != nil {
		return nil, err
	}
	c := &Client{
		base: base, env: env, keys: o.Keys, refuse: o.Refused, watch: o.Observe, now: o.Now, log: o.Log, limits: o.Timeouts.orDefault(),
		tls: &tls.Config{MinVersion: tls.VersionTLS12},
	}
	c.reads = readTransport(c.tls)
	c.zones = newReader("zones", c.limits.Zones, c.limits)
	c.quotes = newReader("quotes", c.limits.Quote, c.limits)
	return c, nil
}

// Environment is which of the supplier's systems this client talks to.
func (c *Client) Environment() booking.Environment { return c.env }

// Host is where the supplier answers.
func (c *Client) Host() string {
	_, host, _ := strings.Cut(c.base, "://")
	return host
}

// Hosts whose environment is published; every other one has production's rules.
const (
	sandboxHost = "api-next.ectorparking.com"
	localHost   = "localhost"
)

func parseBase(text string) (string, booking.Environment, error) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return "", "", errors.New("supplier: the base URL must be an address such as https://api.ectorparking.com")
	}
	env := environmentOf(u.Hostname())
	if u.Scheme != "https" && (u.Scheme != "http" || env != booking.Simulator) {
		return "", "", fmt.Errorf("supplier: the base URL must be https, because %s is not this machine", u.Host)
	}
	return strings.TrimRight(u.String(), "/"), env, nil
}

func environmentOf(host string) booking.Environment {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	ip := net.ParseIP(host)
	switch {
	case host == localHost, ip != nil && ip.IsLoopback():
		return booking.Simulator
	case host == sandboxHost:
		return booking.Sandbox
	default:
		return booking.Production
	}
}

func (t Timeouts) orDefault() Timeouts {
	set := func(d *time.Duration, value time.Duration) {
		if *d <= 0 {
			*d = value
		}
	}
	set(&t.Write, booking.CallBudget)
	set(&t.Quote, 4*time.Second)
	set(&t.Zones, 20*time.Second)
	set(&t.Backoff, 200*time.Millisecond)
	set(&t.Breaker, 15*time.Second)
	return t
}

// noKey is the cause of a call that was not made for want of a key.
const noKey = "no_key"

// pick returns the key for a call: not the one that a call of the same action
// was refused with. Empty when there is none.
func (c *Client) pick(not string) string {
	for _, k := range c.keys() {
		if k != "" && (not == "" || keyring.Digest(k) != not) {
			return k
		}
	}
	return ""
}

// refused notes that the supplier did not take a key, and returns another one
// that is live; empty when there is none.
func (c *Client) refused(ctx context.Context, key string) string {
	digest := keyring.Digest(key)
	c.log.LogAttrs(ctx, slog.LevelError, "supplier: the key was refused", slog.String("digest", digest))
	c.refuse(key)
	return c.pick(digest)
}

// header sets what every call carries. The environment header says production
// on every environment; the supplier wants it so.
func header(h http.Header, key string) {
	h.Set("X-Ector-Authentication", key)
	h.Set("X-Ector-Environment", "production")
	h.Set("Accept", "application/json")
	h.Set("User-Agent", "guichet")
}
