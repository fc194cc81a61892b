package htmlcheck_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/a-h/templ"

	"guichet/internal/booking"
	"guichet/internal/locale"
	"guichet/web/htmlcheck"
	"guichet/web/ui"
)

func view(lang locale.Lang) ui.View {
	return ui.View{
		Lang:        lang,
		Title:       lang.T("ui.title"),
		User:        &ui.User{Name: "Camille Martin", Role: lang.T("ui.role"), AgencyName: "Horizon Voyages"},
		Environment: "simulator",
		Nav: []ui.NavItem{
			{Label: lang.T("ui.new"), URL: "/quotes/new", Key: "n", Current: true},
			{Label: lang.T("ui.nav.bookings"), URL: "/bookings"},
		},
		SupportPhone: "01 99 00 12 34",
		SessionUntil: "16:20",
		Build:        "0.1.0",
		Path:         "/_ui",
		Due:          &ui.Due{Count: 2, Next: "15:42", URL: "/bookings"},
	}
}

func render(t *testing.T, c templ.Component) string {
	t.Helper()
	var buf bytes.Buffer
	if err := c.Render(t.Context(), &buf); err != nil {
		t.Fatal(err)
	}
	return buf.String()
}

func TestGalleryKeepsTheRules(t *testing.T) {
	t.Parallel()
	for _, lang := range locale.Langs() {
		t.Run(string(lang), func(t *testing.T) {
			t.Parallel()
			page := render(t, ui.UI(view(lang)))
			for _, problem := range htmlcheck.Problems([]byte(page)) {
				t.Error(problem)
			}
			if strings.Contains(page, ">web.") || strings.Contains(page, ">ui.") {
				t.Error("a message key stands on the page instead of its words")
			}
		})
	}
}

func TestEveryStateHasItsTag(t *testing.T) {
	t.Parallel()
	for _, lang := range locale.Langs() {
		page := render(t, ui.UI(view(lang)))
		for _, s := range booking.States() {
			key := "web.state." + string(s)
			if !locale.Has(lang, key) || !strings.Contains(page, lang.T(key)) {
				t.Errorf("%s: no tag for %s", lang, s)
			}
		}
	}
}

func TestTitleSaysWhereAndWhat(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		change func(*ui.View)
		want   string
	}{
		"simulator":  {func(*ui.View) {}, "<title>[TEST] Devis – Guichet</title>"},
		"production": {func(v *ui.View) { v.Environment = "production" }, "<title>Devis – Guichet</title>"},
		"problem":    {func(v *ui.View) { v.Environment, v.Problem = "production", true }, "<title>Erreur\u00a0: Devis – Guichet</title>"},
	} {
		v := view(locale.FR)
		v.Title = "Devis"
		tc.change(&v)
		if page := render(t, ui.Layout(v)); !strings.Contains(page, tc.want) {
			t.Errorf("%s: no %s", name, tc.want)
		}
	}
}

func TestShellFollowsTheView(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		change       func(*ui.View)
		has, lacking string
	}{
		"language":      {func(v *ui.View) { v.Lang = locale.EN }, `<html lang="en"`, `name="lang" value="en"`},
		"theme":         {func(v *ui.View) { v.Theme = "dark" }, `data-theme="dark"`, `data-theme="auto"`},
		"unknown theme": {func(v *ui.View) { v.Theme = `x"` }, `data-theme="auto"`, `data-theme="x`},
		"shortcuts":     {func(v *ui.View) { v.ShortcutsOff = true }, `data-shortcuts="off"`, `data-shortcuts="on"`},
		"density":       {func(v *ui.View) { v.Compact = true }, `data-density="compact"`, `data-density="comfortable"`},
		"no guesses":    {func(*ui.View) {}, `<meta name="format-detection" content="telephone=no, date=no, address=no, email=no"`, "format-detection=yes"},
		"menu":          {func(v *ui.View) { v.NavMore = []ui.NavItem{{Label: "Journal", URL: "/admin/audit", Current: true}} }, `<summary class="current">`, `class="tables"`},
		"tables":        {func(v *ui.View) { *v = v.OfTables() }, `<body class="tables">`, `<body class="">`},
		"overdue":       {func(v *ui.View) { v.Due, v.Overdue = nil, 3 }, "3 dossiers échus", "à payer"},
		"simple header": {func(v *ui.View) { v.SimpleHeader = true }, `class="brand"`, `role="search"`},
		"nobody":        {func(v *ui.View) { v.User = nil }, `role="search"`, "/sign-out"},
		"production":    {func(v *ui.View) { v.Environment = "production" }, "</main>", `class="environment"`},
		"sandbox":       {func(v *ui.View) { v.Environment = "sandbox" }, "Bac à sable", "Simulateur"},
		"banner":        {func(v *ui.View) { v.Banner = &ui.Banner{Kind: ui.OK, Text: "Fait <b>"} }, "Fait &lt;b&gt;", "<b>"},
		"support":       {func(v *ui.View) { v.SupportPhone = "+33 1 99 00 12 34" }, `href="tel:+33199001234"`, `href="tel:0`},
	} {
		v := view(locale.FR)
		tc.change(&v)
		page := render(t, ui.Layout(v))
		if !strings.Contains(page, tc.has) || strings.Contains(page, tc.lacking) {
			t.Errorf("%s: want %q and not %q", name, tc.has, tc.lacking)
		}
		for _, problem := range htmlcheck.Problems([]byte(page)) {
			if problem != "0 <h1>, want exactly one" { // the page brings it
				t.Errorf("%s: %s", name, problem)
			}
		}
	}
}

func TestProblemsKeepTheOrderOfThePage(t *testing.T) {
	t.Parallel()
	errs := map[string]string{"zone": "Z", "method": "M"}
	zone := ui.Field{ID: "z", Name: "zone"}.WithErrors(errs)
	fine := ui.Field{ID: "d", Name: "from_date"}.WithErrors(errs)
	group := ui.ChoiceGroup{ID: "g", Name: "method", Error: errs["method"], Choices: []ui.Choice{{ID: "g-card"}}}
	got := ui.Problems(zone, fine, group.AsField())
	want := []ui.Problem{{FieldID: "z", Text: "Z"}, {FieldID: "g-card", Text: "M"}}
	if len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
		t.Errorf("got %v, want %v", got, want)
	}
}
