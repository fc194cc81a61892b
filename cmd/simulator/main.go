// Command simulator runs the supplier's simulator on a port of this machine,
// with its control API and its page.
//
// It knows nothing of the portal.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"guichet/internal/simulator"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// settings are the flags.
type settings struct {
	addr, file, key, profile string
	public                   bool
}

func readFlags(args []string, stderr io.Writer) (settings, error) {
	var c settings
	flags := flag.NewFlagSet("simulator", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&c.addr, "addr", "127.0.0.1:8090", "address to listen on")
	flags.StringVar(&c.file, "file", "", "file that keeps the ledger; empty for memory only")
	flags.StringVar(&c.key, "key", simulator.DefaultKey, "API key that is accepted")
	flags.StringVar(&c.profile, "profile", "", "what it does where the documentation is silent: "+strings.Join(simulator.Profiles(), ", ")+"; empty for the one that the file keeps, else documented")
	flags.BoolVar(&c.public, "public", false, "allow an address that is not loopback, as in a container: the control API has no password")
	if err := flags.Parse(args); err != nil {
		return settings{}, err
	}
	if flags.NArg() > 0 {
		return settings{}, fmt.Errorf("simulator: unexpected argument %q", flags.Arg(0))
	}
	if !c.public && !loopback(c.addr) {
		return settings{}, fmt.Errorf("simulator: %s is not a loopback address; use 127.0.0.1, or -public in a container", c.addr)
	}
	return c, nil
}

// run serves until the context ends, and prints the address it listens on.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	c, err := readFlags(args, stderr)
	if err != nil {
		return err
	}
	sim, err := simulator.New(simulator.Options{Now: time.Now, Keys: []string{c.key}, File: c.file, Profile: c.profile})
	if err != nil {
		return err
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", c.addr)
	if err != nil {
		return fmt.Errorf("simulator: cannot listen, choose another -addr: %w", err)
	}
	if _, err := fmt.Fprintf(stdout, "supplier simulator on http://%s\n", listener.Addr()); err != nil {
		return errors.Join(err, listener.Close())
	}
	return serve(ctx, listener, sim.Handler())
}

// serve answers until the context ends, then lets calls in flight finish. The
// time to write allows for the longest latency that a fault can have.
func serve(ctx context.Context, listener net.Listener, h http.Handler) error {
	server := &http.Server{
		Handler: h, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second,
		WriteTimeout: 11 * time.Minute, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
	}
	stopped := make(chan error, 1)
	go func() { stopped <- server.Serve(listener) }()
	select {
	case err := <-stopped:
		return fmt.Errorf("simulator: serving: %w", err)
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err := server.Shutdown(grace); err != nil {
		return server.Close() // a slow answer on purpose need not be waited for
	}
	return nil
}

// loopback tells whether nobody but this machine can reach the address.
func loopback(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return false
	}
	ip := net.ParseIP(host)
	return host == "localhost" || (ip != nil && ip.IsLoopback())
}
