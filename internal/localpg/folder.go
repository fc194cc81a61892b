package localpg

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	// dataName is the data folder inside Options.Dir.
	dataName = "data"
	// freeLimit is how long a server of a killed caller may take to go away.
	freeLimit = 3 * time.Second
)

// ErrInUse means that another server works on the folder.
var ErrInUse = errors.New("another PostgreSQL server works on this folder")

// folder is where a server lives: its real path, and who owns it.
type folder struct {
	path  string
	owner account
}

func (f folder) data() string { return filepath.Join(f.path, dataName) }

// openFolder makes dir, or finds it again, and sees to it that the account that
// will run the server can work there.
func openFolder(ctx context.Context, dir string, log io.Writer) (folder, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return folder{}, fmt.Errorf("find PostgreSQL's folder: %w", err)
	}
	if err := dropDeadLink(dir, log); err != nil {
		return folder{}, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return folder{}, fmt.Errorf("make PostgreSQL's folder: %w", err)
	}
	path, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return folder{}, fmt.Errorf("find PostgreSQL's folder: %w", err)
	}
	owner, err := accountFor(path)
	if err != nil {
		return folder{}, err
	}
	home := folder{path: path, owner: owner}
	if err := owner.own(path); err != nil {
		return folder{}, err
	}
	if !owner.lent || owner.canRun(path, "/bin/sh", "-c", ":") {
		return home, ctx.Err()
	}
	return home.moveOut(dir, log)
}

// dropDeadLink forgets a folder that moveOut made and somebody cleaned away.
func dropDeadLink(dir string, log io.Writer) error {
	info, err := os.Lstat(dir)
	if err != nil || info.Mode()&fs.ModeSymlink == 0 {
		return nil //nolint:nilerr // a missing folder is the usual first start
	}
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if _, err := fmt.Fprintf(log, "the databases behind %s are gone; starting with new ones\n", dir); err != nil {
		return err
	}
	return os.Remove(dir)
}

// moveOut puts the databases where the account can reach them, and leaves a
// link in their place: a project below /root is closed to everybody but root.
func (f folder) moveOut(dir string, log io.Writer) (folder, error) {
	parent := "/var/tmp" // survives a restart of the machine, unlike /tmp
	if info, err := os.Stat(parent); err != nil || !info.IsDir() {
		parent = os.TempDir()
	}
	if err := os.Remove(dir); err != nil {
		return folder{}, fmt.Errorf("account %s, which runs PostgreSQL, cannot reach %s; move it elsewhere: %w",
			f.owner.name, dir, err)
	}
	real, err := f.owner.tempDir(parent, "guichet-postgres-")
	if err != nil {
		return folder{}, err
	}
	if err := os.Symlink(real, dir); err != nil {
		return folder{}, fmt.Errorf("link PostgreSQL's folder: %w", err)
	}
	_, err = fmt.Fprintf(log, "account %s cannot reach %s: the databases are in %s\n", f.owner.name, dir, real)
	return folder{path: real, owner: f.owner}, err
}

// initialise runs initdb unless the folder has databases already. It works in a
// folder aside and renames it, so that an interrupted run leaves nothing half.
func (f folder) initialise(ctx context.Context, pg installation, fast bool, log io.Writer) error {
	if f.version() != "" {
		return ctx.Err()
	}
	aside, err := f.owner.tempDir(f.path, "new-")
	if err != nil {
		return err
	}
	args := []string{
		"-D", aside, "-U", superuser, "--auth=trust", "--encoding=UTF8", "--locale=" + locale, "--no-instructions",
	}
	if fast {
		args = append(args, "--no-sync")
	}
	out, err := run(f.owner.command(pg.program("initdb"), args...))
	if err != nil {
		return errors.Join(err, os.RemoveAll(aside))
	}
	if _, err := io.WriteString(log, out+"\n"); err != nil {
		return err
	}
	if err := os.Rename(aside, f.data()); err != nil {
		return errors.Join(fmt.Errorf("put PostgreSQL's data folder in place: %w", err), os.RemoveAll(aside))
	}
	return nil
}

// version returns the major version that made the databases, "" for none.
func (f folder) version() string {
	text, err := os.ReadFile(filepath.Join(f.data(), "PG_VERSION"))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(text))
}

// waitUntilFree gives the server of a caller that was just killed a moment to
// end, and refuses a folder on which a live one stays.
func (f folder) waitUntilFree(ctx context.Context) error {
	limit := time.After(freeLimit)
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		pid, err := f.serverPID()
		if err != nil || pid == 0 {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		case <-limit:
			return fmt.Errorf("%w: %s (process %d); stop it first, or choose another folder", ErrInUse, f.path, pid)
		}
	}
}

// serverPID returns the live server of the folder, 0 for none. A lock file
// whose number now belongs to another program is removed: PostgreSQL would
// take that program for itself and refuse to start.
func (f folder) serverPID() (int, error) {
	lock := filepath.Join(f.data(), "postmaster.pid")
	text, err := os.ReadFile(lock) //nolint:gosec // a file of the server's own folder
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("look for a running PostgreSQL: %w", err)
	}
	first, _, _ := bytes.Cut(text, []byte("\n"))
	pid, err := strconv.Atoi(strings.TrimSpace(string(first)))
	if err != nil || pid <= 0 || syscall.Kill(pid, 0) != nil {
		return 0, nil //nolint:nilerr // nobody lives there; PostgreSQL replaces the file
	}
	if worksIn(pid, f.data()) {
		return pid, nil
	}
	for _, stale := range []string{lock, filepath.Join(f.path, socketName+".lock")} {
		if err := os.Remove(stale); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return 0, fmt.Errorf("remove the lock of a dead PostgreSQL: %w", err)
		}
	}
	return 0, nil
}

// Remove deletes a server's folder with all its databases, wherever Start put
// them; a folder that does not exist is no error. ErrInUse when a server runs.
func Remove(ctx context.Context, dir string) error {
	path, err := filepath.EvalSymlinks(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return os.RemoveAll(dir) // a link that leads nowhere
	}
	if err != nil {
		return fmt.Errorf("find PostgreSQL's folder: %w", err)
	}
	if path, err = filepath.Abs(path); err != nil {
		return fmt.Errorf("find PostgreSQL's folder: %w", err)
	}
	if err := (folder{path: path}).waitUntilFree(ctx); err != nil {
		return err
	}
	if err := errors.Join(os.RemoveAll(path), os.RemoveAll(dir)); err != nil {
		return fmt.Errorf("remove PostgreSQL's folder: %w", err)
	}
	return nil
}
