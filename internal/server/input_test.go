package server

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"guichet/internal/account"
	"guichet/internal/locale"
)

// searched fails the test unless a text finds just these bookings in the list and at
// the desk.
func (p *portal) searched(t *testing.T, text string, want ...string) {
	t.Helper()
	for path, b := range map[string]*browser{"/bookings": p.as(t, account.Agent), "/desk": p.as(t, account.CustomerService)} {
		a := b.get(path + "?q=" + url.QueryEscape(text))
		got := a.rows()
		if strings.HasPrefix(a.location, "/bookings/") {
			got = []string{strings.TrimPrefix(a.location, "/bookings/")}
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s, %q finds %v (%d), want %v", path, text, got, a.status, want)
		}
	}
}

// lookedUp fails the test unless a text finds somebody in the known-customer box.
func (b *browser) lookedUp(quote, text string, found bool) {
	b.t.Helper()
	a := b.post("/fragments"+quote+"/lookup", "q", text)
	if strings.Contains(a.text(), "O’Hara-Lévy Zoé") != found {
		b.t.Errorf("the box finds somebody by %q: %v, want %v", text, !found, found)
	}
}

func TestAPlateIsFoundAndShownAsItIsWritten(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.as(t, account.Agent)
	sale := p.booked(b, "LÖ-AB 123")
	ref := strings.TrimPrefix(sale, "/bookings/")
	quote := b.quoted(p.aStay())
	for _, text := range []string{"LÖ-AB 123", "LÖAB123", "lö-ab 123", "lo\u0308ab123", "L Ö A B 1 2 3", "LÖ-АВ 123", "LÖ·AB\u00a0123"} {
		p.searched(t, text, ref)
		b.lookedUp(quote, text, true)
	}
	for _, text := range []string{"LO-AB 123", "LÖ-AB 124", "LÖ-AC 123"} {
		p.searched(t, text)
		b.lookedUp(quote, text, false)
	}
	b.follow(b.pay(sale))
	for _, page := range []string{sale, sale + "/voucher", "/bookings"} {
		b.read(page).says(t, "LÖ-AB 123")
	}
	if there := p.only(t); there.Car.PlateNumber != "LÖAB123" {
		t.Errorf("at the supplier: %q", there.Car.PlateNumber)
	}
}

func TestTheSameCarInAnotherAlphabetIsTheSame(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.as(t, account.Agent)
	first := p.booked(b, "GG777СЕ") // С and Е are Cyrillic
	if got := p.stored(t, first).Car.Plate; got != "GG777CE" {
		t.Errorf("stored as %q", got)
	}
	stop := b.book(b.filled(p.aStay(), aCustomer("GG 777 CE")))
	if stop.status != http.StatusConflict || !strings.Contains(stop.text(), locale.EN.T("sale.same_plate.title")) {
		t.Errorf("the same car: %d to %q", stop.status, stop.location)
	}
	p.searched(t, "gg777ce", strings.TrimPrefix(first, "/bookings/"))
}

func TestAnotherCarWithTheSameLettersIsAskedAbout(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.as(t, account.Agent)
	first := p.booked(b, "B-NO 1234")
	stop := b.book(b.filled(p.aStay(), aCustomer("BN-O 1234")))
	if stop.status != http.StatusConflict {
		t.Fatalf("%d to %q", stop.status, stop.location)
	}
	stop.says(t, locale.EN.T("sale.same_plate.letters", "Plate", "BN-O 1234", "Other", "B-NO 1234"), locale.EN.T("sale.same_plate.another"))
	form := stop.find("name", "same_plate")
	second := b.press(stop, attr(form.Parent, "action"))
	for sale, plate := range map[string]string{first: "B-NO 1234", second.location: "BN-O 1234"} {
		b.read(sale).says(t, plate)
		b.read("/bookings").says(t, plate)
	}
	refs := []string{strings.TrimPrefix(first, "/bookings/"), strings.TrimPrefix(second.location, "/bookings/")}
	for _, text := range []string{"B-NO 1234", "BN-O 1234", "bno1234"} { // a search does not look at separators
		p.searched(t, text, refs...)
	}
	if !p.stored(t, second.location).SamePlate {
		t.Error("that it was answered is not stored")
	}
}

func TestAPhoneIsFoundAsItIsWritten(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.as(t, account.Agent)
	ref := strings.TrimPrefix(p.booked(b, "AB-123-CD"), "/bookings/")
	quote := b.quoted(p.aStay())
	for _, text := range []string{
		"+33 1 99 00 12 34", "+33 (0)1 99 00 12 34", "0033 (0)1 99 00 12 34", "01 99 00 12 34", "01\u202f99\u202f00\u202f12\u202f34", "01.99.00.12.34", "1234",
	} {
		p.searched(t, text, ref)
		b.lookedUp(quote, text, true)
	}
	for _, text := range []string{"+33 (0)1 99 00 12 35", "4321", "+32 (0)1 99 00 12 34"} {
		p.searched(t, text)
		b.lookedUp(quote, text, false)
	}
}

