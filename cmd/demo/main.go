// Command demo runs everything on one machine: a private PostgreSQL, the
// supplier's simulator and the portal, with people who can sign in and what
// they sold in the last months. What it keeps stands in .data; FRESH=1 starts
// anew. It is for looking and trying, and no way to run the product.
package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"guichet/internal/app"
	"guichet/internal/config"
	"guichet/internal/mail/catcher"
	"guichet/internal/simulator"
)

// salesOfThePast is how many bookings there are to look at.
const salesOfThePast = 300

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Getenv, os.Stdout)
	interrupted := ctx.Err() != nil && errors.Is(err, context.Canceled)
	stop()
	if err != nil && !interrupted {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, getenv func(string) string, stdout io.Writer) (err error) {
	doors, err := openDoors(ctx, getenv)
	if err != nil {
		return err
	}
	defer doors.close()
	k := keepFor(getenv("GUICHET_DATABASE_URL"))
	release, err := k.lock() // a demo that already runs must not lose its data
	if err != nil {
		return err
	}
	defer release()
	complete, err := k.open(ctx, getenv("FRESH") == "1")
	if err != nil {
		return err
	}
	db, err := k.openDatabase(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.stop()) }()
	if err := app.Migrate(ctx, config.Config{DatabaseURL: db.address, OwnerDatabaseURL: db.owner}, io.Discard); err != nil {
		return err
	}
	secret, err := k.secret()
	if err != nil {
		return err
	}
	d := demo{doors: doors, keep: k, base: db, clock: &clock{}, stdout: stdout, secret: secret, factor: cmp.Or(getenv("GUICHET_SECOND_FACTOR"), "off")}
	o := simulator.Options{Now: d.clock.Now}
	if complete {
		o.File = k.ledger()
	}
	if d.sim, err = simulator.New(o); err != nil {
		return err
	}
	if d.mails, err = catcher.Start(); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.mails.Close()) }()
	return d.serve(ctx, complete)
}

// doors are the addresses of the portal and of the simulator.
type doors struct{ portal, simulator net.Listener }

func openDoors(ctx context.Context, getenv func(string) string) (doors, error) {
	sim, err := app.Listen(ctx, "GUICHET_SIMULATOR_ADDR", cmp.Or(getenv("GUICHET_SIMULATOR_ADDR"), "127.0.0.1:8090"))
	if err != nil {
		return doors{}, err
	}
	portal, err := app.Listen(ctx, "GUICHET_ADDR", cmp.Or(getenv("GUICHET_ADDR"), "127.0.0.1:8080"))
	if err != nil {
		return doors{}, errors.Join(err, sim.Close())
	}
	return doors{portal, sim}, nil
}

// close ends what no server has closed; an error would only say that one has.
func (d doors) close() {
	_ = d.portal.Close()
	_ = d.simulator.Close()
}

// demo is everything on its way up.
type demo struct {
	doors
	base

	keep   keep
	sim    *simulator.Simulator
	mails  *catcher.Catcher
	clock  *clock
	stdout io.Writer
	secret string // seals what nobody may read in the database
	factor string // "required", or "off"
}

// serve runs simulator and portal until ctx is done. The simulator goes last:
// the portal's calls in flight still get their answers.
func (d demo) serve(ctx context.Context, complete bool) error {
	supplier := &http.Server{Handler: withMails(d.sim.Handler(), d.mails), ReadHeaderTimeout: 10 * time.Second}
	running, ctx := errgroup.WithContext(ctx)
	running.Go(func() error {
		if err := supplier.Serve(d.simulator); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
	running.Go(func() (err error) {
		defer func() { err = errors.Join(err, supplier.Close()) }()
		portal, err := app.Open(ctx, d.settings(), d.clock.Now, quiet())
		if err != nil {
			return err
		}
		defer portal.Close()
		if !complete {
			if err := d.seed(ctx, portal); err != nil {
				return err
			}
		}
		if _, err := fmt.Fprintf(d.stdout, welcome, d.portal.Addr(), d.simulator.Addr(), d.simulator.Addr(), password); err != nil {
			return err
		}
		return portal.Run(ctx, d.portal)
	})
	return running.Wait()
}

// seed fills an empty demo with people and their sales.
func (d demo) seed(ctx context.Context, portal *app.Portal) error {
	people, err := seedPeople(ctx, portal.People)
	if err != nil {
		return err
	}
	sales, err := plan(time.Now(), salesOfThePast)
	if err != nil {
		return err
	}
	s := shop{portal: portal, sim: d.sim, clock: d.clock, people: people, log: d.stdout}
	if err := d.fill(ctx, func() error { return s.sell(ctx, sales) }); err != nil {
		return err
	}
	if err := d.sim.KeepIn(d.keep.ledger()); err != nil { // only now: it is written whole with each change
		return err
	}
	return d.keep.finish()
}

// named is where the demo is found under a name, as passkeys need one; empty when other
// machines use it.
func (d demo) named() string {
	host, port, err := net.SplitHostPort(d.portal.Addr().String())
	if err != nil || !net.ParseIP(host).IsLoopback() {
		return ""
	}
	return "http://localhost:" + port
}

func (d demo) settings() config.Config {
	return config.Config{
		Addr: d.portal.Addr().String(), CanonicalURL: d.named(), DatabaseURL: d.address, OwnerDatabaseURL: d.owner,
		SupplierURL: "http://" + d.simulator.Addr().String(), SupplierKey: simulator.DefaultKey,
		SecretKey: d.secret, SecondFactor: d.factor,
		SMTPURL: d.mails.URL(), MailFrom: "guichet@demo.test",
		SupportPhone: "+33 1 99 00 12 34", DefaultTimezone: "Europe/Paris",
	}
}

// quiet logs what needs attention; the terminal belongs to the instructions.
func quiet() *slog.Logger {
	return slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
}
