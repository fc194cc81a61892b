// Package localpg runs a private PostgreSQL server for the demo and the tests:
// a child process on a Unix socket in a folder of its own, without a service,
// a container or a network port, whether or not the caller is root.
//
// The server lives no longer than its caller: Stop ends it, and on Linux even
// a SIGKILL of the caller does. The package knows nothing of the portal's
// schema, and nothing in the product itself may depend on it.
package localpg

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	superuser = "postgres"
	// socketName is what PostgreSQL calls the socket of its default port.
	socketName = ".s.PGSQL.5432"
	startLimit = 60 * time.Second
	stopLimit  = 15 * time.Second
	pollEvery  = 20 * time.Millisecond
)

// Options say where and how the server runs.
type Options struct {
	// Dir is the server's own folder. It is made when missing, and what is in
	// it is kept: the next Start finds the same databases. When root starts the
	// server and the account that runs it cannot reach Dir, Dir becomes a
	// symbolic link to a folder below /var/tmp.
	Dir string
	// Fast gives up safety against a crash of the machine (no fsync). For tests.
	Fast bool
	// Copies keeps, with Fast, the log that Copy and replicas need.
	Copies bool
	// Log takes what the server writes; nil keeps only the last lines, for errors.
	Log io.Writer
}

// Server is a running private server.
type Server struct {
	socketDir  string
	tempSocket bool
	process    *process
	pg         installation
	fast       bool
	stop       func() error
}

// Start runs a server on o.Dir and returns when it answers. ctx bounds the
// start only. Errors: ErrNoPostgres when no PostgreSQL is installed, ErrInUse
// when another server works on the folder, ErrVersion when the folder belongs to
// another major version. All of them say in plain English what to do.
func Start(ctx context.Context, o Options) (*Server, error) {
	if o.Dir == "" {
		return nil, errors.New("localpg: Options.Dir is empty; a server needs a folder of its own")
	}
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	log := &tail{also: o.Log}
	found, err := findInstallations(ctx, os.Getenv("PG_BIN"), candidates())
	if err != nil {
		return nil, err
	}
	home, err := openFolder(ctx, o.Dir, log)
	if err != nil {
		return nil, err
	}
	pg, err := choose(found, home)
	if err != nil {
		return nil, err
	}
	if pg, err = home.makeReachable(ctx, pg); err != nil {
		return nil, err
	}
	if err := home.initialise(ctx, pg, o.Fast, log); err != nil {
		return nil, err
	}
	if err := home.waitUntilFree(ctx); err != nil {
		return nil, err
	}
	return serve(ctx, pg, home, o, log)
}

func serve(ctx context.Context, pg installation, home folder, o Options, log *tail) (*Server, error) {
	s := &Server{socketDir: home.path, fast: o.Fast, pg: pg}
	if !fitsSocket(s.socketDir) {
		dir, err := home.owner.tempDir(os.TempDir(), "guichet-socket-")
		if err != nil {
			return nil, err
		}
		s.socketDir, s.tempSocket = dir, true
	}
	s.stop = sync.OnceValue(s.shutDown)
	cmd := home.owner.command(pg.program("postgres"), settings(home.data(), s.socketDir, o)...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = home.path, log, log
	var err error
	if s.process, err = spawn(cmd); err != nil {
		return nil, errors.Join(fmt.Errorf("start %s: %w", cmd.Path, err), s.removeSocketDir())
	}
	if err := s.awaitReady(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("PostgreSQL on %s did not start: %w\n%s", home.path, err, log), s.Stop())
	}
	return s, nil
}

// settings is the server's whole configuration: postgresql.conf stays as initdb
// wrote it, so that a kept folder takes over what a newer portal sets here.
func settings(data, socketDir string, o Options) []string {
	args := []string{
		"-D", data, "-p", "5432", "-k", socketDir,
		"-c", "listen_addresses=", "-c", "unix_socket_permissions=0700",
		"-c", "timezone=UTC", "-c", "log_timezone=UTC", "-c", "jit=off",
	}
	if o.Fast {
		args = append(args, "-c", "fsync=off", "-c", "full_page_writes=off", "-c", "autovacuum=off", "-c", "max_connections=300")
	}
	if o.Fast && !o.Copies {
		args = append(args, "-c", "wal_level=minimal", "-c", "max_wal_senders=0")
	}
	return args
}

func (s *Server) awaitReady(ctx context.Context) error {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		conn, err := pgx.Connect(ctx, s.URL("postgres"))
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-s.process.ended:
			return errors.New("it ended at once")
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		case <-tick.C:
		}
	}
}

// URL returns the address of one of the server's databases for its superuser,
// in the form that pgx and psql read. The database need not exist.
func (s *Server) URL(database string) string {
	u := url.URL{Scheme: "postgres", User: url.User(superuser), Path: "/" + database}
	u.RawQuery = url.Values{"host": {s.socketDir}, "port": {"5432"}}.Encode()
	return u.String()
}

// CreateDatabase makes an empty database unless one of that name exists.
func (s *Server) CreateDatabase(ctx context.Context, name string) (err error) {
	conn, err := pgx.Connect(ctx, s.URL("postgres"))
	if err != nil {
		return fmt.Errorf("create database %s: %w", name, err)
	}
	defer func() { err = errors.Join(err, conn.Close(ctx)) }()
	var exists bool
	const look = `SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)`
	if err := conn.QueryRow(ctx, look, name).Scan(&exists); err != nil {
		return fmt.Errorf("look for database %s: %w", name, err)
	}
	if exists {
		return nil
	}
	if _, err := conn.Exec(ctx, "CREATE DATABASE "+pgx.Identifier{name}.Sanitize()); err != nil {
		return fmt.Errorf("create database %s: %w", name, err)
	}
	return nil
}

// Copy makes a base backup of the running server in a folder of its own, which
// Start then opens. args are more arguments of pg_basebackup, such as -R.
func (s *Server) Copy(ctx context.Context, dir string, args ...string) error {
	home, err := openFolder(ctx, dir, io.Discard)
	if err != nil {
		return err
	}
	args = append([]string{"-d", s.URL("postgres"), "-D", home.data(), "-X", "stream", "-c", "fast"}, args...)
	if _, err := run(home.owner.command(s.pg.program("pg_basebackup"), args...)); err != nil {
		return fmt.Errorf("copy the server: %w", err)
	}
	return ctx.Err()
}

// Stop ends the server, connections in use included, and waits for it. What was
// committed is kept in the folder. Later calls return the same answer.
func (s *Server) Stop() error { return s.stop() }

// Kill ends the server with SIGKILL, in the middle of whatever it does, as the
// kernel does when memory runs out. The next Start on the folder recovers it.
// Stop has nothing left to do afterwards.
func (s *Server) Kill() error {
	if err := s.process.end(syscall.SIGKILL, stopLimit); err != nil {
		return err
	}
	return s.Stop()
}

func (s *Server) shutDown() error {
	// "Fast shutdown" writes everything out; "immediate" leaves that to the next
	// start, which is right for a folder that is about to be thrown away.
	signal := syscall.SIGINT
	if s.fast {
		signal = syscall.SIGQUIT
	}
	err := s.process.end(signal, stopLimit)
	return errors.Join(err, s.removeSocketDir())
}

func (s *Server) removeSocketDir() error {
	if !s.tempSocket {
		return nil
	}
	return os.RemoveAll(s.socketDir)
}

// fitsSocket says whether a socket in dir has an address that every system
// accepts: 107 bytes on Linux, 103 on macOS.
func fitsSocket(dir string) bool { return len(filepath.Join(dir, socketName)) <= 103 }
