package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
	"time"

	"guichet/internal/config"
	"guichet/internal/seam"
	"guichet/internal/simulator"
)

const startLimit = 20 * time.Second

// process is a portal that runs on its own and may die.
type process struct {
	world *world
	cmd   *exec.Cmd
	addr  string
	gone  chan struct{} // closed when it is over
}

// start runs the portal until it is ready. It returns nil and no error when the
// process died before that, as it was told to.
func (w *world) start(ctx context.Context, crash seam.Point) (*process, error) {
	cmd := exec.CommandContext(ctx, w.lab.portal, "serve")
	cmd.Env = append(os.Environ(),
		"GUICHET_ADDR=127.0.0.1:0", "GUICHET_DATABASE_URL="+w.url, "GUICHET_SUPPLIER_URL="+w.supplier,
		"GUICHET_SUPPLIER_KEY="+simulator.DefaultKey, "GUICHET_SECURE_COOKIES=false", "GUICHET_SUPPORT_PHONE=+33199001234",
		"GUICHET_SECRET_KEY="+secretKey, "GUICHET_SECOND_FACTOR="+w.secondFactor(),
		"GUICHET_PROVE_CRASH="+string(crash))
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &process{world: w, cmd: cmd, gone: make(chan struct{})}
	ready := make(chan string, 1)
	go func() {
		listen(out, ready)
		_ = cmd.Wait() // how it ended does not matter
		close(p.gone)
	}()
	limit := time.NewTimer(startLimit)
	defer limit.Stop()
	select {
	case p.addr = <-ready:
		return p, nil
	case <-p.gone:
		if crash == "" {
			return nil, errors.New("the portal ended before it was ready")
		}
		return nil, nil //nolint:nilnil // it died as it was told to; see the comment above
	case <-limit.C:
		p.kill()
		return nil, errors.New("the portal does not get ready")
	}
}

// secondFactor is what the portal demands of everybody.
func (w *world) secondFactor() string {
	if w.production {
		return config.Required
	}
	return "off"
}

// listen reads the log for the address and then to its end.
func listen(out io.Reader, ready chan<- string) {
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		var line struct{ Msg, Address string }
		if json.Unmarshal(lines.Bytes(), &line) == nil && line.Msg == "ready" {
			ready <- line.Address
		}
	}
}

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
