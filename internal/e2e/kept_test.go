package e2e

import (
	"testing"

	"github.com/chromedp/chromedp"

	"guichet/internal/locale"
)

// What was typed outlives a change of language, and nothing of it stays in the browser.
func TestWhatWasTypedIsKeptForOnePage(t *testing.T) {
	t.Parallel()
	v := open(t, locale.FR)
	v.open("/quotes/new")
	v.typing("#from_date", "in seven days")
	v.leave(chromedp.Evaluate[chromedp.Void](`document.querySelector('form[action="/language"]').requestSubmit()`))
	if got := v.value("#from_date"); got != "in seven days" {
		t.Errorf("what was typed became %q", got)
	}
	if kept := js[string](v.tab, `JSON.stringify([{...sessionStorage}, {...localStorage}])`); kept != `[{},{}]` {
		t.Errorf("the browser keeps %s", kept)
	}
}
