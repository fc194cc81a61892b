package e2e

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"guichet/internal/locale"
)

// fonts are a wide and a narrow one of those that systems have.
var fonts = []string{"DejaVu Sans", "Liberation Sans"}

// both are the languages that the product has.
var both = []locale.Lang{locale.FR, locale.EN}

// inFont draws the page with a font of the machine, without loading it again.
func (b *tab) inFont(font string) {
	b.t.Helper()
	mono := map[string]string{"DejaVu Sans": "DejaVu Sans Mono", "Liberation Sans": "Liberation Mono"}[font]
	js[struct{}](b, fmt.Sprintf(`{
		const sheet = new CSSStyleSheet();
		sheet.replaceSync(':root { --sans: "%s" !important; --mono: "%s" !important; }');
		document.adoptedStyleSheets = [sheet];
	}`, font, mono))
}

// window makes the window as large as that.
func (b *tab) window(width, height int64) {
	b.t.Helper()
	b.call(emulation.SetDeviceMetricsOverride.Method, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: height, DeviceScaleFactor: 1})
}

// manyLong fills the shop with what takes room: names of 60 letters, long addresses, a
// booking in each state, cases, lines of statements. It returns a statement and a
// booking.
func (v *visit) manyLong() (statement, sale string) {
	v.t.Helper()
	v.signIn()
	for i := range 18 {
		sale = v.agent.booked(fmt.Sprintf("AB-%03d-CD", 200+i), "cancellation_insurance", "full_wash")
		v.agent.pay(sale)
	}
	id := v.stored(sale).SupplierID
	const long = `Wolfeschlegelsteinhausenbergerdorff-Montmorency-Laval-Bouteville`
	v.sql(`
		SET session_replication_role = replica;
		UPDATE bookings b SET state = s.state, last_name = CASE WHEN n % 2 = 0 THEN left('` + long + `', 60) ELSE last_name END,
			total_cents = total_cents + 100000 * (n % 3), lease_ends = CASE WHEN s.state IN ('paying', 'cancelling') THEN portal_now() + interval '1 hour' END
		FROM (SELECT id, row_number() OVER (ORDER BY id DESC) AS n FROM bookings) o
		JOIN (SELECT state, row_number() OVER () AS n FROM unnest(ARRAY['cancel_unknown', 'confirmed', 'pay_unknown', 'held', 'create_unknown', 'cancelled', 'confirmed', 'expired', 'dropped', 'paying', 'cancelling', 'refused', 'confirmed', 'voided']) state) s USING (n)
		WHERE o.id = b.id;
		INSERT INTO cases (booking_id, why, due, opened_at) SELECT id, 'late_answer', portal_now(), portal_now() FROM bookings;
		UPDATE bookings SET uncompared = true WHERE state IN ('expired', 'dropped');
		UPDATE agencies SET name = left('Voyages ` + long + `', 60);
		UPDATE users SET name = left('Maximilienne ` + long + `', 60), email = 'maximilienne.` + strings.ToLower(long) + `@agence-de-voyages.example' WHERE email = '` + stranger + `';
		RESET session_replication_role`)
	statement = v.statement(id+";R-1;AB-217-CD;4/7/2026 06:05;12/7/2026 22:40;1,00", strings.Repeat("none-", 12)+";;AB-129-CD;4/7/2026 06:05;;12,00", "c;;;;;?")
	v.open(statement + "/columns")
	return statement, sale
}

// overflow names tables that are wider than their place, texts that are cut and
// cannot be read whole, and facts of a list that are out of sight.
const overflow = `(() => {
	const problems = [];
	if (document.documentElement.scrollWidth > innerWidth) problems.push("the page is " + document.documentElement.scrollWidth + " wide");
	for (const e of document.querySelectorAll(".table, table"))
		if (e.clientWidth && e.scrollWidth > e.clientWidth) problems.push(e.tagName + " of " + e.scrollWidth + " in " + e.clientWidth + ": " + e.querySelector("caption").textContent.trim());
	for (const e of document.querySelectorAll(".table td, .table th")) {
		if (!e.clientWidth) continue;
		const whole = e.textContent.trim().replace(/\s+/g, " ");
		const cut = e.scrollWidth > e.clientWidth;
		if (cut && getComputedStyle(e).textOverflow !== "ellipsis") problems.push(e.className + " runs over: " + whole);
		if (cut && e.title.replace(/\s+/g, " ").trim() !== whole && !e.matches(".extras")) problems.push(e.className + " is cut, and its title is " + e.title + ": " + whole);
	}
	for (const row of document.querySelectorAll(".table tr")) {
		if (!row.closest("table").tHead.clientHeight) continue; // a card
		let left = 0;
		for (const cell of row.children) {
			const box = cell.getBoundingClientRect();
			if (box.width && box.left < left - 1) problems.push(cell.className + " stands before its neighbour: " + cell.textContent);
			left = Math.max(left, box.left);
		}
	}
	for (const row of document.querySelectorAll(".bookings tbody tr"))
		for (const fact of ["ref", "who", "from", "state", "total"]) {
			const box = row.querySelector("." + fact).getBoundingClientRect();
			if (box.left < 0 || box.right > innerWidth || box.width < 40 || box.height < 10) problems.push(fact + " is out of sight: " + JSON.stringify(box));
		}
	return problems;
})()`

