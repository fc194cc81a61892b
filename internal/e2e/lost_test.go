package e2e

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"guichet/internal/booking"
	"guichet/internal/locale"
	"guichet/internal/simulator"
)

// written is a form of the sale with what somebody types into it.
type written struct {
	name, form string
	at         func(v *visit) string // where it stands
	texts      map[string]string     // by selector
	ticks      []string
}

// writing are all forms of the sale. None of them can be accepted as it is filled in,
// where there is a way to refuse it at all.
var writing = []written{
	{
		name: "quote", form: "quote", at: func(*visit) string { return "/quotes/new" },
		texts: map[string]string{"#from_date": "4/7", "#from_time": "6h05", "#to_date": "+8", "#to_time": "22h40"},
	},
	{
		name: "dates", form: "quote", at: func(v *visit) string { return "/quotes/new?draft=" + strings.TrimPrefix(v.agent.quoted(), "/quotes/") },
		texts: map[string]string{"#from_time": "7h15", "#to_date": "+9", "#to_time": "x"},
	},
	{name: "services", form: "services", at: func(v *visit) string { return v.agent.quoted() }, ticks: []string{"#service-cancellation_insurance"}},
	{
		name: "customer", form: "customer", at: func(v *visit) string { return v.agent.quoted() + "/customer" },
		texts: map[string]string{"#last_name": "Durand", "#first_name": "Anne", "#phone": "01 99 00", "#plate": "ab 123 cd", "#color": "bleue"},
	},
	{name: "check", form: "check", at: func(v *visit) string { return v.agent.filled(v.plate()) + "/check" }, ticks: []string{"#pay_method-cash"}},
	{
		name: "pay", form: "pay", at: func(v *visit) string { return v.agent.booked(v.plate(), booking.CancellationInsurance) + "/pay" },
		texts: map[string]string{"#receipt": strings.Repeat("9", 41)}, ticks: []string{"#pay_method-cash"},
	},
}

var plates atomic.Int32

// plate is one that no other form of this file has.
func (v *visit) plate() string { return fmt.Sprintf("AB-%03d-CD", 100+plates.Add(1)) }

// typeIn opens the form and fills it in as a person does, up to leaving the last field.
func (v *visit) typeIn(w written) {
	v.t.Helper()
	v.open(w.at(v))
	for _, field := range slices.Sorted(maps.Keys(w.texts)) {
		v.typing(field, w.texts[field])
		v.do(strokes(kb.Tab))
	}
	for _, box := range w.ticks {
		v.do(chromedp.Click(chromedp.CSS(box)))
	}
}

// lost names what is not there any more on the page that the tab shows.
func (v *visit) lost(w written) (list []string) {
	v.t.Helper()
	v.until(`document.readyState === "complete" && document.querySelector("h1")`)
	for field, want := range w.texts {
		if got := js[string](v.tab, fmt.Sprintf(`document.querySelector(%q)?.value ?? "(no field)"`, field)); got != want {
			list = append(list, fmt.Sprintf("%s is %q instead of %q", field, got, want))
		}
	}
	for _, box := range w.ticks {
		if !js[bool](v.tab, fmt.Sprintf(`!!document.querySelector(%q)?.checked`, box)) {
			list = append(list, box+" is not ticked")
		}
	}
	return list
}

// keeps reports what is lost after some trouble.
func (v *visit) keeps(w written, trouble string) {
	v.t.Helper()
	if list := v.lost(w); len(list) > 0 {
		v.t.Errorf("%s, %s, on %s: %s", w.name, trouble, v.where(), strings.Join(list, "; "))
	}
}

func (v *visit) back()    { v.t.Helper(); v.move(chromedp.NavigateBack()) }
func (v *visit) forward() { v.t.Helper(); v.move(chromedp.NavigateForward()) }
func (v *visit) reload()  { v.t.Helper(); v.move(chromedp.Reload()) }

// move goes through the history and waits for the page.
func (v *visit) move(step chromedp.Action[chromedp.Void]) {
	v.t.Helper()
	v.leave(step)
}

// press presses the first button of a form, as somebody does who looks for it.
func (v *visit) press(form string) {
	v.t.Helper()
	v.leave(chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`document.querySelector('form[data-testid=%q]').requestSubmit(document.querySelector('form[data-testid=%q] .btn.primary'))`, form, form)))
}

// saved waits until the script has nothing left to keep.
func (v *visit) saved(w written) {
	v.t.Helper()
	v.until(fmt.Sprintf(`!("saving" in (document.querySelector('form[data-testid=%q]')?.dataset ?? {}))`, w.form))
}