func TestASearchIsReadAsItIsMeant(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.as(t, account.Agent)
	sold := aCustomer("AB-123-CD")
	sold.Set("last_name", "Lemaître")
	sold.Set("first_name", "Manon")
	sold.Set("email", "manon@postier.test")
	sold.Set("agency_ref", "REF@2026/7")
	ref := strings.TrimPrefix(b.book(b.filled(p.aStay(), sold)).location, "/bookings/")
	p.booked(b, "AB-124-CD")
	for _, text := range []string{
		"Mme Manon Lemaître", "M. Lemaître", "LEMAITRE/MANON MRS", "monsieur lemaitre", // titles are left out
		"@postier.test", "@postier", "@POSTIER.test", "manon@postier", "manon@postier.test\u200b", // a domain is a search
		"REF@2026/7", "ref@2026/7", // and no address
		ref + ".", "\u200b" + ref, "(" + ref + ")", ref + "\u00a0", // what was copied along
		ref[:len("GU-ZY73")], ref[:len("GU-ZY7")], ref[len("GU-"):len("GU-ZY73")], ref[len(ref)-4:], strings.ToLower(ref[len(ref)-4:]), ref[:len(ref)-1],
	} {
		p.searched(t, text, ref)
	}
	for _, text := range []string{"@postier.tes.t", "M. Lemaîtresse", "REF@2026/8"} {
		p.searched(t, text)
	}
}

func TestOperatorsAreListedAndUnknownOnesNamed(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	agent, desk := p.as(t, account.Agent), p.as(t, account.CustomerService)
	coloned := aCustomer("AB-123-CD")
	coloned.Set("agency_ref", "foo:baz")
	ref := strings.TrimPrefix(agent.book(agent.filled(p.aStay(), coloned)).location, "/bookings/")
	p.searched(t, "foo:baz", ref) // what is stored is found
	for query, says := range map[string]string{
		"foo:bar":           locale.EN.T("booking.search.unknown", "Word", "foo:"),
		"martin Prix:12":    locale.EN.T("booking.search.unknown", "Word", "Prix:"),
		"statut:nonsense":   locale.EN.T("booking.search.value", "Word", "statut:nonsense"),
		"assurance:perhaps": locale.EN.T("booking.search.value", "Word", "assurance:perhaps"),
		"martin zone:XYZ":   locale.EN.T("filter.zone.bad", "Code", "XYZ"),
		"dépôt:soon":        locale.EN.T("filter.date.bad"),
	} {
		for path, box := range map[string]string{"/bookings": "q", "/desk": "find"} {
			a := desk.get(path + "?q=" + url.QueryEscape(query))
			field := a.find("id", box)
			if a.status != http.StatusUnprocessableEntity || attr(field, "value") != query || attr(field, "aria-invalid") != "true" {
				t.Errorf("%s %q: %d, the box has %q", path, query, a.status, attr(field, "value"))
			}
			a.says(t, says)
			words := a.find("data-testid", "search-words")
			if words == nil {
				t.Errorf("%s %q: nothing says what can be written", path, query)
				continue
			}
			for n := range words.Ancestors() {
				if n.Data == "details" {
					t.Errorf("%s %q: what can be written is folded away", path, query)
				}
			}
		}
	}
	for query, to := range map[string]string{"assurance:oui": "insured=yes", "insurance:no": "insured=no", "martin Assurance:non": "insured=no&q=martin"} {
		if a := agent.get("/bookings?q=" + url.QueryEscape(query)); a.location != "/bookings?"+to {
			t.Errorf("%q leads to %q, want %q", query, a.location, to)
		}
	}
	agent.read("/bookings").says(t, locale.EN.T("booking.search.zone"), locale.EN.T("booking.search.insured"))
}

// What the help page and the list say can be searched is understood, in every language.
func TestTheSearchUnderstandsWhatIsSaidOfIt(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	desk := p.as(t, account.CustomerService)
	word := regexp.MustCompile(`[\p{L}]+:[^\s.,]+(?:\.\.[^\s.,]+)?`)
	for _, l := range locale.Langs() {
		texts := []string{l.T("desk.search.hint")}
		for row := 1; row <= 7; row++ {
			texts = append(texts, l.T("help.search."+strconv.Itoa(row)+".typed"))
		}
		for _, name := range []string{"zone", "state", "insured", "dropoff", "return", "created", "period"} {
			texts = append(texts, l.T("booking.search."+name))
		}
		read := 0
		for _, text := range texts {
			for _, operator := range word.FindAllString(text, -1) {
				read++
				operator = strings.Replace(operator, "LYON", "TEST", 1)
				if a := desk.get("/desk?q=" + url.QueryEscape(operator)); a.status != http.StatusSeeOther {
					t.Errorf("%s: %q is no operator: %d", l, operator, a.status)
				}
			}
		}
		if read < 15 {
			t.Errorf("%s: %d operators were tried", l, read)
		}
	}
}
