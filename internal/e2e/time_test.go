package e2e

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"guichet/internal/account"
	"guichet/internal/booking"
	"guichet/internal/locale"
	"guichet/internal/simulator"
)

// wrongClock sets the clock of the machine that the tab is on; skew can be
// changed from then on.
const wrongClock = `{ window.skew = %d; const real = Date.now; Date.now = () => real() + window.skew; }`

var minutes = regexp.MustCompile(`\d+`)

func (b *tab) minutesLeft() int {
	b.t.Helper()
	n, err := strconv.Atoi(minutes.FindString(js[string](b, `document.querySelector("[data-left]").textContent`)))
	if err != nil {
		b.t.Fatal(err)
	}
	return n
}

func TestTheCountdownTrustsTheServersClock(t *testing.T) {
	t.Parallel()
	for _, skew := range []time.Duration{2 * time.Hour, -2 * time.Hour} {
		t.Run(skew.String(), func(t *testing.T) {
			t.Parallel()
			v := open(t, locale.EN)
			sale := v.agent.booked("AB-123-CD")
			v.before(fmt.Sprintf(wrongClock, skew.Milliseconds()))
			v.open(sale)
			v.until(`document.querySelector("[data-left][aria-hidden=true]")`)
			if n := v.minutesLeft(); n < 57 || n > 59 {
				t.Errorf("%d minutes are left", n)
			}
			// The same page half an hour later, as when the machine has slept.
			js[struct{}](v.tab, `window.skew += 29.5 * 60000; document.dispatchEvent(new Event("visibilitychange"))`)
			if n := v.minutesLeft(); n < 27 || n > 30 {
				t.Errorf("%d minutes are left", n)
			}
			v.says("[data-spoken]", locale.EN.T("web.left.say.template")[len("{n}"):])
		})
	}
}

func TestWhenTimeIsUpThePageSaysSo(t *testing.T) {
	t.Parallel()
	v := open(t, locale.FR)
	sale := v.agent.booked("AB-123-CD")
	v.later(time.Until(v.stored(sale).PayBy) - 3*time.Second)
	v.open(sale)
	v.until(fmt.Sprintf("document.body?.innerText.includes(%q)", strings.Split(locale.FR.T("booking.held.too_late", "When", "|", "Zone", ""), "|")[0]))
	if js[bool](v.tab, `!!document.querySelector("a[href$='/pay'], [data-deadline]")`) {
		t.Errorf("paying is still offered: %s", v.text())
	}
}

// hurried is a machine on which intervals are short.
const hurried = `{ const real = window.setInterval; window.setInterval = (f, ms) => real(f, Math.min(ms, 200)); }`

func TestAPageFollowsAPaymentInTheMaking(t *testing.T) {
	t.Parallel()
	v := open(t, locale.FR)
	sale := v.agent.booked("AB-123-CD")
	v.before(hurried)
	asked, release := v.holdSupplier("/pay")
	paid := make(chan struct{})
	go func() { defer close(paid); v.agent.pay(sale) }()
	v.do(wait(asked))
	v.open(sale)
	v.until(`document.querySelector("[data-state=paying]")`)
	report(t, "paying", v.audit(allRules))
	release()
	<-paid
	v.until(`document.querySelector("[data-state=confirmed]")`)
}

func TestAPageFollowsAnUnknownPayment(t *testing.T) {
	t.Parallel()
	v := open(t, locale.EN)
	v.fault(simulator.Fault{Endpoint: simulator.EndpointPay, Kind: "drop_after"})
	sale := v.agent.paid("AB-123-CD")
	v.before(hurried)
	v.open(sale)
	v.until(`document.querySelector("[data-state=pay_unknown]")`)
	was := v.stored(sale)
	desk := account.Actor{UserID: v.ids[desk], Name: "Dominique Roux", Role: account.CustomerService}
	_, err := v.portal.Bookings.Resolve(t.Context(), desk, booking.ResolveRequest{
		Ref: was.Ref, Version: was.Version, Finding: booking.FoundPaid,
		Evidence: booking.Evidence{Channel: "phone", Person: "Mme Blanc", Text: "It stands in the supplier's list."},
	})
	if err != nil {
		t.Fatal(err)
	}
	v.until(`document.querySelector("[data-state=confirmed]")`)
}

func TestTheReferenceIsCopied(t *testing.T) {
	t.Parallel()
	v := open(t, locale.EN)
	sale := v.agent.paid("AB-123-CD")
	v.open(sale + "/confirmation")
	v.allow("clipboard-read", "clipboard-write")
	v.do(chromedp.Click(chromedp.CSS("[data-copy=reference]")))
	v.says("#say", locale.EN.T("web.copied"))
	if got, want := js[string](v.tab, "navigator.clipboard.readText()"), v.sim.Ledger()[0].Reference; got != want {
		t.Errorf("copied %q, want %q", got, want)
	}
}

var pagesOfPDF = regexp.MustCompile(`/Count ([0-9]+)`)

// What a customer takes along is one sheet, of either paper.
func TestTheVoucherIsOneSheet(t *testing.T) {
	t.Parallel()
	v := open(t, locale.FR)
	sale := v.agent.paid("AB-123-CD")
	v.open(sale + "/voucher")
	for name, paper := range map[string]chromedp.PaperSize{"A4": chromedp.PaperA4, "Letter": chromedp.PaperLetter} {
		pdf := run(v.tab, chromedp.PrintToPDF(chromedp.PDFPreferCSSPageSize(), chromedp.PDFPaper(paper)))
		if n := pagesOfPDF.FindSubmatch(pdf); n == nil || string(n[1]) != "1" {
			t.Errorf("on %s: %q", name, n)
		}
	}
}

// Paper is white, and nothing on it can be pressed.
func TestPagesPrintOnWhite(t *testing.T) {
	t.Parallel()
	v := open(t, locale.FR)
	sale := v.agent.paid("AB-123-CD")
	const leaks = `(() => {
		const problems = [], root = getComputedStyle(document.documentElement), body = getComputedStyle(document.body);
		if (root.colorScheme !== "light") problems.push("the scheme is " + root.colorScheme);
		for (const e of document.querySelectorAll("body, body *")) {
			const style = getComputedStyle(e), box = e.getBoundingClientRect();
			if (!box.width || style.visibility === "hidden") continue;
			if (e.matches("header, nav, footer, button, .btn, .skip, .countdown")) problems.push(e.tagName + "." + e.className + " is printed");
			const [r, g, b, a = 1] = style.backgroundColor.match(/[\d.]+/g).map(Number);
			if (a > 0 && r + g + b < 3 * 200 && !e.matches(".gate")) problems.push(e.tagName + "." + e.className + " is printed on " + style.backgroundColor);
		}
		if (body.backgroundColor !== "rgb(255, 255, 255)") problems.push("the page is " + body.backgroundColor);
		return problems;
	})()`
	for _, path := range []string{sale + "/confirmation", sale + "/voucher", sale, "/bookings"} {
		v.open(path)
		v.media("print", dark)
		report(t, path+", machine likes dark", js[[]string](v.tab, leaks))
		js[struct{}](v.tab, `document.documentElement.dataset.theme = "dark"`)
		report(t, path+", person likes dark", js[[]string](v.tab, leaks))
		v.media("", dark)
	}
}
