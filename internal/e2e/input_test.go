package e2e

import (
	"net/url"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"guichet/internal/locale"
)

// What will be refused is said while one types, before anything is sent.
func TestTheEchoWarnsWhileOneTypes(t *testing.T) {
	t.Parallel()
	v := open(t, locale.FR)
	v.open("/quotes/new")
	v.typing("#from_date", "aujourd’hui")
	v.typing("#from_time", "0h")
	v.do(strokes(kb.Tab))
	v.says("#from-echo .warning", locale.FR.T("problem.from_time.past"))
	v.typing("#from_date", "+40")
	v.do(strokes(kb.Tab))
	v.until(`!document.querySelector("#from-echo .warning") && document.querySelector("#from-echo").textContent.includes("00:00")`)
	if v.where() != "/quotes/new" {
		t.Errorf("the form was sent to %s", v.where())
	}
}

// A note is shown in the lines in which it was written.
func TestANoteIsShownInItsLines(t *testing.T) {
	t.Parallel()
	v := open(t, locale.FR)
	v.open(v.agent.booked("AB-123-CD"))
	v.submit("add-note", url.Values{"text": {"un\ndeux\n\nquatre"}})
	const lines = `(() => { const e = document.querySelector("[data-testid=note] .lines"); return Math.round(e.clientHeight / parseFloat(getComputedStyle(e).lineHeight)); })()`
	if n := js[int](v.tab, lines); n != 4 {
		t.Errorf("four lines are shown as %d", n)
	}
}
