package localpg

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"
)

// tailBytes is how much of the server's log an error shows.
const tailBytes = 2000

// process is a child that is bound to a thread of its own.
type process struct {
	cmd   *exec.Cmd
	ended chan struct{}
	err   error // how it ended; read it after ended is closed
}

// spawn starts cmd. Linux sends the parent-death signal when the *thread* that
// started the child ends, so that thread stays locked until the child is gone.
func spawn(cmd *exec.Cmd) (*process, error) {
	// A backend that holds the log pipe open must not keep us waiting for it.
	cmd.WaitDelay = time.Second
	p := &process{cmd: cmd, ended: make(chan struct{})}
	started := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			p.err = cmd.Wait()
			close(p.ended)
		}
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	return p, nil
}

// run starts cmd, waits for it and shows its last words when it failed.
func run(cmd *exec.Cmd) (string, error) {
	out := &tail{}
	cmd.Stdout, cmd.Stderr = out, out
	p, err := spawn(cmd)
	if err != nil {
		return "", fmt.Errorf("run %s: %w", cmd.Path, err)
	}
	<-p.ended
	if p.err != nil {
		return "", fmt.Errorf("run %s: %w\n%s", cmd.Path, p.err, out)
	}
	return out.String(), nil
}

// end asks the process to stop, waits for it, and kills it when it does not.
func (p *process) end(signal syscall.Signal, limit time.Duration) error {
	if err := p.cmd.Process.Signal(signal); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("stop PostgreSQL: %w", err)
	}
	select {
	case <-p.ended:
		return nil
	case <-time.After(limit):
	}
	if err := p.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("kill PostgreSQL: %w", err)
	}
	<-p.ended
	return fmt.Errorf("PostgreSQL did not stop within %s and was killed", limit)
}

// tail keeps the last lines of what is written and passes everything on.
type tail struct {
	also io.Writer
	mu   sync.Mutex
	kept []byte
}

// Write never fails: losing a line of log must not stop a database.
func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.kept = append(t.kept, p...)
	if extra := len(t.kept) - tailBytes; extra > 0 {
		t.kept = append([]byte(nil), t.kept[extra:]...)
	}
	if t.also != nil {
		if _, err := t.also.Write(p); err != nil {
			t.also = nil
		}
	}
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.TrimSpace(string(t.kept))
}

// environment is ours without what would change PostgreSQL's language or
// behaviour; LC_ALL=C keeps its messages in the language of these errors.
func environment() []string {
	env := []string{"LC_ALL=C"}
	for _, entry := range os.Environ() {
		if strings.HasPrefix(entry, "PG") || strings.HasPrefix(entry, "LC_") || strings.HasPrefix(entry, "LANG") {
			continue
		}
		env = append(env, entry)
	}
	return env
}
