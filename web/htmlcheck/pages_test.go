package htmlcheck_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/a-h/templ"

	"guichet/internal/account"
	"guichet/internal/booking"
	"guichet/internal/locale"
	"guichet/web/bookings"
	"guichet/web/htmlcheck"
	"guichet/web/sale"
	"guichet/web/ui"
)

func TestPagesKeepTheRules(t *testing.T) {
	t.Parallel()
	for _, lang := range locale.Langs() {
		v := view(lang)
		for name, page := range samplePages(v) {
			html := render(t, page)
			for _, problem := range htmlcheck.Problems([]byte(html)) {
				t.Errorf("%s %s: %s", lang, name, problem)
			}
			for _, key := range []string{">sale.", ">booking.", ">web.", ">service.", "!BADKEY", "%!"} {
				if strings.Contains(html, key) {
					t.Errorf("%s %s: %s stands on the page", lang, name, key)
				}
			}
			keep(t, fmt.Sprintf("%s-%s.html", name, lang), html)
		}
	}
	if missing := locale.Missing(); len(missing) > 0 {
		t.Errorf("messages that could not be said: %s", strings.Join(missing, "\n"))
	}
}

// keep writes the page to the folder that GUICHET_PAGES names, to be looked at.
func keep(t *testing.T, name, html string) {
	t.Helper()
	folder := os.Getenv("GUICHET_PAGES")
	if folder == "" {
		return
	}
	if err := os.WriteFile(filepath.Join(folder, name), []byte(html), 0o600); err != nil {
		t.Error(err)
	}
}

func TestPagesStayWithinTheirBudgets(t *testing.T) {
	t.Parallel()
	v := view(locale.FR)
	long := bookings.ListPage{Path: "/bookings", Now: noon, Timezone: "Europe/Paris", Actor: account.Actor{Role: account.Admin}}
	for len(long.Bookings) < 50 {
		long.Bookings = append(long.Bookings, sampleList()...)
	}
	pages := samplePages(v)
	for name, tc := range map[string]struct {
		page   templ.Component
		budget int
	}{
		"quote form": {pages["quotenew-wrong"], 12_000}, "quote": {pages["quoteshow"], 12_000},
		"customer": {pages["customer-wrong"], 12_000}, "list of 50": {bookings.BookingList(v, long), 12_000},
	} {
		var packed bytes.Buffer
		w := gzip.NewWriter(&packed)
		if _, err := w.Write([]byte(render(t, tc.page))); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if packed.Len() > tc.budget {
			t.Errorf("%s: %d bytes, at most %d", name, packed.Len(), tc.budget)
		}
	}
}

