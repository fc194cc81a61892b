package localpg

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// childDir makes the test binary a program that runs a server and waits to be killed.
const childDir = "LOCALPG_TEST_CHILD_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		child(dir)
	}
	os.Exit(m.Run())
}

func child(dir string) {
	server, err := Start(context.Background(), Options{Dir: dir, Fast: true})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	conn, err := pgx.Connect(context.Background(), server.URL("postgres"))
	if err == nil {
		_, err = conn.Exec(context.Background(), `CREATE TABLE IF NOT EXISTS kept (n int)`)
	}
	fmt.Println("ready", err)
	select {}
}

// shortDir is a folder whose path leaves room for a socket, unlike t.TempDir.
func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "lpg")
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

func start(t *testing.T, dir string) *Server {
	t.Helper()
	server, err := Start(t.Context(), Options{Dir: dir, Fast: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	})
	return server
}

// query runs sql and returns the first column of its first row, if it has one.
func query(t *testing.T, server *Server, database, sql string) string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), server.URL(database))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background()) //nolint:errcheck // the answer is what counts
	var answer string
	if err := conn.QueryRow(t.Context(), sql).Scan(&answer); err != nil && !errors.Is(err, pgx.ErrNoRows) {
		t.Fatalf("%s: %v", sql, err)
	}
	return answer
}

func TestKeepsDatabasesBetweenStarts(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(shortDir(t), "pg")
	server, err := Start(t.Context(), Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time it exists already
		if err := server.CreateDatabase(t.Context(), "guichet"); err != nil {
			t.Fatal(err)
		}
	}
	query(t, server, "guichet", `DO $$ BEGIN CREATE TABLE kept AS SELECT 'yes' AS word; END $$`)
	if got := query(t, server, "guichet", `SELECT current_setting('fsync') || lower('É')`); got != "oné" {
		t.Errorf("fsync and lower case: got %q, want oné", got)
	}
	if err := server.Stop(); err != nil {
		t.Fatal(err)
	}
	if err := server.Stop(); err != nil {
		t.Errorf("second Stop: %v", err)
	}

	again := start(t, dir)
	if got := query(t, again, "guichet", `SELECT word FROM kept`); got != "yes" {
		t.Errorf("kept row: got %q", got)
	}
	const listens = `SELECT current_setting('fsync') || current_setting('listen_addresses')`
	if got := query(t, again, "guichet", listens); got != "off" {
		t.Errorf("Fast: fsync and network addresses: got %q, want off and none", got)
	}
	if owner, ok := ownerOf(filepath.Join(dir, dataName)); !ok || owner.uid == 0 {
		t.Errorf("the data folder belongs to %+v", owner)
	}
}

func TestLongPathGetsShortSocket(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(shortDir(t), strings.Repeat("x", 60), strings.Repeat("y", 60))
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		t.Fatal(err)
	}
	server := start(t, dir)
	if got := query(t, server, "postgres", `SELECT 'here'`); got != "here" {
		t.Errorf("got %q", got)
	}
	if err := server.Stop(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(server.socketDir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the socket's folder was left behind: %v", err)
	}
}

func TestFolderInUse(t *testing.T) {
	t.Parallel()
	dir := shortDir(t)
	start(t, dir)
	removed := make(chan error)
	go func() { removed <- Remove(t.Context(), dir) }()
	if _, err := Start(t.Context(), Options{Dir: dir, Fast: true}); !errors.Is(err, ErrInUse) {
		t.Errorf("second server: got %v, want ErrInUse", err)
	}
	if err := <-removed; !errors.Is(err, ErrInUse) {
		t.Errorf("Remove: got %v, want ErrInUse", err)
	}
}

func TestRemove(t *testing.T) {
	t.Parallel()
	parent := shortDir(t)
	dir := filepath.Join(parent, "pg")
	if err := Remove(t.Context(), dir); err != nil {
		t.Errorf("nothing there: %v", err)
	}
	if err := start(t, dir).Stop(); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(parent, "link")
	if err := os.Symlink(dir, link); err != nil {
		t.Fatal(err)
	}
	if err := Remove(t.Context(), link); err != nil {
		t.Fatal(err)
	}
	for _, gone := range []string{dir, link} {
		if _, err := os.Lstat(gone); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s is still there: %v", gone, err)
		}
	}
}

