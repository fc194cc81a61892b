package e2e

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"guichet/internal/locale"
)

// axe is the source of axe-core, which make test installs with the other page
// checks.
var axe = sync.OnceValues(func() (string, error) {
	source, err := os.ReadFile("../../tools/node_modules/axe-core/axe.min.js")
	if err != nil {
		return "", fmt.Errorf("axe-core is missing, run npm ci in tools/: %w", err)
	}
	return string(source), nil
})

// violation is one broken rule and where.
type violation struct {
	Rule  string   `json:"rule"`
	Where []string `json:"where"`
}

// allRules are those of the WCAG up to 2.2 and what axe recommends besides;
// colourRules are those of them that a dark page can break and a light one not.
const (
	allRules    = `{type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}`
	colourRules = `{type: "rule", values: ["color-contrast", "link-in-text-block"]}`
)

const runAxe = `axe.run(document, {runOnly: %s, resultTypes: ["violations"], preload: false, iframes: false}).then(
	r => r.violations.map(v => ({
		rule: v.id + " (" + v.impact + "): " + v.help,
		where: v.nodes.map(n => n.target.join(" ") + " " + n.html.slice(0, 200) + " " + (n.any.concat(n.all, n.none)[0]?.message ?? "")),
	})))`

// audit lets axe judge the page as it looks now.
func (b *tab) audit(rules string) []string {
	b.t.Helper()
	source, err := axe()
	if err != nil {
		b.t.Fatal(err)
	}
	if !js[bool](b, `typeof axe === "object"`) {
		js[struct{}](b, source)
	}
	var list []string
	for _, v := range js[[]violation](b, fmt.Sprintf(runAxe, rules)) {
		list = append(list, v.Rule+"\n\t"+strings.Join(v.Where, "\n\t"))
	}
	return list
}

// spacing is what a reader may set without losing anything (WCAG 1.4.12).
const spacing = `{
	const sheet = new CSSStyleSheet();
	sheet.replaceSync("* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important; } p { margin-block-end: 2em !important; }");
	document.adoptedStyleSheets = [sheet];
}`

// tooWide names what makes the page wider than its window, and texts that do
// not fit into their box and stand whole nowhere.
const tooWide = `(() => {
	const problems = [], page = document.documentElement;
	if (page.scrollWidth > innerWidth) problems.push("the page is " + page.scrollWidth + " wide");
	for (const e of document.querySelectorAll("body *")) {
		const box = e.getBoundingClientRect(), style = getComputedStyle(e);
		if (!box.width || !e.checkVisibility() || style.position === "absolute" || e.closest(".sr, .skip, dialog, .cut > *")) continue;
		if (box.right > innerWidth + 1) problems.push(e.tagName + "." + e.className + " ends at " + Math.round(box.right));
		if (style.overflowX === "hidden" && e.scrollWidth > e.clientWidth + 1 && !e.title) problems.push(e.tagName + "." + e.className + " hides its text");
	}
	return problems;
})()`

// Each page is judged in each scheme at each width, two of the four in each
// language.
func TestEveryPageIsAccessible(t *testing.T) {
	t.Parallel()
	looks := map[locale.Lang][]struct {
		scheme string
		width  int64
		rules  string
	}{
		locale.FR: {{light, wide, allRules}, {dark, narrow, colourRules}},
		locale.EN: {{dark, wide, colourRules}, {light, narrow, allRules}},
	}
	for lang, looks := range looks {
		t.Run(string(lang), func(t *testing.T) {
			t.Parallel()
			eachPage(t, lang, func(v *visit, p sight) {
				for _, l := range looks {
					v.look(l.scheme, l.width)
					report(t, fmt.Sprintf("%s, %s at %d", p.name, l.scheme, l.width), append(v.audit(l.rules), js[[]string](v.tab, tooWide)...))
				}
				js[struct{}](v.tab, spacing)
				report(t, p.name+", spaced, at 320", js[[]string](v.tab, tooWide))
				report(t, p.name, v.heard())
			})
		})
	}
}

func report(t *testing.T, where string, problems []string) {
	t.Helper()
	for _, p := range problems {
		t.Errorf("%s: %s", where, p)
	}
}
