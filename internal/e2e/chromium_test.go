package e2e

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"guichet/internal/dbtest"
	"guichet/internal/locale/pseudo"
)

func TestMain(m *testing.M) {
	if err := pseudo.Add(os.DirFS("../locale")); err != nil {
		panic(err)
	}
	dbtest.Main(m)
}

// patience ends what would wait for ever; nothing is measured with it.
const patience = 40 * time.Second

// chromium is the one browser of this test binary. It runs as long as some test
// uses it, and no longer: it leaves neither a process nor a folder behind.
var chromium struct {
	sync.Mutex
	users int
	ctx   context.Context
	stop  func()
}

// useChromium returns the browser, started when no other test uses it.
func useChromium(t *testing.T) context.Context {
	t.Helper()
	chromium.Lock()
	defer chromium.Unlock()
	if chromium.users == 0 {
		flags := append(chromedp.DefaultExecAllocatorOptions[:],
			chromedp.DisableGPU,
			chromedp.Flag("disable-component-update", true),
			chromedp.Flag("lang", "en-US"),
			// A page that may come back gets a process of its own, which costs more
			// than the page. Ours are not kept: they say no-store.
			chromedp.Flag("disable-features", "Translate,BackForwardCache,SpareRendererForSitePerProcess"),
		)
		machine, stopMachine := chromedp.NewExecAllocator(context.Background(), flags...)
		ctx, stop := chromedp.NewContext(machine)
		if err := chromedp.Do(ctx); err != nil {
			stopMachine()
			t.Fatalf("start Chromium: %v", err)
		}
		chromium.ctx, chromium.stop = ctx, func() { stop(); stopMachine() }
	}
	chromium.users++
	t.Cleanup(func() {
		chromium.Lock()
		defer chromium.Unlock()
		if chromium.users--; chromium.users == 0 {
			chromium.stop()
		}
	})
	return chromium.ctx
}

// tab is one tab with cookies of its own, whose window is in front.
type tab struct {
	t   *testing.T
	ctx context.Context

	mu       sync.Mutex
	problems []string
}

// newTab opens a tab of 1280 by 900 pixels on a machine that likes light pages.
func newTab(t *testing.T) *tab {
	t.Helper()
	b := &tab{t: t}
	ctx, cancel := chromedp.NewContext(useChromium(t), chromedp.WithNewBrowserContext(), chromedp.WithListener(b.hear))
	t.Cleanup(cancel)
	t.Cleanup(b.keepTraces)
	b.ctx = ctx
	if err := chromedp.Do(ctx); err != nil { // a limit set here would end the tab
		t.Fatal(err)
	}
	b.do(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
		return err
	}))
	b.look(light, wide)
	return b
}

// hear notes what the console shows as an error: exceptions, what the policy of
// the page refused, parts that are missing. A page that answers 404 or 503 is
// none.
func (b *tab) hear(ev any) {
	var problem string
	switch ev := ev.(type) {
	case *log.EventEntryAdded:
		e := ev.Entry
		isPart := strings.Contains(e.URL, "/static/") || strings.Contains(e.URL, "/fragments/")
		refused := strings.Contains(e.Text, "the server responded with a status") && !isPart
		if (e.Level == log.EntryLevelError || e.Source == log.EntrySourceSecurity) && !refused {
			problem = fmt.Sprintf("%s: %s (%s)", e.Source, e.Text, e.URL)
		}
	case *runtime.EventExceptionThrown:
		problem = "exception: " + ev.ExceptionDetails.Text
		if x := ev.ExceptionDetails.Exception; x != nil {
			problem += " " + x.Description
		}
	case *runtime.EventConsoleAPICalled:
		if ev.Type == runtime.ConsoleAPICalledTypeError || ev.Type == runtime.ConsoleAPICalledTypeWarning {
			problem = "console:"
			for _, a := range ev.Args {
				problem += " " + string(a.Value) + a.Description
			}
		}
	}
	if problem != "" {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.problems = append(b.problems, problem)
	}
}

// heard returns what the console showed since the last call.
func (b *tab) heard() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	list := b.problems
	b.problems = nil
	return list
}

// keepTraces leaves what a failed test's tab showed, for go test -artifacts.
func (b *tab) keepTraces() {
	if !b.t.Failed() {
		return
	}
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	picture, pictureErr := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	html, htmlErr := chromedp.Run(ctx, chromedp.Evaluate[string]("location.href + '\\n' + document.documentElement.outerHTML"))
	folder, err := os.MkdirTemp(b.t.ArtifactDir(), "tab-") // a test may have several
	if err != nil {
		b.t.Log(err)
		return
	}
	for name, content := range map[string][]byte{"page.png": picture, "page.html": []byte(html), "console.txt": []byte(strings.Join(b.heard(), "\n"))} {
		err = errors.Join(err, os.WriteFile(filepath.Join(folder, name), content, 0o600))
	}
	if err := errors.Join(pictureErr, htmlErr, err); err != nil {
		b.t.Log("what the tab showed:", err)
	}
}

