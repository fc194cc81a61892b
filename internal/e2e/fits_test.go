package e2e

import (
	"fmt"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"guichet/internal/booking"
	"guichet/internal/locale"
)

// desktop is the window of most agents.
func (b *tab) desktop() {
	b.t.Helper()
	b.call(emulation.SetDeviceMetricsOverride.Method, emulation.SetDeviceMetricsOverrideParams{Width: 1366, Height: 768, DeviceScaleFactor: 1})
}

// box is where an element is in the window.
type box struct{ Top, Bottom float64 }

func (b *tab) box(selector string) box {
	b.t.Helper()
	return js[box](b, fmt.Sprintf(`(({top, bottom}) => ({Top: top, Bottom: bottom}))(document.querySelector(%q).getBoundingClientRect())`, selector))
}

// allServices are those that a quote of CDG offers.
var allServices = []string{booking.CancellationInsurance, booking.CoveredParking, "exterior_wash", "full_wash", "ev_charging"}

// With all five services the way on is in sight, and stays where it is while they are
// ticked; that two washes are is said, and what is said of the insurance holds either way.
func TestTheWayOnFromAQuoteStaysInSight(t *testing.T) {
	t.Parallel()
	v := open(t, locale.FR)
	v.desktop()
	v.open(v.agent.quoted())
	const next = "form[data-testid=services] .btn.primary"
	before := v.box(next)
	for _, code := range allServices {
		total := js[string](v.tab, `document.querySelector(".price tfoot").textContent`)
		v.do(chromedp.Click(chromedp.CSS("#service-" + code)))
		v.until(fmt.Sprintf(`document.querySelector(".price tfoot").textContent !== %q`, total))
		js[struct{}](v.tab, `window.scrollTo(0, 0)`)
		if now := v.box(next); now != before || now.Top < 0 || now.Bottom > 768 {
			t.Errorf("with %s it is at %v, it was at %v", code, now, before)
		}
	}
	v.says("[data-testid=two-washes]", locale.FR.T("sale.two_washes"))
	v.says("#service-cancellation_insurance-hint", locale.FR.T("sale.insurance.hint"))
}

// All that a sale needs of a customer is on a page of 1,000 pixels. The way on is always in
// sight, and covers no field that has the focus.
func TestTheCustomerPageIsShort(t *testing.T) {
	t.Parallel()
	for _, l := range locale.Langs()[:2] { // those that people read; the one of tests has longer words
		t.Run(string(l), func(t *testing.T) {
			t.Parallel()
			open(t, l).customerFits()
		})
	}
}

func (v *visit) customerFits() {
	v.t.Helper()
	t := v.t
	stay := v.aStay()
	stay.Del("outbound")
	stay.Del("return")
	v.desktop()
	v.open(v.agent.post("/quotes", stay) + "/customer")
	if end := v.box("form[data-testid=customer]").Bottom; end > 1000 {
		t.Errorf("it ends at %v", end)
	}
	const next = "form[data-testid=customer] .in-view .btn.primary"
	v.do(chromedp.Focus(chromedp.CSS("#lookup")))
	for range 12 {
		v.do(strokes(kb.Tab))
		if bar := v.box(next); bar.Top < 0 || bar.Bottom > 768 {
			t.Fatalf("the button is at %v", bar)
		}
		if covered := js[string](v.tab, `(() => {
			const e = document.activeElement, {x, y, width, height} = e.getBoundingClientRect();
			const there = document.elementFromPoint(x + width / 2, y + height - 2);
			return there && (e === there || e.contains(there) || e.closest("label")?.contains(there)) ? "" : e.outerHTML;
		})()`); covered != "" {
			t.Errorf("it covers %s", covered)
		}
	}
}
