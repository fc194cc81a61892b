// Command demo runs everything on one machine: a private PostgreSQL, the
// supplier's simulator and the portal, with people who can sign in. What it
// keeps stands in .data; FRESH=1 starts anew.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"guichet/internal/app"
	"guichet/internal/config"
	"guichet/internal/localpg"
	"guichet/internal/simulator"
)

const (
	folder   = ".data"
	database = "guichet"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Getenv, os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, getenv func(string) string, stdout io.Writer) error {
	if getenv("FRESH") == "1" {
		if err := forget(ctx); err != nil {
			return err
		}
	}
	address, stopDatabase, err := openDatabase(ctx, getenv("GUICHET_DATABASE_URL"))
	if err != nil {
		return err
	}
	defer func() {
		if err := stopDatabase(); err != nil {
			fmt.Fprintln(os.Stderr, "stop the database:", err)
		}
	}()
	if err := app.Migrate(ctx, address); err != nil {
		return err
	}
	return serve(ctx, getenv, address, stdout)
}

// forget removes what an earlier demo kept.
func forget(ctx context.Context) error {
	if err := localpg.Remove(ctx, filepath.Join(folder, "postgres")); err != nil {
		return fmt.Errorf("start anew: %w", err)
	}
	if err := os.RemoveAll(folder); err != nil {
		return fmt.Errorf("start anew: %w", err)
	}
	return nil
}

// openDatabase starts a private server unless an address is given.
func openDatabase(ctx context.Context, given string) (address string, stop func() error, err error) {
	if given != "" {
		return given, func() error { return nil }, nil
	}
	if err := os.MkdirAll(folder, 0o750); err != nil {
		return "", nil, err
	}
	pg, err := localpg.Start(ctx, localpg.Options{Dir: filepath.Join(folder, "postgres")})
	if err != nil {
		return "", nil, err
	}
	if err := pg.CreateDatabase(ctx, database); err != nil {
		return "", nil, errors.Join(err, pg.Stop())
	}
	return pg.URL(database), pg.Stop, nil
}

func serve(ctx context.Context, getenv func(string) string, address string, stdout io.Writer) error {
	sim, err := simulator.New(simulator.Options{Now: time.Now, File: filepath.Join(folder, "simulator.json")})
	if err != nil {
		return err
	}
	simListener, err := app.Listen(ctx, "GUICHET_SIMULATOR_ADDR", or(getenv("GUICHET_SIMULATOR_ADDR"), "127.0.0.1:8090"))
	if err != nil {
		return err
	}
	listener, err := app.Listen(ctx, "GUICHET_ADDR", or(getenv("GUICHET_ADDR"), "127.0.0.1:8080"))
	if err != nil {
		return errors.Join(err, simListener.Close())
	}
	simServer := &http.Server{Handler: sim.Handler(), ReadHeaderTimeout: 10 * time.Second}
	running, stop := errgroup.WithContext(ctx)
	running.Go(func() error {
		if err := simServer.Serve(simListener); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
	running.Go(func() error {
		defer func() { _ = simServer.Close() }()
		defer func() { _ = listener.Close() }()
		portal, err := app.Open(stop, settings(address, listener.Addr().String(), simListener.Addr().String()), time.Now, quiet())
		if err != nil {
			return err
		}
		defer portal.Close()
		if err := seed(stop, portal.People); err != nil {
			return err
		}
		if _, err := fmt.Fprintf(stdout, welcome, listener.Addr(), simListener.Addr(), password); err != nil {
			return err
		}
		return portal.Run(stop, listener)
	})
	return running.Wait()
}

func settings(database, addr, supplier string) config.Config {
	return config.Config{
		Addr: addr, DatabaseURL: database, SupplierURL: "http://" + supplier, SupplierKey: simulator.DefaultKey,
		SupportPhone: "+33 1 99 00 12 34", DefaultTimezone: "Europe/Paris",
	}
}

// quiet logs what needs attention; the terminal belongs to the instructions.
func quiet() *slog.Logger {
	return slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
}

func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

const welcome = `
Guichet is ready:   http://%s
The supplier:       http://%s   (simulator: its ledger, clock and faults)

Sign in with the password %s as
  agent@demo.test     sells for the first agency
  manager@demo.test   manages it
  agent@other.test    sells for another agency
  desk@demo.test      customer service
  admin@demo.test     administrator

Try: sign in as agent@demo.test, quote CDG from +7 06:05 to +8 22:40, book, pay.
Then let the simulator drop the connection of the next pay, and sell again.
Ctrl-C stops everything; FRESH=1 make run starts anew.
`
