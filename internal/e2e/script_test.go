package e2e

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"guichet/internal/booking"
	"guichet/internal/locale"
	"guichet/internal/simulator"
)

// open is somebody signed in to a portal of its own.
func open(t *testing.T, lang locale.Lang, change ...func(http.Handler) http.Handler) *visit {
	t.Helper()
	v := &visit{shop: openShop(t, lang, change...), tab: newTab(t), t: t, who: agent}
	v.signIn()
	t.Cleanup(func() { report(t, "the console", v.heard()) })
	return v
}

// typing puts the focus on a field that is empty by then, and types.
func (b *tab) typing(selector, text string) {
	b.t.Helper()
	b.do(chromedp.Focus(chromedp.CSS(selector)))
	js[struct{}](b, fmt.Sprintf(`{ const e = document.querySelector(%q); e.value = ""; e.dispatchEvent(new Event("input", {bubbles: true})); }`, selector))
	b.do(strokes(text))
}

// value is what a field holds.
func (b *tab) value(selector string) string {
	b.t.Helper()
	return js[string](b, fmt.Sprintf("document.querySelector(%q).value", selector))
}

// says fails the test unless an element's text has a part, after a while.
func (b *tab) says(selector, part string) {
	b.t.Helper()
	b.until(fmt.Sprintf("document.querySelector(%q)?.textContent.includes(%q)", selector, part))
}

func TestThePlaceIsFoundByTyping(t *testing.T) {
	t.Parallel()
	v := open(t, locale.FR)
	v.open("/quotes/new")
	for _, try := range []struct{ typed, key, want string }{
		{"cdg", kb.Tab, "CDG"},
		{"roissy", kb.Enter, "CDG"},
		{"geneve", kb.Tab, "GVA"},
		{"SAINT EXUPERY", kb.Enter, "LYS"},
		{"lyon", kb.ArrowDown + kb.Enter, "XYD"},
		{"orly", kb.Escape, ""},
		{"paris", kb.Escape + kb.Tab, ""},
		{"paris", kb.Tab, "CDG"}, // and not Beauvais
		{"qqq", kb.Tab, ""},
	} {
		v.typing("#zone", try.typed)
		v.do(strokes(try.key))
		if got := v.value("#zone-native"); got != try.want {
			t.Errorf("%q, %q: %q, want %q", try.typed, try.key, got, try.want)
		}
		if v.where() != "/quotes/new" {
			t.Fatalf("%q, %q sent the form", try.typed, try.key)
		}
	}
	// A choice that is overwritten is gone, and what was typed is kept.
	v.typing("#zone", "cdg")
	v.do(strokes(kb.Tab))
	v.do(chromedp.Focus(chromedp.CSS("#zone")), strokes("zzz"))
	v.leave(strokes(kb.Enter, chromedp.ModifierCtrl))
	v.says("#zone-error", "zzz")
	if typed, chosen := v.value("#zone"), v.value("#zone-native"); typed != "zzz" || chosen != "" {
		t.Errorf("typed %q, chosen %q", typed, chosen)
	}
	v.until(`document.activeElement.matches(".error-summary")`)
	v.typing("#zone", "cdg")
	if n := js[int](v.tab, `document.querySelectorAll("#zone-list [aria-selected=true]").length`); n != 1 {
		t.Errorf("%d options are marked", n)
	}
	v.says("#say", "1")
}

// Of a code that two places have, neither is chosen for the visitor.
func TestAPlaceThatSharesItsCodeIsChosenByHand(t *testing.T) {
	t.Parallel()
	v := open(t, locale.FR)
	v.sql(`UPDATE zones SET code = 'CDG' WHERE code = 'LYS'`)
	v.open("/quotes/new")
	v.typing("#zone", "cdg")
	if n := js[int](v.tab, `document.querySelectorAll("#zone-list [role=option]").length`); n != 2 {
		t.Errorf("%d places are offered", n)
	}
	v.do(strokes(kb.Tab))
	if got := v.value("#zone-native"); got != "" {
		t.Errorf("%q was chosen", got)
	}
	v.typing("#zone", "cdg")
	v.do(strokes(kb.ArrowDown + kb.Enter))
	if got, text := v.value("#zone-native"), v.value("#zone"); !strings.HasPrefix(got, "CDG/") || !strings.Contains(text, "Lyon") {
		t.Errorf("%q, shown as %q, was chosen", got, text)
	}
}