// refused sends what cannot be accepted; then goes back, forth, and asks for the page anew.
func (v *visit) refused(w written) {
	v.t.Helper()
	v.typeIn(w)
	v.press(w.form)
	v.keeps(w, "refused")
	v.reload()
	v.keeps(w, "refused, and reloaded")
	v.back()
	v.keeps(w, "refused, then Back")
	v.forward()
	v.keeps(w, "refused, Back and Forward")
}

// down sends what the supplier does not answer, then goes back.
func (v *visit) down(w written) {
	v.t.Helper()
	v.typeIn(w)
	if w.name == "quote" { // so that it is sent on
		js[struct{}](v.tab, `{ const e = document.querySelector("[name=zone]"); e.value = "CDG"; e.dispatchEvent(new Event("change", {bubbles: true})); }`)
	}
	v.endless(simulator.Fault{Endpoint: simulator.EndpointQuotes, Kind: "drop_before"})
	v.press(w.form)
	v.says("h1", v.lang.T("error.supplier_down"))
	v.reload()
	v.says("h1", v.lang.T("error.supplier_down"))
	v.back()
	v.keeps(w, "supplier down, then Back")
	v.forward()
	v.sim.ClearFaults()
	v.leave(chromedp.Click(chromedp.CSS("form[data-testid=again] .btn.primary")))
	if at := v.where(); !strings.HasPrefix(at, "/quotes/") && !strings.HasPrefix(at, "/bookings/") || at == "/quotes/new" {
		v.t.Errorf("%s, tried again: %s says %s", w.name, at, v.text())
	}
}

// ended sends the form after the session is over, and signs in again.
func (v *visit) ended(w written) {
	v.t.Helper()
	v.typeIn(w)
	v.saved(w)
	v.sql(`UPDATE signed_in SET used_at = used_at - interval '2 hours'`)
	v.press(w.form)
	v.typing("#email", agent)
	v.typing("#password", password)
	v.leave(strokes(kb.Enter))
	v.keeps(w, "session ended")
	v.reload()
	v.keeps(w, "session ended, then reloaded")
	v.signIn()
	v.heard() // what a page asks for by itself is refused when nobody is signed in
}

// left leaves the form without sending it.
func (v *visit) left(w written) {
	v.t.Helper()
	v.open("/bookings")
	v.typeIn(w)
	v.saved(w)
	v.reload()
	v.keeps(w, "reloaded")
	v.back()
	v.forward()
	v.keeps(w, "Back and Forward")
}

// walkForms runs one trouble for each form for which there is such a trouble.
func walkForms(t *testing.T, script bool, trouble func(v *visit, w written), but ...string) {
	t.Helper()
	v := open(t, locale.FR)
	if !script {
		v.call(emulation.SetScriptExecutionDisabled.Method, emulation.SetScriptExecutionDisabledParams{Value: true})
	}
	for _, w := range writing {
		if slices.Contains(but, w.name) {
			continue
		}
		trouble(v, w)
		v.sql(`DELETE FROM rate_limits; DELETE FROM kept_forms; DELETE FROM sessions WHERE token LIKE 'quote/%'`)
		report(t, w.name, v.heard())
	}
}

// Whatever happens to a form of the sale, what was typed is there again, with and
// without the script, and no page is one that the browser cannot show any more.
func TestNothingTypedIsLost(t *testing.T) {
	t.Parallel()
	for _, script := range []bool{true, false} {
		t.Run(fmt.Sprintf("script %v", script), func(t *testing.T) {
			t.Parallel()
			t.Run("refused", func(t *testing.T) {
				t.Parallel()
				walkForms(t, script, (*visit).refused, "services", "check") // there is no way to fill them in wrongly
			})
			t.Run("supplier down", func(t *testing.T) {
				t.Parallel()
				walkForms(t, script, (*visit).down, "dates", "services", "customer", "pay") // which ask for no price as they are, or send a payment
			})
			t.Run("session ended", func(t *testing.T) {
				t.Parallel()
				walkForms(t, script, (*visit).ended)
			})
			t.Run("looked up", func(t *testing.T) {
				t.Parallel()
				walkForms(t, script, (*visit).lookedUp, "quote", "dates", "services", "check", "pay")
			})
		})
	}
	t.Run("left", func(t *testing.T) {
		t.Parallel()
		walkForms(t, true, (*visit).left, "pay") // its receipt is kept once it is sent
	})
}

// lookedUp asks for a known customer in the middle of typing, and goes back to the quote.
func (v *visit) lookedUp(w written) {
	v.t.Helper()
	v.typeIn(w)
	v.typing("#lookup", "nobody")
	v.leave(chromedp.Evaluate[chromedp.Void](`document.querySelector("[name=go][value=lookup]").click()`))
	v.keeps(w, "looked up")
	v.leave(chromedp.Evaluate[chromedp.Void](`document.querySelector("[name=go][value=quote]").click()`))
	v.back()
	v.keeps(w, "back at the quote, then Back")
}