// The promises of the booking's page: what each state must and must not offer.
func TestBookingPageOffersWhatIsTrue(t *testing.T) {
	t.Parallel()
	const (
		payLink = `href="/bookings/GU-7K2M-9QXD/pay"`
		drop    = `href="/bookings/GU-7K2M-9QXD/drop"`
		accept  = `action="/bookings/GU-7K2M-9QXD/accept"`
		retry   = `action="/bookings/GU-7K2M-9QXD/retry"`
		again   = `action="/bookings/GU-7K2M-9QXD/again"`
		newStay = `href="/quotes/new?with=GU-7K2M-9QXD"`
		clock   = "data-deadline"
		poll    = `data-live="/fragments/bookings/GU-7K2M-9QXD/status"`
		voucher = `href="/bookings/GU-7K2M-9QXD/voucher"`
	)
	all := []string{payLink, drop, accept, retry, again, newStay, clock, poll, voucher}
	for name, tc := range map[string]struct {
		page bookings.BookingPage
		has  []string // of all; the others must be absent
		says []string
	}{
		"held":               {samplePage(booking.Held), []string{payLink, drop, clock}, []string{"avant 15:42", "Il reste 52\u00a0min à 14:50", "105,90"}},
		"held, service":      {samplePage(booking.Held, seenBy(service)), []string{payLink, drop, clock}, nil},
		"held, admin":        {samplePage(booking.Held, seenBy(adminActor)), []string{clock}, nil},
		"held, elsewhere":    {samplePage(booking.Held, foreign), []string{clock}, []string{"autre environnement"}},
		"held, too late":     {samplePage(booking.Held, late), []string{again}, []string{"Trop tard pour payer", "15:43"}},
		"held, lapsed":       {samplePage(booking.Held, lapsed), []string{again}, []string{"ne peut plus être payée"}},
		"held, other":        {samplePage(booking.Held, differs), []string{drop, accept, clock}, []string{"105,90", "112,40", "Lavage extérieur"}},
		"other, too late":    {samplePage(booking.Held, differs, late), []string{again}, []string{"Trop tard pour payer"}},
		"creating":           {samplePage(booking.Creating), []string{poll}, []string{`data-live-every="4"`}},
		"create unknown":     {samplePage(booking.CreateUnknown), []string{poll, retry}, []string{"14:47", "15:53"}},
		"unknown, tried":     {samplePage(booking.CreateUnknown, retried), []string{poll}, []string{`href="/bookings/GU-4T8B-2HWN"`}},
		"unknown, service":   {samplePage(booking.CreateUnknown, seenBy(service)), []string{poll}, nil},
		"paying":             {samplePage(booking.Paying), []string{poll}, []string{"N’encaissez pas une seconde fois"}},
		"pay unknown":        {samplePage(booking.PayUnknown), []string{poll}, []string{"N’encaissez pas une seconde fois et ne refaites pas de réservation", "15:53", "14:47"}},
		"pay unknown, by CS": {samplePage(booking.PayUnknown, seenBy(service)), []string{poll}, nil},
		"confirmed":          {samplePage(booking.Confirmed), []string{voucher, newStay}, []string{"Payée à 14:49", `href="/bookings/GU-7K2M-9QXD/confirmation"`}},
		"cancelling":         {samplePage(booking.Cancelling), []string{poll}, nil},
		"cancel unknown":     {samplePage(booking.CancelUnknown), []string{poll}, []string{"peut-être encore valable"}},
		"refused":            {samplePage(booking.Refused), []string{again}, []string{`<p lang="en">The request is not valid.</p>`, "email is not &lt;valid&gt;", "validation_failed", "k3x7corr"}},
		"not sent":           {samplePage(booking.Refused, notSent), []string{again}, []string{"La demande n’a pas été envoyée"}},
		"refused, service":   {samplePage(booking.Refused, seenBy(service)), nil, nil},
		"refused, tried":     {samplePage(booking.Refused, retried), nil, []string{`href="/bookings/GU-4T8B-2HWN"`}},
		"expired":            {samplePage(booking.Expired), []string{again}, []string{"rien n’est dû au fournisseur"}},
		"dropped":            {samplePage(booking.Dropped), []string{again}, nil},
		"cancelled":          {samplePage(booking.Cancelled), []string{newStay}, []string{"le bon n’est plus utilisable"}},
		"voided":             {samplePage(booking.Voided), []string{newStay}, nil},
	} {
		html := render(t, bookings.BookingShow(view(locale.FR), tc.page))
		for _, part := range all {
			if got, want := strings.Contains(html, part), slices.Contains(tc.has, part); got != want {
				t.Errorf("%s: %s is there: %v, want %v", name, part, got, want)
			}
		}
		for _, text := range tc.says {
			if !strings.Contains(html, text) {
				t.Errorf("%s: does not say %q", name, text)
			}
		}
	}
}

// While nobody has compared a booking since a restore, its page says so and nothing
// else: neither what is owed nor until when, and offers nothing but to wait.
func TestAnUncomparedBookingPromisesNothing(t *testing.T) {
	t.Parallel()
	for _, lang := range locale.Langs() {
		v := view(lang)
		for _, s := range booking.States() {
			panel := render(t, bookings.UnknownStatus(v, samplePage(s, marked)))
			if !strings.Contains(panel, v.T("booking.head.uncompared")) || !strings.Contains(panel, v.T("web.state.uncompared")) {
				t.Errorf("%s %s: does not say it: %s", lang, s, panel)
			}
			for _, word := range []string{"rien n’est dû", "Expir", "expirée", "expires", "éteint", "nothing is owed", "Nothing is owed", "lapse", "avant 1", "before 1", "<form", "data-deadline", "/pay", "/cancel"} {
				if strings.Contains(panel, word) {
					t.Errorf("%s %s: says %q", lang, s, word)
				}
			}
			page := render(t, bookings.BookingShow(v, samplePage(s, marked)))
			for _, act := range []string{"/pay", "/drop", "/accept", "/retry", "/again", "/voucher"} {
				if strings.Contains(page, "/bookings/GU-7K2M-9QXD"+act) {
					t.Errorf("%s %s: offers %s", lang, s, act)
				}
			}
		}
		stale := body(render(t, samplePages(v)["check-uncompared"]))
		if strings.Contains(stale, `data-testid="check"`) || !strings.Contains(stale, `href="/quotes/new?draft=d1"`) {
			t.Errorf("%s: a quote of before a restore: %s", lang, stale)
		}
	}
}

func TestEveryEventAndCodeHasItsWords(t *testing.T) {
	t.Parallel()
	keys := []string{"booking.head.not_sent", "booking.reason.not_sent", "booking.reason.other"}
	others := []booking.Event{booking.Accepted, booking.NextCall, booking.LateNotice, booking.CaseOpened, booking.AsItStands, booking.Insurance, booking.CaseAnswered}
	for _, e := range append(booking.Events(), others...) {
		keys = append(keys, "booking.event."+string(e))
	}
	for _, reason := range booking.CancelReasons() {
		keys = append(keys, "booking.cancel_reason."+reason)
	}
	for _, method := range methods {
		keys = append(keys, "pay_method."+method)
	}
	for _, lang := range locale.Langs() {
		for _, key := range keys {
			if !locale.Has(lang, key) {
				t.Errorf("%s: no message %s", lang, key)
			}
		}
	}
}