// run does one thing in the tab and returns what it gave.
func run[T any](b *tab, a chromedp.Action[T]) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	v, err := chromedp.Run(ctx, a)
	if err != nil {
		b.t.Fatal(err)
	}
	return v
}

func (b *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	run(b, chromedp.Steps(steps...))
}

// leave does something that leads to another page, and waits for that page.
func (b *tab) leave(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	js[struct{}](b, "window.left = false")
	b.do(steps...)
	b.until(`window.left === undefined && document.readyState === "complete"`)
}

// js evaluates an expression in the page.
func js[T any](b *tab, expression string) T {
	b.t.Helper()
	return run(b, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
}

// until waits for an expression to become true, in this page or in the next.
func (b *tab) until(expression string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for {
		// Between two pages there is nothing to ask.
		if ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("Boolean("+expression+")")); err == nil && ok {
			return
		}
		select {
		case <-ctx.Done():
			b.t.Fatalf("never true: %s", expression)
		case <-again.C:
		}
	}
}

// cookies are the values of those that are longer than a setting.
func (b *tab) cookies() (values []string) {
	b.t.Helper()
	b.do(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		got, err := cdp.Call(ctx, target, network.GetCookies, network.GetCookiesParams{})
		if err != nil {
			return err
		}
		for _, c := range got.Cookies {
			if len(c.Value) > 8 {
				values = append(values, c.Value)
			}
		}
		return nil
	}))
	return values
}

// The two schemes of colours and the two widths that every page is looked at in.
const (
	light, dark  = "light", "dark"
	wide, narrow = int64(1280), int64(320)
)

// look makes the window as wide as that, and the machine's colours as named.
func (b *tab) look(scheme string, width int64) {
	b.t.Helper()
	b.media("", scheme)
	b.call(emulation.SetDeviceMetricsOverride.Method, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: 900, DeviceScaleFactor: 1})
}

// media emulates a medium ("" is the screen). Nothing moves, so that a look is
// the same as the next one.
func (b *tab) media(medium, scheme string) {
	b.t.Helper()
	b.call(emulation.SetEmulatedMedia.Method, emulation.SetEmulatedMediaParams{Media: medium, Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
	}})
}

// before runs a script in every page to come, before its own.
func (b *tab) before(script string) {
	b.t.Helper()
	b.call(page.AddScriptToEvaluateOnNewDocument.Method, page.AddScriptToEvaluateOnNewDocumentParams{Source: script})
}

// call sends a command whose answer says nothing.
func (b *tab) call(method string, params any) {
	b.t.Helper()
	b.do(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		return target.Call(ctx, method, params, nil)
	}))
}

// strokes presses keys as a keyboard does: a character is typed only when the
// page lets the key through.
func strokes(keys string, with ...chromedp.Modifier) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		for _, r := range keys {
			for _, k := range stroke(r, with) {
				if _, err := cdp.Call(ctx, target, input.DispatchKeyEvent, k); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// stroke is a key going down and up.
func stroke(r rune, with []chromedp.Modifier) [2]input.DispatchKeyEventParams {
	key, known := kb.Keys[r]
	if !known {
		key = &kb.Key{Key: string(r), Text: string(r), Unmodified: string(r), Print: true}
	}
	down := input.DispatchKeyEventParams{
		Type: kb.KeyDown, Key: key.Key, Code: key.Code,
		NativeVirtualKeyCode: key.Native, WindowsVirtualKeyCode: key.Windows,
	}
	for _, m := range with {
		down.Modifiers |= int64(m)
	}
	if key.Shift {
		down.Modifiers |= int64(chromedp.ModifierShift)
	}
	up := down
	up.Type = kb.KeyUp
	if key.Print && len(with) == 0 {
		down.Text, down.UnmodifiedText = key.Text, key.Unmodified
	}
	return [2]input.DispatchKeyEventParams{down, up}
}

// allow gives the tab's pages what a person would have to permit.
func (b *tab) allow(permissions ...string) {
	b.t.Helper()
	for _, name := range permissions {
		_, err := chromedp.CallBrowser(b.ctx, browser.SetPermission, browser.SetPermissionParams{
			Permission: &browser.PermissionDescriptor{Name: name}, Setting: browser.PermissionSettingGranted,
			BrowserContextID: chromedp.FromContext(b.ctx).BrowserContextID,
		})
		if err != nil {
			b.t.Fatal(err)
		}
	}
}
