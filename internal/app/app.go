// Package app wires the portal: configuration, database, supplier's client,
// services, pages and jobs. The commands and the tests start the same thing.
//
// It decides nothing about sales; it only puts the parts together and takes
// them apart again in the right order.
package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"guichet/internal/account"
	"guichet/internal/auth"
	"guichet/internal/booking"
	"guichet/internal/config"
	"guichet/internal/jobs"
	"guichet/internal/keyring"
	"guichet/internal/mail"
	"guichet/internal/metrics"
	"guichet/internal/postgres"
	"guichet/internal/report"
	"guichet/internal/restore"
	"guichet/internal/server"
	"guichet/internal/server/site"
	"guichet/internal/statement"
	"guichet/internal/supplier"
	"guichet/internal/vault"
)

// Budgets of start and stop. What stops the process must allow more than
// stopBudget: a shorter one turns every deployment into unknown outcomes.
const (
	startBudget = 15 * time.Second
	stopBudget  = 60 * time.Second
	jobsBudget  = 10 * time.Second
	jobsConns   = 4
)

var errDatabaseURL = errors.New("GUICHET_DATABASE_URL cannot be read: write it as postgres://user:password@host/database")

var errExposed = errors.New("GUICHET_TRUSTED_PROXIES: the portal listens to other machines and would take every visitor for the proxy " +
	"in front of it; name the proxy's network, such as 10.1.2.3 or loopback")

var errNoOrigin = errors.New("GUICHET_CANONICAL_URL: links in mails would lead to this machine; set it to the address that people use, such as https://guichet.example")

var errFactorOff = errors.New("GUICHET_SECOND_FACTOR: on the supplier's production everybody needs a second factor; leave the setting out")

// Portal is one node, ready to serve.
type Portal struct {
	Bookings   *booking.Service
	Statements *statement.Service
	Reports    *report.Service
	Accounts   *account.Service
	Auth       *auth.Service
	Keys       *keyring.Service
	People     *postgres.Accounts
	Handler    http.Handler

	// TestKey asks the supplier whether it takes a key.
	TestKey func(ctx context.Context, key string) error

	log          *slog.Logger
	metrics      *metrics.Metrics
	pool         *pgxpool.Pool
	jobsPool     *pgxpool.Pool
	keys         *postgres.Keys
	owner        string // address of the database as its owner; may be empty
	jobs         *jobs.Runner
	witness      *restore.Witness
	clock        clock
	giveUp       context.CancelFunc // stops the recording of answers
	shuttingDown atomic.Bool
}

// Open connects everything and checks that it may run: the schema is the one
// that this binary knows, and the clock is not moved on a real supplier. Its
// errors say what to do.
func Open(ctx context.Context, c config.Config, now func() time.Time, log *slog.Logger) (*Portal, error) {
	ctx, cancel := context.WithTimeout(ctx, startBudget)
	defer cancel()
	p := &Portal{log: log, owner: c.OwnerDatabaseURL, witness: restore.New(log)}
	if err := p.open(ctx, c, now); err != nil {
		p.Close()
		return nil, err
	}
	return p, nil
}

func (p *Portal) open(ctx context.Context, c config.Config, now func() time.Time) error {
	if err := p.openDatabase(ctx, c); err != nil {
		return err
	}
	accounts := postgres.NewAccounts(p.pool)
	var err error
	if accounts.Vault, err = vault.New(c.SecretKey); err != nil {
		return err
	}
	accounts.Removed = p.witness.Removed
	if err := p.openKeys(ctx, accounts); err != nil {
		return err
	}
	p.newMetrics()
	keys := newLiveKeys(c, postgres.NewKeyring(accounts), now, p.log)
	client, err := supplier.New(supplier.Options{BaseURL: c.SupplierURL, Keys: keys.live, Refused: keys.refused, Observe: p.countCall, Now: now, Log: p.log})
	if err != nil {
		return err
	}
	keys.environment = string(client.Environment())
	p.TestKey = client.TestKey
	if client.Environment() == booking.Production && c.SecondFactor != config.Required {
		return errFactorOff
	}
	if err := p.checkClock(ctx, client.Environment()); err != nil {
		return err
	}
	if err := p.checkProxies(ctx, c, client.Environment()); err != nil {
		return err
	}
	p.clock = clock{postgres.NewNode(p.jobsPool, version(), p.witness.Log(), now), p.log}
	if err := p.clock.Measure(ctx); err != nil {
		p.log.WarnContext(ctx, "the clock is not compared with the database's yet", "error", err)
	}
	if err := p.wire(c, client, accounts, now); err != nil {
		return err
	}
	if err := p.warnOfPower(ctx); err != nil {
		return err
	}
	p.warnOfForgetting(ctx, c)
	if err := p.Bookings.RefreshZones(ctx, true); err != nil {
		p.log.WarnContext(ctx, "zones not refreshed; the last good copy serves", "error", err)
	}
	return nil
}

