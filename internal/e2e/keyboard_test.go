package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"guichet/internal/booking"
	"guichet/internal/locale"
	"guichet/internal/simulator"
)

// mostPresses is how many keys a sale may take besides the characters of the values that
// are typed, from the sign-in page to the confirmation; mostReturning, when the customer
// is looked up.
const (
	mostPresses   = 40
	mostReturning = 25
)

// typist uses a tab by keyboard alone and counts the keys that are no part of a
// value.
type typist struct {
	*tab
	presses int
}

// press presses keys that stay on the page. Wherever they lead, the focus is on
// something and can be seen.
func (k *typist) press(keys ...string) {
	k.t.Helper()
	for _, key := range keys {
		k.presses++
		k.do(strokes(key))
		k.focused()
	}
}

// focused fails the test when nobody could see where the focus is.
func (k *typist) focused() {
	k.t.Helper()
	if lost := js[string](k.tab, `(() => {
		const e = document.activeElement;
		if (!e || e === document.body) return "nothing has the focus";
		if (e.id === "main") return "";
		const ringed = e.closest("label.opt") ?? e, box = ringed.getBoundingClientRect();
		if (!e.matches(":focus-visible")) return e.outerHTML + " does not show its focus";
		if (getComputedStyle(ringed).outlineStyle === "none") return e.outerHTML + " has no outline";
		if (!box.width || box.bottom <= 0 || box.top >= innerHeight) return e.outerHTML + " is out of sight";
		return "";
	})()`); lost != "" {
		k.t.Errorf("after %d keys on %s: %s", k.presses, k.where(), lost)
	}
}

// to presses Tab until the focus is on the element.
func (k *typist) to(selector string) {
	k.t.Helper()
	for tried := range 20 {
		if js[bool](k.tab, fmt.Sprintf("document.activeElement.matches(%q)", selector)) {
			return
		}
		if tried == 19 {
			break
		}
		k.press(kb.Tab)
	}
	k.t.Fatalf("Tab does not lead to %s on %s: %s", selector, k.where(), k.text())
}

// write types a value.
func (k *typist) write(text string) {
	k.t.Helper()
	k.do(strokes(text))
}

// fill goes to a field and types a value.
func (k *typist) fill(selector, text string) {
	k.t.Helper()
	k.to(selector)
	k.write(text)
}

// send presses a key that leads to another page, and checks which.
func (k *typist) send(path, key string, with ...chromedp.Modifier) {
	k.t.Helper()
	k.presses++
	before := k.where()
	k.leave(strokes(key, with...))
	if !strings.HasSuffix(k.where(), path) || k.where() == before {
		k.t.Fatalf("from %s to %s, want %s: %s", before, k.where(), path, k.text())
	}
}

// skip jumps over the header.
func (k *typist) skip() {
	k.t.Helper()
	k.press(kb.Tab, kb.Enter)
}

func (b *tab) where() string {
	b.t.Helper()
	return js[string](b, "location.pathname")
}

// text is what the page says.
func (b *tab) text() string {
	b.t.Helper()
	return js[string](b, "document.body.innerText")
}

// aMonthFromNow is a date as an agent types it.
func fortyDaysFromNow() string { return time.Now().AddDate(0, 0, 40).Format("2/1") }

// typeCustomer fills in what the customer page asks for.
func (k *typist) typeCustomer() {
	k.t.Helper()
	k.fill("#last_name", "Durand")
	k.fill("#first_name", "Anne")
	k.fill("#email", "anne@example.test")
	k.fill("#phone", "0199001234")
	k.fill("#plate", "ab123cd")
	k.fill("#make", "Renault")
	k.fill("#model", "Clio")
	k.fill("#color", "bleue")
}

// sold fails the test unless the supplier has one booking, which is paid, and
// the keys were few enough.
func (k *typist) sold(s *shop) {
	k.t.Helper()
	k.fewer(mostPresses)
	list := s.sim.Ledger()
	if len(list) != 1 || list[0].Status != simulator.Paid || list[0].PayCount != 1 ||
		len(list[0].Services) != 1 || list[0].Services[0] != booking.CancellationInsurance {
		k.t.Errorf("the supplier has %+v", list)
	}
}

// fewer fails the test unless the keys were few enough.
func (k *typist) fewer(most int) {
	k.t.Helper()
	k.t.Logf("%d keys besides the values, at most %d", k.presses, most)
	if k.presses > most {
		k.t.Errorf("%d keys are too many", k.presses)
	}
}

// signIn begins where everybody does.
func (k *typist) signIn(s *shop) {
	k.t.Helper()
	k.do(chromedp.Navigate(s.url + "/sign-in"))
	k.fill("#email", agent)
	k.fill("#password", password)
	k.send("/quotes/new", kb.Enter)
}

