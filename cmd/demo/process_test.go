package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"guichet/internal/account"
	"guichet/internal/booking"
	"guichet/internal/postgres"
)

// patience is far more than a demo takes to start or to stop.
const patience = 4 * time.Minute

// program builds the command once, beside the test binary: go test removes both.
var program = sync.OnceValues(func() (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	path := self + "-command"
	out, err := exec.Command("go", "build", "-o", path, ".").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build: %w\n%s", err, out)
	}
	return path, nil
})

// workFolder is one that PostgreSQL's account can reach when root runs the
// tests, unlike t.TempDir, with a path short enough for a socket.
func workFolder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "demo")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// process is a demo that runs on its own.
type process struct {
	t   *testing.T
	cmd *exec.Cmd
	dir string

	mu     sync.Mutex
	out    bytes.Buffer // both streams
	report chan struct{}
	ended  chan struct{}

	portal, supplier string // addresses, once it is ready
}

// launch starts the command in a folder; env may replace settings.
func launch(t *testing.T, dir string, env ...string) *process {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	p := &process{t: t, dir: dir, report: make(chan struct{}, 1), ended: make(chan struct{})}
	p.cmd = exec.Command(path)
	p.cmd.Dir, p.cmd.Stdout, p.cmd.Stderr = dir, p, p
	p.cmd.Env = append(os.Environ(), "GUICHET_ADDR=127.0.0.1:0", "GUICHET_SIMULATOR_ADDR=127.0.0.1:0", "GUICHET_DATABASE_URL=", "FRESH=")
	p.cmd.Env = append(p.cmd.Env, env...)
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = p.cmd.Wait() // ProcessState tells how it ended
		close(p.ended)
	}()
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill()
		<-p.ended
	})
	return p
}

// Write takes what the process prints.
func (p *process) Write(text []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case p.report <- struct{}{}:
	default:
	}
	return p.out.Write(text)
}

func (p *process) printed() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.out.String()
}

// await returns when the process has printed a text.
func (p *process) await(text string) {
	p.t.Helper()
	limit := time.After(patience)
	for !strings.Contains(p.printed(), text) {
		select {
		case <-p.report:
		case <-p.ended:
			if !strings.Contains(p.printed(), text) {
				p.t.Fatalf("it ended before it said %q:\n%s", text, p.printed())
			}
		case <-limit:
			p.t.Fatalf("it did not say %q:\n%s", text, p.printed())
		}
	}
}

var address = regexp.MustCompile(`http://127\.0\.0\.1:\d+`)

// ready returns when the demo says that it is.
func (p *process) ready() *process {
	p.t.Helper()
	p.await("Ctrl-C stops everything")
	found := address.FindAllString(p.printed(), -1)
	if len(found) != 3 {
		p.t.Fatalf("no three addresses:\n%s", p.printed())
	}
	p.portal, p.supplier = found[0], found[1] // the mails stand at the supplier's, too
	return p
}

// exit waits for the end and returns the exit code.
func (p *process) exit() int {
	p.t.Helper()
	select {
	case <-p.ended:
	case <-time.After(patience):
		p.t.Fatalf("it does not end:\n%s", p.printed())
	}
	return p.cmd.ProcessState.ExitCode()
}

func (p *process) signal(s syscall.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		p.t.Fatal(err)
	}
}

// database says where the private server is: its process and its socket.
func (p *process) database() (pid int, socket string) {
	p.t.Helper()
	text, err := os.ReadFile(filepath.Join(p.dir, folder, "postgres", "data", "postmaster.pid"))
	if err != nil {
		p.t.Fatal(err)
	}
	lines := strings.Split(string(text), "\n")
	if pid, err = strconv.Atoi(lines[0]); err != nil || len(lines) < 5 {
		p.t.Fatalf("postmaster.pid: %q", text)
	}
	return pid, lines[4]
}

// awaitEnd returns when a process is gone.
func awaitEnd(t *testing.T, pid int) {
	t.Helper()
	limit := time.After(patience)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
		select {
		case <-tick.C:
		case <-limit:
			t.Fatalf("process %d lives on", pid)
		}
	}
}

// bookings reads the portal's ledger from the database itself.
func (p *process) bookings() []booking.Booking {
	p.t.Helper()
	_, socket := p.database()
	u := url.URL{Scheme: "postgres", User: url.User("postgres"), Path: "/" + database}
	u.RawQuery = url.Values{"host": {socket}, "port": {"5432"}}.Encode()
	pool, err := pgxpool.New(p.t.Context(), u.String())
	if err != nil {
		p.t.Fatal(err)
	}
	defer pool.Close()
	store := postgres.NewStore(pool)
	page, err := store.List(context.Background(), account.Everything(), booking.Filter{Limit: 1000})
	if err != nil {
		p.t.Fatal(err)
	}
	return page.Bookings
}