// Whatever the window, the language and the letters, a table shows what it is about
// without being pushed sideways.
func TestTablesFitTheirWindow(t *testing.T) {
	t.Parallel()
	for _, lang := range both {
		t.Run(string(lang), func(t *testing.T) {
			t.Parallel()
			v := open(t, lang)
			statement, sale := v.manyLong()
			for _, p := range []struct{ who, path string }{
				{agent, "/bookings"},
				{manager, "/bookings"},
				{manager, "/agency/users"},
				{manager, "/agency/figures"},
				{desk, "/bookings"},
				{desk, "/desk?zone=CDG"},
				{desk, "/desk/queue"},
				{desk, "/desk/uncompared"},
				{desk, "/desk/statements"},
				{desk, statement + "/columns"},
				{desk, sale + "/evidence"},
				{admin, "/admin"},
				{admin, "/admin/users"},
				{admin, "/admin/agencies"},
				{admin, "/admin/audit"},
				{admin, "/admin/supplier"},
				{agent, "/profile/sessions"},
				{agent, v.agent.quoted() + "/dates"},
			} {
				v.visit(sight{p.path, p.who, func(v *visit) { v.open(p.path) }})
				v.fits(p.who + " " + p.path)
			}
			v.visit(sight{"compared", desk, func(v *visit) {
				v.open(statement + "/columns")
				v.submit("columns", nil)
			}})
			for _, at := range js[[]string](v.tab, `[...document.querySelectorAll("[data-testid=sums] a")].map(a => a.getAttribute("href"))`) {
				v.open(at)
				v.fits("statement " + at)
			}
		})
	}
}

// fits looks at a page on all windows and in all letters.
func (v *visit) fits(page string) {
	v.t.Helper()
	if !js[bool](v.tab, `!!document.querySelector(".table tbody tr, main ul > li")`) {
		v.t.Errorf("%s lists nothing: %s", page, v.text())
	}
	js[struct{}](v.tab, `document.querySelectorAll("main details").forEach(d => d.open = true)`)
	for _, font := range fonts {
		v.inFont(font)
		for _, width := range []int64{320, 390, 768, 960, 1280, 1366, 1920} {
			v.window(width, 768)
			report(v.t, fmt.Sprintf("%s in %s at %d", page, font, width), js[[]string](v.tab, overflow))
		}
	}
}

// At the counter fifteen lines are in sight.
func TestFifteenRowsAreInSight(t *testing.T) {
	t.Parallel()
	for _, lang := range both {
		t.Run(string(lang), func(t *testing.T) {
			t.Parallel()
			v := open(t, lang)
			for i := range 16 {
				v.agent.paid(fmt.Sprintf("AB-%03d-CD", 200+i))
			}
			v.open("/bookings")
			for _, font := range fonts {
				v.inFont(font)
				v.window(1366, 768)
				if n := js[int](v.tab, `[...document.querySelectorAll(".bookings tbody tr")].filter(r => r.getBoundingClientRect().bottom <= innerHeight).length`); n < 15 {
					t.Errorf("%d rows in %s", n, font)
				}
			}
			// Whoever wants more room has it.
			v.sql(`UPDATE users SET density = 'comfortable' WHERE email = '` + agent + `'`)
			height := `document.querySelector(".bookings tbody tr").offsetHeight`
			compact := js[int](v.tab, height)
			v.open("/bookings")
			if roomy := js[int](v.tab, height); roomy <= compact {
				t.Errorf("rows are %d high, and compact %d", roomy, compact)
			}
		})
	}
}

// A table is one for a screen reader too, where its rows are drawn as cards.
func TestCardsStayRowsOfATable(t *testing.T) {
	t.Parallel()
	v := open(t, locale.EN)
	v.agent.booked("AB-200-CD")
	v.agent.booked("AB-201-CD")
	v.open("/bookings")
	for _, width := range []int64{390, 1366} {
		v.window(width, 768)
		roles := v.roles()
		if roles["table"] != 1 || roles["row"] < 2 || roles["rowheader"] != 2 || roles["cell"] < 2*6 {
			t.Errorf("at %d: %v", width, roles)
		}
	}
}

// roles counts what assistive technology is told of, by role.
func (b *tab) roles() map[string]int {
	b.t.Helper()
	tree := run(b, chromedp.Action[accessibility.GetFullAXTreeResult](func(ctx context.Context, target *chromedp.Target) (accessibility.GetFullAXTreeResult, error) {
		return cdp.Call(ctx, target, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{})
	}))
	count := map[string]int{}
	for _, n := range tree.Nodes {
		if !n.Ignored && n.Role != nil {
			count[strings.Trim(string(n.Role.Value), `"`)]++
		}
	}
	return count
}

// What is cut can be read whole by whoever comes there with the keyboard.
func TestACutTextIsWholeInTheRowThatHasTheFocus(t *testing.T) {
	t.Parallel()
	v := open(t, locale.FR)
	v.agent.booked("AB-200-CD")
	v.sql(`SET session_replication_role = replica; UPDATE bookings SET last_name = repeat('Wolfeschlegel-', 8); RESET session_replication_role`)
	v.open("/bookings")
	v.window(1280, 768)
	const cut = `(e => e.scrollWidth > e.clientWidth)(document.querySelector("td.who"))`
	if !js[bool](v.tab, cut) {
		t.Fatal("the name is not cut at all")
	}
	v.do(chromedp.Focus(chromedp.CSS(".bookings tbody a")))
	if js[bool](v.tab, cut) {
		t.Error("the name is cut in the row that has the focus")
	}
}