func TestDatesAreEchoedInWords(t *testing.T) {
	t.Parallel()
	v := open(t, locale.FR)
	v.open("/quotes/new")
	v.typing("#from_date", "4/7")
	v.typing("#from_time", "6h05")
	v.do(strokes(kb.Tab))
	v.says("#from-echo", "4 juillet")
	v.says("#from-echo", "06:05")
	v.typing("#to_date", "+8")
	v.typing("#to_time", "22h40")
	v.do(strokes(kb.Tab))
	v.says("#to-echo", "12 juillet")
	v.typing("#from_date", "7/4")
	v.do(strokes(kb.Tab))
	v.says("#from-echo", "7 avril")
	if got := v.value("#from_date"); got != "7/4" {
		t.Errorf("the field now says %q", got)
	}
	js[struct{}](v.tab, `document.querySelector("form[data-keep] button").click()`)
	v.until(`document.documentElement.lang === "en" && document.readyState === "complete"`)
	if got := v.value("#from_date"); got != "7/4" {
		t.Errorf("in the other language the field says %q", got)
	}
}

func TestAPhoneNumberIsPreviewed(t *testing.T) {
	t.Parallel()
	v := open(t, locale.EN)
	v.open(v.agent.quoted() + "/customer")
	v.typing("#phone", "0470 12 34 56")
	v.says("#phone-preview", "+33 4 70 12 34 56 — France, landline")
	v.do(chromedp.Focus(chromedp.CSS("#phone_country")), strokes("Belgium"))
	v.says("#phone-preview", "+32 470 12 34 56 — Belgium, mobile")
	if got := v.value("#phone"); got != "0470 12 34 56" {
		t.Errorf("the field now says %q", got)
	}
}

func TestTheTotalIsLiveAndSaid(t *testing.T) {
	t.Parallel()
	v := open(t, locale.EN)
	v.open(v.agent.quoted())
	total := `document.querySelector(".price tfoot td").textContent`
	before := js[string](v.tab, total)
	v.do(chromedp.Focus(chromedp.CSS("#service-cancellation_insurance")), strokes(" "))
	v.until(fmt.Sprintf("%s !== %q", total, before))
	after := js[string](v.tab, total)
	v.says("#say", after)
	v.says("#sentence", after)
	if !js[bool](v.tab, `document.activeElement.matches("#service-cancellation_insurance")`) {
		t.Error("the focus was lost")
	}
	v.do(strokes(" "))
	v.says("#say", before)
}

func TestASecondClickSendsNothing(t *testing.T) {
	t.Parallel()
	var sent atomic.Int32
	v := open(t, locale.EN, func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/check") && !strings.HasPrefix(r.URL.Path, "/fragments/") {
				sent.Add(1)
			}
			h.ServeHTTP(w, r)
		})
	})
	v.open(v.agent.filled("AB-123-CD") + "/check")
	sent.Store(0)
	v.do(chromedp.Click(chromedp.CSS("#pay_method-cash")))
	asked, release := v.holdSupplier("/v3/bookings")
	x, y := v.middle("form[data-testid=check] .btn.primary")
	v.do(chromedp.MouseClickXY(x, y), wait(asked), chromedp.MouseClickXY(x, y))
	release()
	v.until(`location.pathname.startsWith("/bookings/") && document.readyState === "complete"`)
	if sent.Load() != 1 || v.called(simulator.EndpointCreate) != 1 {
		t.Errorf("%d forms, %d creates", sent.Load(), v.called(simulator.EndpointCreate))
	}
}

// A download leaves the page where it is, and its form can be sent again.
func TestAFileCanBeTakenAlongAgain(t *testing.T) {
	t.Parallel()
	v := open(t, locale.EN)
	v.agent.booked("AB-124-CD")
	v.open("/bookings/export")
	v.do(chromedp.Click(chromedp.CSS("form[data-download] .btn.primary")))
	v.until(`document.querySelector("form[data-download]").dataset.sent !== undefined`)
	v.until(`document.querySelector("form[data-download]").dataset.sent === undefined`)
	var taken int
	if err := v.pool.QueryRow(t.Context(), `SELECT count(*) FROM audit WHERE action = 'list_exported'`).Scan(&taken); err != nil || taken != 1 {
		t.Errorf("%d exports, %v", taken, err)
	}
}

