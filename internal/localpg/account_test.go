package localpg

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// asRoot says whether the test can play the part of root; the others play the
// part of an ordinary account by themselves.
func asRoot(t *testing.T) bool {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Log("this account is not root: nothing to show here")
		return false
	}
	return true
}

// A project below /root: the account that runs the server cannot go there.
func TestClosedFolderIsReplacedByLink(t *testing.T) {
	t.Parallel()
	if !asRoot(t) {
		return
	}
	closed := shortDir(t)
	if err := os.Chmod(closed, 0o700); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(closed, "pg")
	server := start(t, dir)
	if err := server.CreateDatabase(t.Context(), "kept"); err != nil {
		t.Fatal(err)
	}
	if err := server.Stop(); err != nil {
		t.Fatal(err)
	}
	real, err := os.Readlink(dir)
	if err != nil {
		t.Fatalf("no link was left: %v", err)
	}
	again := start(t, dir)
	if got := query(t, again, "kept", `SELECT 'same'`); got != "same" {
		t.Errorf("got %q", got)
	}
	if err := again.Stop(); err != nil {
		t.Fatal(err)
	}
	// Somebody cleans /var/tmp: the next start begins anew and says so.
	if err := os.RemoveAll(real); err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	third, err := Start(t.Context(), Options{Dir: dir, Fast: true, Log: &log})
	if err != nil {
		t.Fatal(err)
	}
	if err := third.Stop(); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(log.String(), "are gone") {
		t.Errorf("the loss was not told: %s", log.String())
	}
	if real, err = os.Readlink(dir); err != nil {
		t.Fatal(err)
	}
	if err := Remove(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(real); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the databases were left behind: %v", err)
	}
}

func TestUnreachableProgramsAreCopied(t *testing.T) {
	t.Parallel()
	if !asRoot(t) {
		return
	}
	closed := filepath.Dir(fakeInstallation(t, "17.1")) // t.TempDir is closed to others
	if err := os.Chmod(filepath.Dir(closed), 0o700); err != nil {
		t.Fatal(err)
	}
	home, err := openFolder(t.Context(), shortDir(t), &tail{})
	if err != nil {
		t.Fatal(err)
	}
	pg := installation{bin: filepath.Join(closed, "bin"), major: 17}
	if _, err := home.makeReachable(t.Context(), pg); err == nil {
		t.Error("programs that cannot be copied were accepted")
	}
	pg.whole = true
	copied, err := home.makeReachable(t.Context(), pg)
	if err != nil {
		t.Fatal(err)
	}
	if !home.owner.canRun(home.path, copied.program("postgres"), "--version") {
		t.Errorf("%s does not run", copied.bin)
	}
}

// The same start by an account that is not root.
func TestOrdinaryAccount(t *testing.T) {
	t.Parallel()
	if !asRoot(t) {
		return
	}
	dir := shortDir(t)
	program := filepath.Join(dir, "program")
	text, err := os.ReadFile(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(program, text, 0o755); err != nil {
		t.Fatal(err)
	}
	home := filepath.Join(dir, "home")
	if err := os.Mkdir(home, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(home, 65534, 65534); err != nil {
		t.Fatal(err)
	}
	found, err := findInstallations(t.Context(), os.Getenv("PG_BIN"), candidates())
	if err != nil {
		t.Fatal(err)
	}
	ordinary := folder{path: dir, owner: account{name: "65534", uid: 65534, gid: 65534, lent: true}}
	pg, err := ordinary.makeReachable(t.Context(), found[0])
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program, "-test.run=^TestKeepsDatabasesBetweenStarts$")
	cmd.Dir = home
	cmd.Env = append(os.Environ(), "TMPDIR="+home, "PG_BIN="+pg.bin)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	if out, err := cmd.CombinedOutput(); err != nil || !strings.HasPrefix(string(out), "PASS") {
		t.Errorf("as uid 65534: %v\n%s", err, out)
	}
}
