package e2e

import (
	"fmt"
	"testing"
)

// crowded names what of the header is not in its one row, runs into something else or
// leaves too little room for what is searched.
const crowded = `(() => {
	const problems = [], bar = document.querySelector(".header .bar");
	const boxes = [...bar.querySelectorAll(".brand, .nav > ul > li, .search, .due-chip, .header .bar > .menu")].map(e => [e.textContent.trim(), e.getBoundingClientRect()]);
	const middle = b => b.top + b.height / 2;
	boxes.forEach(([name, box], i) => {
		if (Math.abs(middle(box) - middle(boxes[0][1])) > 3) problems.push(name + " stands in another row");
		if (box.right > innerWidth) problems.push(name + " ends at " + Math.round(box.right));
		if (i && box.left < boxes[i - 1][1].right - 1) problems.push(name + " runs into " + boxes[i - 1][0]);
	});
	for (const e of bar.querySelectorAll(".nav > ul > li > *, .due-chip, .user-name"))
		if (e.scrollWidth > e.clientWidth + 1 && !e.title) problems.push(e.textContent.trim() + " is cut");
	const links = bar.querySelectorAll(".nav > ul > li > a").length;
	if (links < 2 || links > 5) problems.push(links + " links");
	const input = bar.querySelector("#q"), style = getComputedStyle(input), pen = document.createElement("canvas").getContext("2d");
	pen.font = style.font;
	const room = input.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
	if (room < 24 * pen.measureText("0").width - 1) problems.push("the search has room for " + Math.floor(room / pen.measureText("0").width) + " characters");
	if (room < pen.measureText(input.placeholder).width) problems.push("the search does not say all of " + input.placeholder);
	return problems;
})()`

// outside names menus that open where nobody sees all of them.
const outside = `[...document.querySelectorAll(".header .menu")].flatMap(menu => {
	menu.open = true;
	const panel = menu.querySelector(".menu-panel"), box = panel.getBoundingClientRect();
	const problem = box.left < 0 || box.right > innerWidth || panel.scrollWidth > panel.clientWidth || !box.height;
	menu.open = false;
	return problem ? [menu.textContent.trim() + " opens from " + box.left + " to " + box.right] : [];
})`

// The header is one row at the counter, whoever is signed in, and says what waits.
func TestTheHeaderIsOneRow(t *testing.T) {
	t.Parallel()
	for _, lang := range both {
		t.Run(string(lang), func(t *testing.T) {
			t.Parallel()
			v := open(t, lang)
			v.agent.booked("AB-200-CD")
			v.agent.booked("AB-201-CD")
			v.sql(`UPDATE users SET name = 'Maximilienne de Montmorency-Laval';
				SET session_replication_role = replica;
				INSERT INTO cases (booking_id, why, due, opened_at) SELECT id, 'late_answer', portal_now(), portal_now() FROM bookings;
				RESET session_replication_role`)
			for _, who := range []string{agent, manager, desk, admin} {
				v.visit(sight{"profile", who, func(v *visit) { v.open("/profile") }})
				if chips := js[int](v.tab, `document.querySelectorAll(".due-chip").length`); (chips == 1) != (who != admin) {
					t.Errorf("%s sees %d chips", who, chips)
				}
				for _, font := range fonts {
					v.inFont(font)
					for _, width := range []int64{1265, 1366, 1920} { // the first is one of 1280 with a scroll bar
						v.window(width, 768)
						report(t, fmt.Sprintf("%s in %s at %d", who, font, width), js[[]string](v.tab, crowded))
					}
					for _, width := range []int64{320, 1265} {
						v.window(width, 768)
						report(t, fmt.Sprintf("menus of %s in %s at %d", who, font, width), js[[]string](v.tab, outside))
					}
				}
			}
		})
	}
}

// uneven names fields that stand side by side and do not begin at the same height.
const uneven = `(() => {
	const problems = [], fields = [...document.querySelectorAll("main .field")].filter(e => e.offsetParent).map(e => {
		const label = e.querySelector("label"), input = [...e.querySelectorAll("input, select, textarea")].find(i => i.offsetParent);
		return {name: label.textContent.trim(), form: e.closest("form"), box: e.getBoundingClientRect(), label: label.getBoundingClientRect(), input: input.getBoundingClientRect()};
	});
	let pairs = 0;
	for (const a of fields) for (const b of fields) {
		const beside = a.form === b.form && a.box.right <= b.box.left && a.box.top < b.input.bottom && b.box.top < a.input.bottom;
		if (!beside) continue;
		pairs++;
		for (const [part, edge] of [["label", "bottom"], ["input", "top"]]) {
			const gap = Math.abs(a[part][edge] - b[part][edge]);
			if (gap > 1) problems.push(a.name + " and " + b.name + ": the " + part + "s are " + Math.round(gap) + " px apart");
		}
	}
	if (pairs < 2) problems.push("only " + pairs + " pairs of fields");
	return problems;
})()`

// Fields that stand side by side begin at the same height, with hints and errors of
// whatever length.
func TestFieldsSideBySideAreEven(t *testing.T) {
	t.Parallel()
	for _, lang := range both {
		t.Run(string(lang), func(t *testing.T) {
			t.Parallel()
			v := open(t, lang)
			quote := v.agent.quoted()
			for _, p := range []sight{
				{"quote", agent, func(v *visit) { v.open("/quotes/new") }},
				{"quote, refused", agent, func(v *visit) {
					v.open("/quotes/new")
					v.submit("quote", map[string][]string{"from_date": {"31/2"}, "to_time": {"25h"}, "outbound": {"?"}})
				}},
				{"list", agent, func(v *visit) { v.open("/bookings?zone=CDG") }},
				{"audit log", admin, func(v *visit) { v.open("/admin/audit?from=x") }},
				{"columns", desk, func(v *visit) {
					v.open(v.statement("a;R-1;AB-128-CD;4/7/2026;12/7/2026;12,00") + "/columns")
					v.submit("columns", map[string][]string{"amount": {""}})
				}},
				{"customer", agent, func(v *visit) { v.open(quote + "/customer") }},
				{"customer, refused", agent, func(v *visit) {
					v.open(quote + "/customer")
					v.submit("customer", map[string][]string{"phone": {"06 12"}, "plate": {"?"}, "outbound": {"?"}})
				}},
			} {
				v.visit(p)
				js[struct{}](v.tab, `document.querySelectorAll("main details").forEach(d => d.open = true)`)
				for _, font := range fonts {
					v.inFont(font)
					for _, width := range []int64{1366, 1920} {
						v.window(width, 768)
						report(t, fmt.Sprintf("%s in %s at %d", p.name, font, width), js[[]string](v.tab, uneven))
					}
				}
			}
		})
	}
}
