//go:build linux

package localpg

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

// locale of the databases: every Linux has it, and it knows accented letters.
const locale = "C.UTF-8"

// processAttributes puts the server into a process group of its own, so that
// Ctrl-C in a terminal reaches us and not the database under our feet, and has
// the kernel stop it when we die.
func processAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGQUIT}
}

// worksIn says whether process pid works in dir, as a PostgreSQL server does in
// its data folder. A number that was given to another process in the meantime
// must not pass for the server. Where /proc cannot tell, the answer is yes.
func worksIn(pid int, dir string) bool {
	cwd, err := os.Readlink(filepath.Join("/proc", strconv.Itoa(pid), "cwd"))
	if err == nil {
		return cwd == dir
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return true
	}
	_, err = os.Stat("/proc/self")
	return err != nil
}