func (p *Portal) openDatabase(ctx context.Context, c config.Config) error {
	bounds := timeouts(c)
	settings, err := postgres.PoolConfig(c.DatabaseURL, bounds)
	if err != nil {
		return errDatabaseURL
	}
	if err := p.firstLook(ctx, settings.ConnConfig, c); err != nil {
		return err
	}
	settings.AfterConnect = p.looked(bounds)
	if p.pool, err = pgxpool.NewWithConfig(ctx, settings); err == nil {
		err = p.pool.Ping(ctx)
	}
	if err != nil {
		return databaseAway(err)
	}
	small := settings.Copy()
	small.MaxConns = jobsConns
	small.AfterConnect = p.looked(bounds.ForJobs())
	if p.jobsPool, err = pgxpool.NewWithConfig(ctx, small); err != nil {
		return fmt.Errorf("open the jobs' connections: %w", err)
	}
	return nil
}

// timeouts are those of the settings.
func timeouts(c config.Config) postgres.Timeouts {
	return postgres.Timeouts{Statement: c.StatementTimeout, Long: c.LongStatementTimeout, Idle: c.IdleTransactionTimeout, Acquire: c.AcquireTimeout}
}

// looked prepares a new connection. What the look finds may take long to put on
// record, so it comes before the timeouts.
func (p *Portal) looked(bounds postgres.Timeouts) func(context.Context, *pgx.Conn) error {
	return func(ctx context.Context, conn *pgx.Conn) error {
		if err := p.look(ctx, conn); err != nil {
			return err
		}
		return bounds.Bound(ctx, conn)
	}
}

func databaseAway(err error) error {
	return fmt.Errorf("the database does not answer; check that it runs and that GUICHET_DATABASE_URL is right: %w", err)
}

// checkProxies refuses to guess, when the supplier is real, where visitors come
// from and where they find the portal.
func (p *Portal) checkProxies(ctx context.Context, c config.Config, env booking.Environment) error {
	switch {
	case c.CanonicalURL == "" && env != booking.Simulator:
		return errNoOrigin
	case c.Exposed() && env != booking.Simulator:
		return errExposed
	case c.Exposed():
		p.log.WarnContext(ctx, "the portal listens to other machines, and no proxy is trusted: behind one, all visitors count as one",
			"setting", "GUICHET_TRUSTED_PROXIES")
	case c.TrustsPrivate():
		p.log.WarnContext(ctx, "every machine of a private network is trusted to say where visitors come from; name the proxies alone",
			"setting", "GUICHET_TRUSTED_PROXIES")
	}
	return nil
}

func (p *Portal) checkClock(ctx context.Context, env booking.Environment) error {
	var moved bool
	if err := p.pool.QueryRow(ctx, `SELECT clock_offset <> '0' FROM portal_clock`).Scan(&moved); err != nil {
		return fmt.Errorf("read the portal's clock: %w", err)
	}
	if moved && env != booking.Simulator {
		return fmt.Errorf("the portal's clock in the database is moved, which only the simulator allows: set portal_clock.clock_offset to 0")
	}
	return nil
}

