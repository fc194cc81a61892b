// Command bench makes a portal with a million bookings and says how fast its
// pages are with them:
//
//	bench seed [-n bookings]   fills a private PostgreSQL in .data/large
//	bench serve                a portal on it, to look at
//	bench pages                times of searches, lists, queue, figures
//	bench export               times and memory of exports
//	bench sales                what a sale costs, and a change of a booking's state
//
// It writes rows as the portal's own service would have left them, chains of
// events included; it must not be part of the product.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"

	"guichet/internal/app"
	"guichet/internal/config"
	"guichet/internal/localpg"
	"guichet/internal/simulator"
)

// buffers is PostgreSQL's own memory.
const buffers = "1GB"

// secret seals nothing that is worth anything.
const secret = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=" //nolint:gosec // of a database of made-up people

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, stdout io.Writer) error {
	if len(args) == 0 {
		return errors.New("say seed, serve, pages, export or sales")
	}
	flags := flag.NewFlagSet(args[0], flag.ContinueOnError)
	n := flags.Int("n", 1_000_000, "number of bookings")
	folder := flags.String("dir", filepath.Join(".data", "large"), "where the database stands")
	rounds := flags.Int("rounds", 100, "pages: requests of each kind")
	clients := flags.Int("clients", 2, "sales: how many sell at once")
	most := flags.Int("sales", 1000, "sales: how many")
	beside := flags.String("beside", "", "pages: folder of a smaller database to compare with")
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	switch args[0] {
	case "seed":
		return seed(ctx, *folder, *n, stdout)
	case "serve":
		return serve(ctx, *folder, stdout)
	case "export":
		return takeAlong(ctx, *folder, stdout)
	case "sales":
		return sales(ctx, *folder, *most, *clients, stdout)
	case "pages":
		return pages(ctx, *folder, *beside, *rounds, stdout)
	}
	return fmt.Errorf("%s is no command: say seed, serve, pages, export or sales", args[0])
}

// place is a running portal without its jobs: nothing lapses while it is looked at.
type place struct {
	pg     *localpg.Server
	owner  string // address of the database as its owner
	sim    *httptest.Server
	portal *app.Portal
}

// open starts the private server, brings its schema up to date and opens a
// portal on it, which serves as the application, as in production.
func open(ctx context.Context, folder string) (_ *place, err error) {
	if err := os.MkdirAll(folder, 0o755); err != nil { //nolint:gosec // the account that runs PostgreSQL for root must get through
		return nil, err
	}
	p := &place{}
	if p.pg, err = localpg.Start(ctx, localpg.Options{Dir: filepath.Join(folder, "postgres")}); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, p.close())
		}
	}()
	if err := p.enlarge(ctx, folder); err != nil {
		return nil, err
	}
	if err := p.pg.CreateDatabase(ctx, "guichet"); err != nil {
		return nil, err
	}
	p.owner = p.pg.URL("guichet")
	address, err := url.Parse(p.owner)
	if err != nil {
		return nil, err
	}
	address.User = url.User("guichet")
	sim, err := simulator.New(simulator.Options{Now: time.Now})
	if err != nil {
		return nil, err
	}
	p.sim = httptest.NewServer(sim.Handler())
	c := config.Config{
		DatabaseURL: address.String(), OwnerDatabaseURL: p.owner, SupplierURL: p.sim.URL, SupplierKey: simulator.DefaultKey,
		SecretKey: secret, SecondFactor: "off", DefaultTimezone: "Europe/Paris", SupportPhone: "+33 1 99 00 12 34",
	}
	if err := app.Migrate(ctx, c, io.Discard); err != nil {
		return nil, err
	}
	p.portal, err = app.Open(ctx, c, time.Now, slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})))
	return p, err
}

// enlarge gives the server the memory that docker-compose.yml gives one: what it
// takes without asking is for a telephone.
func (p *place) enlarge(ctx context.Context, folder string) (err error) {
	conn, err := pgx.Connect(ctx, p.pg.URL("postgres"))
	if err != nil {
		return err
	}
	var is string
	err = conn.QueryRow(ctx, `SHOW shared_buffers`).Scan(&is)
	if err == nil && is != buffers {
		_, err = conn.Exec(ctx, `ALTER SYSTEM SET shared_buffers = '`+buffers+`'`)
	}
	if err = errors.Join(err, conn.Close(ctx)); err != nil || is == buffers {
		return err
	}
	if err := p.pg.Stop(); err != nil {
		return err
	}
	p.pg, err = localpg.Start(ctx, localpg.Options{Dir: filepath.Join(folder, "postgres")})
	return err
}

func (p *place) close() error {
	if p.portal != nil {
		p.portal.Close()
	}
	if p.sim != nil {
		p.sim.Close()
	}
	return p.pg.Stop()
}

// serve shows the portal on 127.0.0.1:8080 until ctx is done.
func serve(ctx context.Context, folder string, stdout io.Writer) (err error) {
	p, err := open(ctx, folder)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.close()) }()
	const where = "127.0.0.1:8080"
	server := &http.Server{Addr: where, Handler: p.portal.Handler, ReadHeaderTimeout: 10 * time.Second}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	if _, err := fmt.Fprintf(stdout, "http://%s  %s, %s, agent0@agency1.test  password: %s\n", where, deskMail, adminMail, password); err != nil {
		return err
	}
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
