package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"guichet/internal/config"
	"guichet/internal/failpoint"
	"guichet/internal/simulator"
)

const (
	startLimit  = 30 * time.Second
	supplierKey = simulator.DefaultKey
)

// secretKey is the one of all portals of the proof.
const secretKey = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

// process is a portal that runs on its own and may die.
type process struct {
	world *world
	cmd   *exec.Cmd
	addr  string
	gone  chan struct{} // closed when it is over
	said  atomic.Bool   // it has said that its clock is off
}

// launch says how a portal starts.
type launch struct {
	crash failpoint.Point // where it dies; empty: nowhere
	pause failpoint.Point // where it stands still until goOn
	skew  time.Duration   // how far its clock is off
	state string          // folder of what it remembers of the database; empty: none
	quiet bool            // what it writes as errors is not shown
}

// start runs the portal until it is ready. It returns nil and no error when the
// process died before that, as it was told to.
func (w *world) start(ctx context.Context, crash failpoint.Point) (*process, error) {
	return w.launch(ctx, launch{crash: crash})
}

// command is one of the portal's commands in this world.
func (w *world) command(ctx context.Context, name string, l launch) *exec.Cmd {
	cmd := exec.CommandContext(ctx, w.lab.portal, name)
	cmd.Env = w.environ(l)
	return cmd
}

func (w *world) launch(ctx context.Context, l launch) (*process, error) {
	cmd := w.command(ctx, "serve", l)
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if !l.quiet {
		cmd.Stderr = os.Stderr
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &process{world: w, cmd: cmd, gone: make(chan struct{})}
	ready := make(chan string, 1)
	go func() {
		p.listen(out, ready)
		_ = cmd.Wait() // how it ended does not matter
		close(p.gone)
	}()
	limit := time.NewTimer(startLimit)
	defer limit.Stop()
	select {
	case p.addr = <-ready:
		return p, nil
	case <-p.gone:
		if l.crash == "" || ctx.Err() != nil {
			return nil, errors.New("the portal ended before it was ready")
		}
		return nil, nil //nolint:nilnil // it died as it was told to; see the comment above
	case <-limit.C:
		p.kill()
		return nil, errors.New("the portal does not get ready")
	}
}

// origin is where people find the portal: nobody does, but a real one must say it.
func (w *world) origin() string {
	if w.production {
		return "https://guichet.test"
	}
	return ""
}

// secondFactor is what the portal demands of everybody.
func (w *world) secondFactor() string {
	if w.production {
		return config.Required
	}
	return "off"
}

// listen reads the log for the address and then to its end.
func (p *process) listen(out io.Reader, ready chan<- string) {
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var line struct {
			Msg, Address, Error, Panic, Stack string
			Status                            int
		}
		if json.Unmarshal(lines.Bytes(), &line) != nil {
			continue
		}
		if line.Msg == "ready" {
			ready <- line.Address
		}
		if aboutClocks.MatchString(line.Msg) {
			p.said.Store(true)
		}
		if line.Panic != "" {
			p.world.faulty.Store(line.Panic+"\n"+line.Stack, true)
		}
		if line.Status == http.StatusInternalServerError && line.Error != "" {
			p.world.faulty.Store(line.Error, true)
		}
	}
}

// aboutClocks is how a portal says that its clock is off.
var aboutClocks = regexp.MustCompile(`(?i)clock.*(off|ahead|behind|differ|wrong)`)

// survived reports whether the process lives although it was to die: it is
// given a moment for the latter.
func (p *process) survived() bool {
	moment := time.NewTimer(2 * time.Second)
	defer moment.Stop()
	select {
	case <-p.gone:
		return false
	case <-moment.C:
		return true
	}
}

// awaitStop waits until the process stands still.
func (p *process) awaitStop(ctx context.Context) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	limit, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	for {
		text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid)) // only Linux has it
		if fields := strings.Fields(string(text)); len(fields) > 2 && fields[2] == "T" {
			return nil
		}
		select {
		case <-tick.C:
		case <-p.gone:
			return errors.New("the portal ended")
		case <-limit.Done():
			return errors.New("the portal does not stand still")
		}
	}
}

// goOn lets a process go on that stands still.
func (p *process) goOn() error { return p.cmd.Process.Signal(syscall.SIGCONT) }

func (p *process) kill() {
	_ = p.cmd.Process.Kill() // it may be gone already
	<-p.gone
}

// stop ends the process as an operator would.
func (p *process) stop() error {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil && p.survived() {
		return fmt.Errorf("stop the portal: %w", err)
	}
	<-p.gone
	return nil
}
