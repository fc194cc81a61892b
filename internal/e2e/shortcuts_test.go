package e2e

import (
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"guichet/internal/locale"
)

// at fails the test unless keys led to a page.
func (v *visit) at(keys, path string) {
	v.t.Helper()
	if got := v.where(); got != path {
		v.t.Errorf("%q leads to %s, want %s", keys, got, path)
	}
}

// Single keys lead to what is on the page, "g" and a letter to another page, and none of
// them does anything inside a field or where it was switched off.
func TestShortcutsLead(t *testing.T) {
	t.Parallel()
	v := open(t, locale.EN)
	first, second := v.agent.booked("AB-101-CD"), v.agent.booked("AB-102-CD")
	v.open("/bookings")
	focused := `document.activeElement.getAttribute("href")`
	for i, step := range []struct{ key, want string }{{"j", second}, {"j", first}, {"j", first}, {"k", second}} {
		if v.do(strokes(step.key)); js[string](v.tab, focused) != step.want {
			t.Errorf("step %d, %q: the focus is on %s, want %s", i, step.key, js[string](v.tab, focused), step.want)
		}
	}
	v.do(strokes("f"))
	if !js[bool](v.tab, `document.activeElement.matches("[data-testid=filter] :is(input, select)") && document.activeElement.checkVisibility()`) {
		t.Error("f leads to no filter")
	}
	v.open("/bookings")
	v.do(strokes("j"))
	v.leave(strokes(kb.Enter))
	v.at("j Enter", second)
	v.leave(strokes("p"))
	v.at("p", second+"/pay")
	v.open("/bookings")
	v.do(strokes("gx"), strokes("n")) // nothing is named x: n is n again
	v.until(`location.pathname === "/quotes/new" && document.readyState === "complete"`)
	v.open("/today") // n leads into a field
	v.leave(strokes("gr"))
	v.at("gr", "/bookings")
	v.leave(strokes("gd"))
	v.at("gd", "/quotes/new")
	v.do(chromedp.Focus(chromedp.CSS("#line")), strokes("grpjf"))
	if v.at("gr in a field", "/quotes/new"); v.value("#line") != "grpjf" {
		t.Errorf("the field holds %q", v.value("#line"))
	}
	v.sql(`UPDATE users SET shortcuts = false`)
	v.open("/bookings")
	v.do(strokes("jgr"))
	if !js[bool](v.tab, `document.activeElement === document.body`) {
		t.Error("switched off, j moves the focus")
	}
}
