//go:build shots

package e2e

import (
	"bufio"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestPictures writes the README's two pictures into the folder $GUICHET_SHOTS:
// the counter and the desk, with what the demo $GUICHET_DEMO has sold.
func TestPictures(t *testing.T) {
	t.Parallel()
	folder := os.Getenv("GUICHET_SHOTS")
	if folder == "" || os.Getenv("GUICHET_DEMO") == "" {
		t.Fatal("GUICHET_SHOTS and GUICHET_DEMO are not set; call make pictures")
	}
	portal, password := startDemo(t, os.Getenv("GUICHET_DEMO"))
	for _, p := range []struct {
		name, who string
		reach     func(v *visit)
	}{
		{"counter.png", "agent@demo.test", func(v *visit) {
			v.open("/quotes/new")
			v.submit("quote", v.aStay())
		}},
		{"desk.png", "desk@demo.test", func(v *visit) { v.open("/desk/queue") }},
	} {
		v := &visit{shop: &shop{t: t, url: portal}, tab: newTab(t), t: t}
		v.look(light, 1366)
		v.open("/sign-in")
		v.submit("sign-in", url.Values{"email": {p.who}, "password": {password}})
		v.leave(chromedp.Evaluate[chromedp.Void](`document.querySelector('form[action="/language"]').requestSubmit()`)) // to English
		p.reach(v)
		v.write(filepath.Join(folder, p.name), run(v.tab, chromedp.CaptureScreenshot()))
	}
}

// startDemo runs the demo in a folder of its own until the test ends.
func startDemo(t *testing.T, program string) (portal, password string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program)
	cmd.Dir, cmd.Stderr = t.TempDir(), os.Stderr
	cmd.Env = append(os.Environ(), "GUICHET_ADDR=127.0.0.1:0", "GUICHET_SIMULATOR_ADDR=127.0.0.1:0")
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) } // so that its database stops, too
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Wait() })
	var said strings.Builder
	ready := regexp.MustCompile(`(?s)ready: +(http://\S+).*with the password (.+?) as\n`)
	for lines := bufio.NewScanner(out); lines.Scan(); {
		said.WriteString(lines.Text() + "\n")
		if found := ready.FindStringSubmatch(said.String()); found != nil {
			return found[1], found[2]
		}
	}
	t.Fatalf("the demo ended: %s", said.String())
	return "", ""
}