// middle is where to click on an element.
func (b *tab) middle(selector string) (x, y float64) {
	b.t.Helper()
	at := js[[]float64](b, fmt.Sprintf(`(() => {
		const e = document.querySelector(%q);
		e.scrollIntoView({block: "center"});
		const box = e.getBoundingClientRect();
		return [box.x + box.width / 2, box.y + box.height / 2];
	})()`, selector))
	return at[0], at[1]
}

// wait is a step that takes until something has happened.
func wait(happened <-chan struct{}) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		select {
		case <-happened:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	})
}

func TestBackAfterPayingTellsTheTruth(t *testing.T) {
	t.Parallel()
	v := open(t, locale.FR)
	sale := v.agent.booked("AB-123-CD", booking.CancellationInsurance)
	v.open(sale)
	v.open(sale + "/pay")
	v.leave(chromedp.Click(chromedp.CSS("#pay_method-cash")), chromedp.Click(chromedp.CSS("form[data-testid=pay] .btn.primary")))
	if v.where() != sale+"/confirmation" {
		t.Fatalf("paying led to %s: %s", v.where(), v.text())
	}
	for range 2 { // the pay page, then the booking as it was
		v.do(chromedp.NavigateBack())
		v.until(`document.querySelector("[data-state=confirmed]") && document.readyState === "complete"`)
		if v.where() != sale || js[bool](v.tab, `!!document.querySelector("form[action*=pay], a[href$='/pay'], [data-deadline]")`) {
			t.Errorf("back on %s: %s", v.where(), v.text())
		}
	}
	if list := v.sim.Ledger(); len(list) != 1 || list[0].PayCount != 1 {
		t.Errorf("the supplier has %+v", list)
	}
}

// closed is when the list of shortcuts has given the focus back, which is a
// moment after it went away.
const closed = `!document.querySelector("#shortcuts").matches("[open], :focus-within")`

func TestKeysOutsideOfFields(t *testing.T) {
	t.Parallel()
	v := open(t, locale.FR)
	sale := v.agent.booked("AB-123-CD")
	v.open("/bookings")
	v.do(strokes("/"))
	v.until(`document.activeElement.id === "q"`)
	v.do(strokes("n/?")) // text, in a field
	if got := v.value("#q"); got != "n/?" || v.where() != "/bookings" {
		t.Errorf("the search field says %q on %s", got, v.where())
	}
	v.do(chromedp.Blur(chromedp.CSS("#q")), strokes("?"))
	v.until(`document.querySelector("#shortcuts").open`)
	v.do(strokes(kb.Escape))
	v.until(closed)
	v.leave(strokes("n")) // once, from any page
	if v.where() != "/quotes/new" {
		t.Errorf("n led to %s", v.where())
	}
	v.until(`document.activeElement.id === "zone" && document.activeElement.value === ""`)

	// What the page is for, and not giving up the place.
	v.open(sale)
	v.leave(strokes(kb.Enter, chromedp.ModifierCtrl))
	if v.where() != sale+"/pay" {
		t.Errorf("Ctrl+Enter led to %s", v.where())
	}
	v.leave(chromedp.Click(chromedp.CSS("#pay_method-cash")), chromedp.Focus(chromedp.CSS("#receipt")), strokes("T-1"), strokes(kb.Enter, chromedp.ModifierCtrl))
	if v.where() != sale+"/confirmation" {
		t.Errorf("Ctrl+Enter in a field led to %s", v.where())
	}

	v.do(strokes("?"))
	v.do(chromedp.Click(chromedp.CSS("#shortcuts-on")), strokes(kb.Escape))
	v.until(closed)
	v.do(strokes("/n?"))
	if js[bool](v.tab, `document.querySelector("#shortcuts").open || document.activeElement.id === "q"`) || v.where() != sale+"/confirmation" {
		t.Error("the shortcuts are not off")
	}
}