func (p *Portal) wire(c config.Config, client *supplier.Client, accounts *postgres.Accounts, now func() time.Time) error {
	store := postgres.NewStore(p.pool)
	store.Expect(p.witness.Expects, p.lookNow)
	store.OnRemoval(p.witness.Removed)
	store.AllowLong(timeouts(c))
	store.ChainWith(p.keys)
	recording, giveUp := context.WithCancel(context.Background())
	p.giveUp = giveUp
	p.Bookings = booking.NewService(recording, store, client, now, p.log)
	p.Bookings.OnClaim(p.claimed)
	p.Statements = statement.NewService(postgres.Statements{Store: store}, p.Bookings)
	p.Reports = report.NewService(store)
	p.People = accounts
	p.Accounts = account.NewService(p.People)
	signIns := postgres.NewAuth(accounts)
	p.Auth = auth.NewService(signIns, p.Accounts)
	if err := p.Auth.OfferPasskeys(c.CanonicalURL); err != nil && !errors.Is(err, auth.ErrNoPasskeys) {
		return err
	}
	p.Keys = keyring.NewService(postgres.NewKeyring(accounts))
	sender, err := mail.New(c.SMTPURL, c.MailFrom)
	if err != nil {
		return err
	}
	links := jobs.Links{Auth: p.Auth, Bookings: p.Bookings, Mail: sender, Origin: c.Origin()}
	if p.jobs, err = jobs.New(p.jobsPool, p.Bookings, p.Statements, signIns, links, p.clock, postgres.NewHistory(p.jobsPool, p.keys), p.log.With("part", "jobs")); err != nil {
		return err
	}
	p.Handler = server.New(site.Options{
		Accounts: p.Accounts, Auth: p.Auth, Keys: p.Keys, Bookings: p.Bookings, Statements: p.Statements, Reports: p.Reports, Sessions: postgres.NewSessionData(p.pool),
		Environment: client.Environment(), SupportPhone: c.SupportPhone, Build: version(),
		Origin:        c.CanonicalURL,
		Proxies:       site.Proxies{Trusted: c.Proxies(), Header: c.ProxyHeader},
		SecureCookies: c.SecureCookies, HSTS: c.HSTS, FactorRequired: c.SecondFactor == config.Required,
		Ready: p.Ready, ReadyNote: func() string { return noteOf(p.clock.Clock()) },
		SupplierDown: func() time.Time { return client.Health().DownSince },
		NoMail:       c.SMTPURL == "", TestKey: client.TestKey, SupplierHost: client.Host(),
		ReadHealth:    func() []booking.Health { return client.Health().Reads },
		SupplierClock: func() (time.Duration, time.Time) { h := client.Health(); return h.Ahead, h.ClockSeen },
		Requested:     p.metrics.Requested,
		Now:           now, Log: p.log,
	})
	return nil
}

// version is the commit that the binary was built from, when it is known.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 8 {
			return s.Value[:8]
		}
	}
	return ""
}

// Ready says why this node should get no requests.
func (p *Portal) Ready(ctx context.Context) error {
	if p.shuttingDown.Load() {
		return errors.New("shutting down")
	}
	return errors.Join(postgres.Writable(ctx, p.pool), errorOf(p.clock.Clock()))
}

// Run serves on the listener and works the jobs until ctx is done, then lets
// everything in flight finish: requests, the supplier's answers, jobs.
func (p *Portal) Run(ctx context.Context, listener net.Listener) error {
	srv := &http.Server{
		Handler:           p.Handler,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      75 * time.Second, // a call to the supplier and its recording
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(p.log.Handler(), slog.LevelWarn),
	}
	if err := p.jobs.Start(context.WithoutCancel(ctx)); err != nil {
		return errors.Join(err, listener.Close())
	}
	looking := p.lookAgain(ctx)
	served := make(chan error, 1)
	go func() { served <- srv.Serve(listener) }()
	var err error
	select {
	case <-ctx.Done():
	case err = <-served:
	}
	p.shuttingDown.Store(true)
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopBudget)
	defer cancel()
	err = errors.Join(err, srv.Shutdown(stop))
	p.giveUp()
	p.Bookings.Wait()
	<-looking
	stopJobs, cancelJobs := context.WithTimeout(context.WithoutCancel(ctx), jobsBudget)
	defer cancelJobs()
	err = errors.Join(err, p.jobs.Stop(stopJobs))
	if leaveErr := p.clock.Leave(stopJobs); leaveErr != nil {
		p.log.WarnContext(ctx, "take back what this node said of its clock", "error", leaveErr)
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// Close ends what Open began; after Run.
func (p *Portal) Close() {
	if p.giveUp != nil {
		p.giveUp()
	}
	if p.Bookings != nil {
		p.Bookings.Wait()
	}
	if p.jobsPool != nil {
		p.jobsPool.Close()
	}
	if p.pool != nil {
		p.pool.Close()
	}
	if err := p.witness.Close(); err != nil {
		p.log.Warn("give up the file of the database's signs", "error", err)
	}
}
