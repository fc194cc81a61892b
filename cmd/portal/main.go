// Command portal is the product: it serves the counter (serve), brings the
// database's schema up to date (migrate), checks that nobody changed a booking's
// records by hand (verify), renews the key that seals (reseal), stops all sales (freeze), takes note of a restored
// backup (restored), and asks a running portal whether it is well (health). Its settings are environment variables; see the README.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"guichet/internal/account"
	"guichet/internal/app"
	"guichet/internal/config"
)

// headLimit is far more than what a file of kept heads holds.
const headLimit = 1 << 20

var errUsage = errors.New(`usage: portal [serve | migrate | user create | verify | reseal | freeze | restored | health]

  serve    answer requests (the default)
  migrate  bring the database's schema up to this version, as its owner, and let
           the role of GUICHET_DATABASE_URL serve on it
  user create [-role admin] [-agency CODE] ADDRESS NAME
           add a person and print the link to choose a password; roles are
           admin, customer_service, manager and agent
  verify [-head [LINE | FILE | -]]
           check that no record of a booking and no audit entry was changed by hand;
           with -head print a line that is to be kept elsewhere, or check one that was
  reseal   seal anew, under the first key of GUICHET_SECRET_KEY, all that is under the
           second
  freeze   stop all sales until an admin reopens the portal on /admin/frozen
  restored [-to TIME]
           say that a backup was restored, with the data of TIME (such as
           2026-06-30T14:00:00+02:00): freezes, and lets what was not paid wait for
           the comparison with the supplier
  health   ask the portal on GUICHET_ADDR whether it is ready`)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	err := run(ctx, os.Args[1:], os.Getenv, os.Stdin, os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, getenv func(string) string, stdin io.Reader, stdout io.Writer) error {
	command := "serve"
	if len(args) > 0 {
		command = args[0]
	}
	switch {
	case command == "user":
		return user(ctx, args[1:], getenv, stdout)
	case command == "restored":
		return restored(ctx, args[1:], getenv, stdout)
	case command == "verify":
		return verify(ctx, args[1:], getenv, stdin, stdout)
	case len(args) > 1:
		return errUsage
	case command == "health":
		return health(ctx, getenv)
	case command == "freeze":
		c, err := config.LoadDatabase(getenv)
		if err != nil {
			return err
		}
		return app.Freeze(ctx, c.DatabaseURL, stdout)
	case command != "serve" && command != "migrate" && command != "reseal":
		return errUsage
	}
	c, err := config.Load(getenv)
	if err != nil {
		return err
	}
	switch command {
	case "migrate":
		return app.Migrate(ctx, c, stdout)
	case "reseal":
		return app.Reseal(ctx, c, stdout)
	}
	return serve(ctx, c, stdout)
}

// verify checks the records, and prints or checks a head: -head alone prints one, with
// a line it checks that one, with a file what the file ends with, with - standard input.
func verify(ctx context.Context, args []string, getenv func(string) string, stdin io.Reader, stdout io.Writer) error {
	var heads app.Heads
	switch {
	case len(args) == 0:
	case args[0] != "-head":
		return errUsage
	case len(args) == 1:
		heads.Print = true
	case len(args) == 2 && args[1] == "-":
		text, err := io.ReadAll(io.LimitReader(stdin, headLimit))
		if err != nil {
			return err
		}
		heads.Kept = string(text)
	case len(args) == 2 && !strings.Contains(args[1], " "):
		text, err := os.ReadFile(args[1])
		if err != nil {
			return err
		}
		heads.Kept = string(text)
	default:
		heads.Kept = strings.Join(args[1:], " ")
	}
	if len(args) > 1 && strings.TrimSpace(heads.Kept) == "" {
		return errors.New("there is no head in it: `portal verify -head` prints one")
	}
	c, err := config.Load(getenv)
	if err != nil {
		return err
	}
	return app.Verify(ctx, c, heads, stdout)
}

// restored says by hand that a backup was restored. It needs the database alone.
func restored(ctx context.Context, args []string, getenv func(string) string, stdout io.Writer) error {
	flags := flag.NewFlagSet("restored", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	var to time.Time
	flags.Func("to", "", func(text string) (err error) {
		to, err = time.Parse(time.RFC3339, text)
		return err
	})
	if err := flags.Parse(args); err != nil || flags.NArg() > 0 {
		return errUsage
	}
	c, err := config.LoadDatabase(getenv)
	if err != nil {
		return err
	}
	return app.Restored(ctx, c.DatabaseURL, to, stdout)
}

// user adds a person: the first admin, before anybody can sign in.
func user(ctx context.Context, args []string, getenv func(string) string, stdout io.Writer) error {
	if len(args) == 0 || args[0] != "create" {
		return errUsage
	}
	flags := flag.NewFlagSet("user create", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	role := flags.String("role", string(account.Admin), "")
	agency := flags.String("agency", "", "")
	known := []account.Role{account.Agent, account.Manager, account.CustomerService, account.Admin}
	if err := flags.Parse(args[1:]); err != nil || flags.NArg() != 2 || !slices.Contains(known, account.Role(*role)) {
		return errUsage
	}
	c, err := config.Load(getenv)
	if err != nil {
		return err
	}
	u := app.NewUser{Email: flags.Arg(0), Name: flags.Arg(1), Role: account.Role(*role), AgencyCode: *agency}
	return app.CreateUser(ctx, c.DatabaseURL, c.Origin(), u, stdout)
}

// newLog writes JSON, one object a line, with times in UTC wherever the machine is.
func newLog(w io.Writer, level slog.Level) *slog.Logger {
	utc := func(groups []string, a slog.Attr) slog.Attr {
		if len(groups) == 0 && a.Key == slog.TimeKey {
			a.Value = slog.TimeValue(a.Value.Time().UTC())
		}
		return a
	}
	return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level, ReplaceAttr: utc}))
}

func serve(ctx context.Context, c config.Config, stdout io.Writer) error {
	log := newLog(stdout, c.LogLevel)
	portal, err := app.Open(ctx, c, time.Now, log)
	if err != nil {
		return err
	}
	defer portal.Close()
	listener, err := app.Listen(ctx, "GUICHET_ADDR", c.Addr)
	if err != nil {
		return err
	}
	if c.MetricsAddr != "" {
		scraped, err := app.Listen(ctx, "GUICHET_METRICS_ADDR", c.MetricsAddr)
		if err != nil {
			return errors.Join(err, listener.Close())
		}
		defer portal.ServeMetrics(scraped)()
		log.InfoContext(ctx, "metrics", "address", scraped.Addr().String())
	}
	log.InfoContext(ctx, "ready", "address", listener.Addr().String(), "environment", portal.Bookings.Environment())
	return portal.Run(ctx, listener)
}

// health fails unless the portal says that it is ready.
func health(ctx context.Context, getenv func(string) string) error {
	addr := getenv("GUICHET_ADDR")
	if addr == "" {
		addr = "127.0.0.1:8080"
	}
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("GUICHET_ADDR: %w", err)
	}
	if host == "" || net.ParseIP(host).IsUnspecified() {
		host = "127.0.0.1"
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(host, port)+"/readyz", nil)
	if err != nil {
		return err
	}
	client := &http.Client{Timeout: 5 * time.Second}
	res, err := client.Do(req)
	if err != nil {
		return fmt.Errorf("the portal does not answer: %w", err)
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("the portal is not ready: %s", res.Status)
	}
	return nil
}