// A customer who comes back is found by four letters of the name, and chosen among those
// and their cars without leaving the keyboard.
func TestASaleToACustomerWhoComesBack(t *testing.T) {
	t.Parallel()
	s := openShop(t, locale.FR)
	clerk := s.clerk(agent)
	clerk.paid("AB-123-CD")
	clerk.paid("EF-456-GH") // the same customer's other car
	k := &typist{tab: newTab(t)}
	k.lend(s, nil)
	k.signIn(s)
	k.press("n")
	k.write("cdg")
	k.fill("#from_date", time.Now().AddDate(0, 0, 80).Format("2/1"))
	k.fill("#from_time", "605")
	k.fill("#to_date", "+8")
	k.fill("#to_time", "2240")
	k.presses++
	k.leave(strokes(kb.Enter))
	quote := k.where()
	k.to("#service-cancellation_insurance")
	k.press(" ")
	k.send(quote+"/customer", kb.Enter, chromedp.ModifierCtrl)
	k.to("#lookup")
	k.write("ohar")
	k.until(`document.querySelectorAll("#found [role=option]").length === 2`)
	k.press(kb.ArrowDown)
	if at := js[string](k.tab, `document.activeElement.id + " " + document.querySelector("#found [aria-selected=true]").textContent`); !strings.HasPrefix(at, "lookup ") || !strings.Contains(at, "AB-123-CD") {
		t.Errorf("the focus and the choice are %s", at)
	}
	k.presses++
	k.leave(strokes(kb.Enter))
	k.send(quote+"/check", kb.Enter, chromedp.ModifierCtrl)
	k.finish()
	k.fewer(mostReturning)
	list := s.sim.Ledger()
	if last := list[len(list)-1]; len(list) != 3 || last.Status != simulator.Paid || last.Car.PlateNumber != "AB123CD" || last.Contact.LastName != "O’Hara-Lévy" {
		t.Errorf("the supplier has %+v", list)
	}
	report(t, "the console", k.heard())
}

// finish books and pays what the check page shows.
func (k *typist) finish() {
	k.t.Helper()
	k.to("[name=pay_method]")
	k.press(" ")
	k.presses++
	k.leave(strokes(kb.Enter, chromedp.ModifierCtrl))
	sale := k.where()
	k.send(sale+"/pay", kb.Enter, chromedp.ModifierCtrl)
	k.to("[name=pay_method]")
	k.press(" ")
	k.send(sale+"/confirmation", kb.Enter, chromedp.ModifierCtrl)
}

func TestASaleByKeyboard(t *testing.T) {
	t.Parallel()
	s := openShop(t, locale.FR)
	k := &typist{tab: newTab(t)}
	k.lend(s, nil)
	k.signIn(s)

	k.press("n")
	k.write("roissy")
	k.fill("#from_date", fortyDaysFromNow())
	k.fill("#from_time", "605")
	k.fill("#to_date", "+8")
	k.fill("#to_time", "2240")
	k.presses++
	k.leave(strokes(kb.Enter))
	quote := k.where()
	k.to("#service-cancellation_insurance")
	k.press(" ")
	k.send(quote+"/customer", kb.Enter, chromedp.ModifierCtrl)
	k.typeCustomer()
	k.send(quote+"/check", kb.Enter, chromedp.ModifierCtrl)
	k.finish()
	k.sold(s)
	report(t, "the console", k.heard())
}

// sellPlainly sells with what every browser has.
func (k *typist) sellPlainly(s *shop) {
	k.t.Helper()
	k.lend(s, s.clerk(agent))
	k.do(chromedp.Navigate(s.url + "/quotes/new"))
	k.skip()
	k.fill("#zone", "CDG")
	k.fill("#from_date", fortyDaysFromNow())
	k.fill("#from_time", "605")
	k.fill("#to_date", "+8")
	k.fill("#to_time", "2240")
	k.presses++
	k.leave(strokes(kb.Enter))
	quote := k.where()
	k.to("#service-cancellation_insurance")
	k.press(" ")
	k.send(quote+"/customer", kb.Enter)
	k.typeCustomer()
	k.send(quote+"/check", kb.Enter)
	k.to("[name=pay_method]")
	k.press(" ")
	k.presses++
	k.leave(strokes(kb.Enter))
	sale := k.where()
	k.to(fmt.Sprintf("[href=%q]", sale+"/pay"))
	k.send(sale+"/pay", kb.Enter)
	k.to("[name=pay_method]")
	k.press(" ")
	k.send(sale+"/confirmation", kb.Enter)
	k.sold(s)
}

func TestASaleWithoutJavaScript(t *testing.T) {
	t.Parallel()
	s := openShop(t, locale.EN)
	k := &typist{tab: newTab(t)}
	k.call(emulation.SetScriptExecutionDisabled.Method, emulation.SetScriptExecutionDisabledParams{Value: true})
	k.sellPlainly(s)
	if js[bool](k.tab, `document.documentElement.classList.contains("js")`) {
		t.Error("there was a script after all")
	}
}

func TestASaleWithoutTheScript(t *testing.T) {
	t.Parallel()
	missing := func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, ".js") {
				http.NotFound(w, r)
				return
			}
			h.ServeHTTP(w, r)
		})
	}
	s := openShop(t, locale.FR, missing)
	k := &typist{tab: newTab(t)}
	k.sellPlainly(s)
	if list := k.heard(); len(list) == 0 {
		t.Error("the script was not missed")
	}
}
