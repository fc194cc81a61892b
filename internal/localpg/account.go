package localpg

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// account is who runs the server. PostgreSQL refuses to run as root, so root
// lends it to another account; everybody else runs it as themselves.
type account struct {
	name     string
	uid, gid int
	lent     bool
}

// accountFor chooses the account for a server in dir: the caller, or, for root,
// the owner of the databases that are there already, else postgres, else nobody.
func accountFor(dir string) (account, error) {
	if uid := os.Geteuid(); uid != 0 {
		return account{name: strconv.Itoa(uid), uid: uid, gid: os.Getegid()}, nil
	}
	if owner, ok := ownerOf(filepath.Join(dir, dataName)); ok && owner.uid != 0 {
		return owner, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		found, err := user.Lookup(name)
		if err != nil {
			continue // the next one may exist
		}
		uid, uidErr := strconv.Atoi(found.Uid)
		gid, gidErr := strconv.Atoi(found.Gid)
		if err := errors.Join(uidErr, gidErr); err != nil {
			return account{}, fmt.Errorf("account %s: %w", name, err)
		}
		return account{name: name, uid: uid, gid: gid, lent: true}, nil
	}
	return account{}, errors.New("PostgreSQL does not run as root, and there is neither an account postgres nor nobody: " +
		"start this as another user")
}

func ownerOf(path string) (account, bool) {
	info, err := os.Stat(path)
	if err != nil {
		return account{}, false
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return account{}, false
	}
	uid, gid := int(stat.Uid), int(stat.Gid)
	return account{name: strconv.Itoa(uid), uid: uid, gid: gid, lent: true}, true
}

// command prepares a program to run as the account, in the root folder unless
// the caller sets another one: our own may be closed to the account.
func (a account) command(program string, args ...string) *exec.Cmd {
	cmd := exec.Command(program, args...) //nolint:noctx,gosec // it must outlive the start, and runs only programs of an installation
	cmd.Env = environment()
	cmd.Dir = "/"
	cmd.SysProcAttr = processAttributes()
	if a.lent {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(a.uid), Gid: uint32(a.gid)} //nolint:gosec // ids of an account of this system fit
	}
	return cmd
}

// canRun says whether the account can run a program inside dir. It tries,
// because permission bits do not tell everything (parents, ACLs, mounts).
func (a account) canRun(dir, program string, args ...string) bool {
	cmd := a.command(program, args...)
	cmd.Dir = dir
	_, err := run(cmd)
	return err == nil
}

// tempDir makes a private folder of the account below parent.
func (a account) tempDir(parent, prefix string) (string, error) {
	dir, err := os.MkdirTemp(parent, prefix)
	if err != nil {
		return "", fmt.Errorf("make a folder for PostgreSQL: %w", err)
	}
	return dir, a.own(dir)
}

// own gives one folder to the account.
func (a account) own(dir string) error {
	if !a.lent {
		return nil
	}
	if err := os.Chown(dir, a.uid, a.gid); err != nil {
		return fmt.Errorf("give PostgreSQL's folder to %s: %w", a.name, err)
	}
	return nil
}