func TestStatusFragmentEndsWhenTheOutcomeIsKnown(t *testing.T) {
	t.Parallel()
	v := ui.View{Lang: locale.FR}
	for _, s := range booking.States() {
		fragment := render(t, bookings.UnknownStatus(v, samplePage(s)))
		over := !s.InFlight() && !s.Unknown()
		if strings.Contains(fragment, "data-reload") != over || strings.Contains(fragment, `data-testid="state"`) == over {
			t.Errorf("%s: %s", s, fragment)
		}
		page := render(t, bookings.BookingShow(view(locale.FR), samplePage(s)))
		if !over && !strings.Contains(page, fragment) {
			t.Errorf("%s: the fragment differs from the page, which would be renewed and read out for nothing", s)
		}
	}
}

func TestPriceRailFollowsTheServices(t *testing.T) {
	t.Parallel()
	p := sale.DraftPage{Draft: sampleDraft(), Now: noon, Timezone: "Europe/Paris"}
	v := ui.View{Lang: locale.FR}
	before := render(t, sale.PriceRail(v, p))
	p.Draft.Services = []string{"cancellation_insurance", "tyre_check"}
	after := render(t, sale.PriceRail(v, p))
	for text, html := range map[string]string{
		"105,90\u00a0€": before, "105,90\u00a0€ avec assurance annulation.": before, "Prix donné à 14:48": before,
		"113,90\u00a0€": after, "113,90\u00a0€ avec assurance annulation et Contrôle des pneus.": after, `lang="fr"`: after,
	} {
		if !strings.Contains(html, text) {
			t.Errorf("no %q in %s", text, html)
		}
	}
	full := render(t, sale.QuoteShow(view(locale.FR), sale.DraftPage{Draft: booking.Draft{ID: "d2", Stay: sampleStay()}, Now: noon}))
	if strings.Contains(full, `class="price"`) || !strings.Contains(full, `href="/quotes/new?draft=d2"`) {
		t.Error("a quote without space shows a price, or no way to other dates")
	}
}

func TestFormsCarryWhatWasAccepted(t *testing.T) {
	t.Parallel()
	pages := samplePages(view(locale.FR))
	const plate, drafts = `name="same_plate" value="1"`, `name="version" value="3"`
	for name, tc := range map[string]struct{ has, lacks []string }{
		"check":           {[]string{drafts, `name="pay_method" value="cash"`, "dans les 60 minutes"}, []string{plate}},
		"check-plate":     {[]string{plate, "ne pourra pas être annulée"}, nil},
		"price":           {[]string{drafts, plate, `type="hidden" name="pay_method" value="cash"`, "Réserver à 105,90", "+6,50", `href="/quotes/d1"`}, nil},
		"price-gone":      {[]string{"Lavage extérieur"}, []string{plate, "Différence"}},
		"sameplate":       {[]string{drafts, plate, `href="/bookings/GU-4T8B-2HWN"`}, nil},
		"pay":             {[]string{`name="version" value="4"`, "Confirmer le paiement de 105,90", "data-deadline"}, nil},
		"pay-late":        {nil, []string{`name="version"`, "data-deadline"}},
		"quotenew":        {[]string{`value="CDG" data-code="CDG"`}, []string{"<details class=\"more\" open", `name="from_fold"`, `name="from"`}},
		"quotenew-filled": {[]string{"<details class=\"more\" open", `name="from" value="d1"`}, nil},
		"quotenew-wrong":  {[]string{`name="from_fold"`, `name="to_fold"`, `data-typed="Roissi"`}, nil},
		"customer-found":  {[]string{`name="pick" value="kn1"`, "06 •• •• 56 78"}, []string{"06 12 34 56 78"}},
		"list-staff":      {[]string{"Horizon Voyages", `aria-sort="descending"`, "Durand &amp; Co"}, nil},
		"list-none":       {[]string{`href="/quotes/new"`}, []string{"<table"}},
		"list-staff-no":   {nil, []string{"Commencez par un devis"}},
		"voucher-en":      {[]string{`lang="en"`, "Valet parking voucher"}, []string{"Prochaines étapes"}},
	} {
		html := body(render(t, pages[name]))
		for _, text := range tc.has {
			if !strings.Contains(html, text) {
				t.Errorf("%s: no %s", name, text)
			}
		}
		for _, text := range tc.lacks {
			if strings.Contains(html, text) {
				t.Errorf("%s: has %s", name, text)
			}
		}
	}
}

// body is the page without its shell.
func body(page string) string {
	_, page, _ = strings.Cut(page, "<main")
	page, _, _ = strings.Cut(page, "</main>")
	return page
}