// A lock file of a dead server, whose number went to another live process.
func TestStaleLock(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Log("only Linux tells one process from another; PostgreSQL judges dead numbers itself")
		return
	}
	dir := shortDir(t)
	if err := start(t, dir).Stop(); err != nil {
		t.Fatal(err)
	}
	for name, pid := range map[string]int{"another process": os.Getpid(), "no process": 1 << 22} {
		lock := fmt.Sprintf("%d\n%s\n1\n5432\n%s\n\n\n", pid, dir, dir)
		if err := os.WriteFile(filepath.Join(dir, dataName, "postmaster.pid"), []byte(lock), 0o644); err != nil {
			t.Fatal(err)
		}
		server, err := Start(t.Context(), Options{Dir: dir, Fast: true})
		if err != nil {
			t.Fatalf("the lock names %s: %v", name, err)
		}
		if err := server.Stop(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestKilledCallerLeavesNoServer(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Log("only Linux has a parent-death signal")
		return
	}
	dir := shortDir(t)
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), childDir+"="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || line != "ready <nil>\n" {
		t.Fatalf("child: %q, %v", line, err)
	}
	home := folder{path: dir}
	if pid, err := home.serverPID(); err != nil || pid == 0 {
		t.Fatalf("the child's server: pid %d, %v", pid, err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err == nil {
		t.Error("the child ended well although it was killed")
	}
	if err := home.waitUntilFree(t.Context()); err != nil {
		t.Fatalf("a server was left behind: %v", err)
	}
	if got := query(t, start(t, dir), "postgres", `SELECT count(*)::text FROM kept`); got != "0" {
		t.Errorf("after the kill: got %q", got)
	}
}

func TestCancelledStart(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	dir := shortDir(t)
	if _, err := Start(ctx, Options{Dir: dir, Fast: true}); err == nil {
		t.Error("a cancelled start gave a server")
	}
	if pid, err := (folder{path: dir}).serverPID(); pid != 0 || err != nil {
		t.Errorf("it left server %d, %v", pid, err)
	}
}

func TestLogAndTail(t *testing.T) {
	t.Parallel()
	var all strings.Builder
	log := &tail{also: &all}
	for i := range 1000 {
		if _, err := fmt.Fprintf(log, "line %d\n", i); err != nil {
			t.Fatal(err)
		}
	}
	if !strings.HasPrefix(all.String(), "line 0\n") || !strings.HasSuffix(log.String(), "line 999") {
		t.Error("the log lost its beginning or its end")
	}
	if len(log.String()) > tailBytes {
		t.Errorf("kept %d bytes", len(log.String()))
	}
}

func TestEndKillsWhatDoesNotStop(t *testing.T) {
	t.Parallel()
	ready := &firstWrite{done: make(chan struct{})}
	cmd := exec.CommandContext(t.Context(), "/bin/sh", "-c", `trap "" INT; echo ready; exec sleep 600`)
	cmd.Stdout = ready
	p, err := spawn(cmd)
	if err != nil {
		t.Fatal(err)
	}
	<-ready.done
	if err := p.end(syscall.SIGINT, 50*time.Millisecond); err == nil {
		t.Error("a stubborn process ended without an error")
	}
	<-p.ended
}

// firstWrite closes done when something is written to it.
type firstWrite struct {
	once sync.Once
	done chan struct{}
}

func (w *firstWrite) Write(p []byte) (int, error) {
	w.once.Do(func() { close(w.done) })
	return len(p), nil
}

// The working folder would else become the server's, with all that is in it.
func TestStartNeedsAFolder(t *testing.T) {
	t.Parallel()
	server, err := Start(t.Context(), Options{})
	if err == nil {
		t.Error("a server without a folder started", server.Stop())
	}
}

// What was committed outlives a SIGKILL of the server.
func TestKilledServerRecovers(t *testing.T) {
	t.Parallel()
	dir := shortDir(t)
	server := start(t, dir)
	query(t, server, "postgres", `CREATE TABLE kept AS SELECT 7 AS n`)
	if err := server.Kill(); err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(t.Context(), server.URL("postgres"))
	if err == nil {
		t.Errorf("it still answers: %v", conn.Close(t.Context()))
	}
	again := start(t, dir)
	if got := query(t, again, "postgres", `SELECT n::text FROM kept`); got != "7" {
		t.Errorf("kept %q", got)
	}
}
