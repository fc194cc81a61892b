//go:build !linux

package localpg

import "syscall"

// locale of the databases.
const locale = "en_US.UTF-8"

// processAttributes puts the server into a process group of its own, so that
// Ctrl-C in a terminal reaches us and not the database under our feet. Only
// Linux can also stop it when we are killed.
func processAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}

// worksIn cannot be told here: a live process passes for the server.
func worksIn(int, string) bool { return true }
