package sale

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"guichet/internal/auth"
	"guichet/internal/booking"
	"guichet/internal/invalid"
	"guichet/internal/server/site"
	"guichet/internal/walltime"
	pages "guichet/web/sale"
	"guichet/web/ui"
)

// recentQuotes is how many of the person's last quotes stand beside the form.
const recentQuotes = 5

// NewQuote answers GET /quotes/new. The parameters prefill the form; `line` does so in
// one line, `draft` takes the stay of an earlier quote, whose customer is kept, and `with`
// the customer and the car of a booking. What was typed and brought no quote is still
// there, unless somebody wants to begin `afresh`.
func (s *Handlers) NewQuote(w http.ResponseWriter, r *http.Request) error {
	q := site.Query(r)
	if line := q.Get("line"); strings.TrimSpace(line) != "" {
		return s.drawLine(w, r, line, q.Get("from"))
	}
	f := readQuote(q)
	typed, err := s.TypedQuote(r)
	if err != nil {
		return err
	}
	switch id := q.Get("draft"); {
	case !q.Has("afresh") && f.Zone == "" && saysMore(typed) && typed.Get("from") == id && typed.Get("with") == f.With:
		f = readQuote(typed)
		f.Kept = true
		return s.drawQuoteForm(w, r, http.StatusOK, f)
	case id != "":
		d, err := s.Bookings.Draft(r.Context(), site.Actor(r).Scope(), id)
		switch {
		case errors.Is(err, booking.ErrDraftGone):
		case err != nil:
			return err
		default:
			if err := s.prefill(r, &f, d); err != nil {
				return err
			}
		}
	}
	if len(q) == 0 || q.Has("afresh") { // a new customer, and nothing said yet
		f.Zone = site.Person(r).DefaultZone
	}
	return s.drawQuoteForm(w, r, http.StatusOK, f)
}

// saysMore reports that something of a quote form was typed.
func saysMore(typed url.Values) bool {
	for _, name := range []string{"zone_text", "from_date", "from_time", "to_date", "to_time", "outbound", "return"} {
		if typed.Get(name) != "" {
			return true
		}
	}
	return false
}

// KeepQuote answers POST /fragments/quotes: what is typed so far.
func (s *Handlers) KeepQuote(w http.ResponseWriter, r *http.Request) error {
	sent, err := site.Form(r)
	if err != nil {
		return err
	}
	if err := s.SaveQuote(r, site.Person(r).ID, sent); err != nil {
		return err
	}
	return s.Render(w, r, http.StatusOK, ui.Text(""))
}

func readQuote(q url.Values) pages.QuoteForm {
	return pages.QuoteForm{
		// A question that was answered is asked again when the form comes back.
		AskFromFold: site.FoldOf(q.Get("from_fold")) != walltime.FoldNone, AskToFold: site.FoldOf(q.Get("to_fold")) != walltime.FoldNone,
		Zone: q.Get("zone"), ZoneText: q.Get("zone_text"),
		FromDate: q.Get("from_date"), FromTime: q.Get("from_time"), FromFold: q.Get("from_fold"),
		ToDate: q.Get("to_date"), ToTime: q.Get("to_time"), ToFold: q.Get("to_fold"),
		Outbound: q.Get("outbound"), Return: q.Get("return"), From: q.Get("from"), With: q.Get("with"),
		Services: q["service"],
	}
}

// prefill takes the stay of a draft. Its zone may have another id by now.
func (s *Handlers) prefill(r *http.Request, f *pages.QuoteForm, d booking.Draft) error {
	zones, err := s.Bookings.Zones(r.Context())
	if err != nil {
		return err
	}
	f.Zone, f.From = d.Stay.ZoneCode+"/"+d.Stay.ZoneID, d.ID
	if _, err := booking.FindZone(zones.Zones, f.Zone); err != nil {
		f.Zone = d.Stay.ZoneCode
	}
	f.FromDate, f.FromTime = d.Stay.FromWall.Format("02/01/2006"), d.Stay.FromWall.Format("15:04")
	f.ToDate, f.ToTime = d.Stay.ToWall.Format("02/01/2006"), d.Stay.ToWall.Format("15:04")
	loc := zoneOr(r, d.Stay.Timezone)
	f.FromFold, f.ToFold = string(walltime.FoldAt(d.Stay.From, loc)), string(walltime.FoldAt(d.Stay.To, loc))
	f.AskFromFold, f.AskToFold = f.FromFold != "", f.ToFold != ""
	f.Outbound, f.Return = d.Outbound, d.Return
	return nil
}

// CreateQuote answers POST /quotes.
func (s *Handlers) CreateQuote(w http.ResponseWriter, r *http.Request) error {
	sent, err := site.Form(r)
	if err != nil {
		return err
	}
	f := readQuote(sent)
	stay, bad, err := s.readStay(r, &f)
	if err != nil {
		return err
	}
	if bad.OrNil() != nil {
		f.Errors = site.Problems(site.Lang(r), bad)
		return s.drawQuoteForm(w, r, http.StatusUnprocessableEntity, f)
	}
	if err := s.Allow(r, auth.QuotesPerAgency); err != nil {
		return err
	}
	d, err := s.Bookings.Quote(r.Context(), site.Actor(r), booking.QuoteRequest{
		ZoneCode: f.Zone, FromWall: stay.from, ToWall: stay.to,
		FromFold: site.FoldOf(f.FromFold), ToFold: site.FoldOf(f.ToFold),
		Outbound: f.Outbound, Return: f.Return, From: f.From, With: f.With, Services: f.Services,
	})
	if errors.As(err, &bad) {
		f.AskFromFold, f.AskToFold = f.AskFromFold || site.AsksFold(bad, "from_time"), f.AskToFold || site.AsksFold(bad, "to_time")
		f.Errors = site.Problems(site.Lang(r), bad)
		return s.drawQuoteForm(w, r, http.StatusUnprocessableEntity, f)
	}
	if err != nil {
		s.GiveBack(r, auth.QuotesPerAgency, err)
		return err
	}
	if err := s.DropQuote(r); err != nil {
		s.LogMissing(r, "forget a quote form", err) // the quote is there, whatever the next form begins with
	}
	return site.Redirect(w, r, "/quotes/"+d.ID)
}

// stayTimes are the two ends of a stay as they were read.
type stayTimes struct{ from, to time.Time }

// readStay reads zone, dates and times in the visitor's own writing.
func (s *Handlers) readStay(r *http.Request, f *pages.QuoteForm) (stayTimes, *invalid.Error, error) {
	bad := &invalid.Error{}
	now, err := s.Bookings.Now(r.Context())
	if err != nil {
		return stayTimes{}, bad, err
	}
	zones, err := s.Bookings.Zones(r.Context())
	if err != nil {
		return stayTimes{}, bad, err
	}
	zone := readZone(bad, f, zones.Zones)
	today := site.CivilToday(now, zoneOr(r, zone.Timezone))
	var out stayTimes
	out.from = site.ReadWhen(bad, "from", f.FromDate, f.FromTime, today, nil)
	out.to = site.ReadWhen(bad, "to", f.ToDate, f.ToTime, today, &out.from)
	return out, bad, nil
}

// readZone finds the zone that was chosen, or puts beside the field why there is
// none. What was typed and not chosen is never taken for a choice.
func readZone(bad *invalid.Error, f *pages.QuoteForm, zones []booking.Zone) booking.Zone {
	zone, problem := site.FindZone(zones, f.Zone)
	switch {
	case problem.Key == "":
		return zone
	case f.Zone == "" && f.ZoneText != "":
		if _, problem = site.FindZone(zones, strings.ToUpper(strings.TrimSpace(f.ZoneText))); problem.Key != site.AmbiguousZone {
			problem = invalid.Problem{Key: "problem.zone.unknown", Args: []any{"Text", f.ZoneText}}
		}
	case problem.Key == site.AmbiguousZone:
		f.ZoneText = f.Zone
	}
	bad.Add("zone", problem.Key, problem.Args...)
	return zone
}

// zoneOr returns a timezone, or the person's own for an empty or unknown name.
func zoneOr(r *http.Request, name string) *time.Location {
	if loc, err := time.LoadLocation(name); err == nil && name != "" {
		return loc
	}
	return site.Timezone(r)
}

func (s *Handlers) drawQuoteForm(w http.ResponseWriter, r *http.Request, status int, f pages.QuoteForm) error {
	ctx := r.Context()
	zones, err := s.Bookings.Zones(ctx)
	if err != nil {
		return err
	}
	if f.Now, err = s.Bookings.Now(ctx); err != nil {
		return err
	}
	if f.Recent, err = s.Bookings.RecentDrafts(ctx, site.Actor(r), recentQuotes); err != nil {
		return err
	}
	f.Zones = zones.Sold()
	f.ZonesFetched, f.SupplierDownSince = zones.FetchedAt, zones.FailedAt
	zone, _ := site.FindZone(zones.Zones, f.Zone)
	f.Zone = booking.ZoneKey(zones.Zones, zone) // empty for none
	f.Timezone = site.Timezone(r).String()
	f.FromEcho, f.ToEcho = echoes(site.Lang(r), f, zone, zoneOr(r, zone.Timezone))
	if f.For, err = s.customerOf(r, f); err != nil {
		return err
	}
	title := "sale.quote_new.title"
	if f.From != "" {
		title = "sale.quote_edit.title"
	}
	v := s.View(r, title)
	v.Problem = len(f.Errors) > 0
	return s.Render(w, r, status, pages.QuoteNew(v, f))
}

// customerOf names the customer for whom a quote is made, and the car, where both are
// known already.
func (s *Handlers) customerOf(r *http.Request, f pages.QuoteForm) (string, error) {
	switch {
	case f.From != "":
		d, err := s.Bookings.Draft(r.Context(), site.Actor(r).Scope(), f.From)
		if err != nil || d.Customer.LastName == "" {
			return "", ignoring(err, booking.ErrDraftGone)
		}
		return ui.CustomerLine(d.Customer, d.Car), nil
	case f.With != "":
		b, err := s.Bookings.Booking(r.Context(), site.Actor(r).Scope(), f.With)
		if err != nil || !b.ErasedAt.IsZero() {
			return "", ignoring(err, booking.ErrNotFound)
		}
		site.Shows(r, b)
		return ui.CustomerLine(b.Customer, b.Car), nil
	}
	return "", nil
}

// ignoring is err, unless it is the one that is expected.
func ignoring(err, expected error) error {
	if errors.Is(err, expected) {
		return nil
	}
	return err
}

// draftID is the draft's name in the address.
func draftID(r *http.Request) string { return site.SanitizeText(chi.URLParam(r, "id")) }

// draft returns the draft that the address names.
func (s *Handlers) draft(r *http.Request) (booking.Draft, error) {
	return s.Bookings.Draft(r.Context(), site.Actor(r).Scope(), draftID(r))
}

// openDraft is draft for a page that changes it: once there is a booking, the
// visitor belongs on the booking's page.
func (s *Handlers) openDraft(w http.ResponseWriter, r *http.Request) (booking.Draft, bool, error) {
	d, err := s.draft(r)
	if err != nil {
		return d, false, err
	}
	b, err := s.Bookings.BookingOfDraft(r.Context(), site.Actor(r).Scope(), d.ID)
	if errors.Is(err, booking.ErrNotFound) {
		return d, true, nil
	}
	if err != nil {
		return d, false, err
	}
	return d, false, s.RedirectWithFlash(w, r, "/bookings/"+b.Ref, ui.Info, "booking.recorded")
}

// ShowQuote answers GET /quotes/{id}.
func (s *Handlers) ShowQuote(w http.ResponseWriter, r *http.Request) error {
	d, open, err := s.openDraft(w, r)
	if err != nil || !open {
		return err
	}
	return s.drawQuote(w, r, http.StatusOK, pages.DraftPage{Draft: d})
}

func (s *Handlers) drawQuote(w http.ResponseWriter, r *http.Request, status int, p pages.DraftPage) error {
	var err error
	if p.Now, err = s.Bookings.Now(r.Context()); err != nil {
		return err
	}
	p.Timezone = site.Timezone(r).String()
	p.Agent, p.Agency = site.Person(r).Name, site.Person(r).Agency.Name
	v := s.View(r, "sale.quote_show.title", "Zone", p.Draft.Stay.ZoneName)
	v.Problem = len(p.Errors) > 0
	return s.Render(w, r, status, pages.QuoteShow(v, p))
}

// ChooseServices answers POST /quotes/{id}/services.
func (s *Handlers) ChooseServices(w http.ResponseWriter, r *http.Request) error {
	sent, err := site.Form(r)
	if err != nil {
		return err
	}
	id := draftID(r)
	_, err = s.Bookings.ChooseServices(r.Context(), site.Actor(r), id, sent["service"])
	var bad *invalid.Error
	switch {
	case errors.As(err, &bad):
		d, err := s.draft(r)
		if err != nil {
			return err
		}
		return s.drawQuote(w, r, http.StatusUnprocessableEntity, pages.DraftPage{Draft: d, Errors: site.Problems(site.Lang(r), bad)})
	case errors.Is(err, booking.ErrChanged):
		return site.Redirect(w, r, "/quotes/"+id)
	case err != nil:
		return err
	case sent.Get("go") == "recalculate":
		return site.Redirect(w, r, "/quotes/"+id)
	case sent.Get("go") == "check":
		return s.goToCheck(w, r, id)
	}
	return site.Redirect(w, r, "/quotes/"+id+"/customer")
}

// KeepServices answers POST /fragments/quotes/{id}/services: what is ticked so far.
func (s *Handlers) KeepServices(w http.ResponseWriter, r *http.Request) error {
	return s.keep(w, r, func(sent url.Values, version int) (booking.Draft, error) {
		return s.Bookings.KeepServices(r.Context(), site.Actor(r), draftID(r), version, sent["service"])
	})
}

// LivePrice answers POST /fragments/quotes/{id}/price: the rail with the
// services that are ticked, or by ?part=text the text to send; nothing is kept.
func (s *Handlers) LivePrice(w http.ResponseWriter, r *http.Request) error {
	sent, err := site.Form(r)
	if err != nil {
		return err
	}
	d, err := s.draft(r)
	if err != nil {
		return err
	}
	d.Services = slices.DeleteFunc(slices.Clone(sent["service"]), func(code string) bool {
		_, ok := d.Quote.Offer(code)
		return !ok
	})
	now, err := s.Bookings.Now(r.Context())
	if err != nil {
		return err
	}
	v, p := ui.View{Lang: site.Lang(r)}, pages.DraftPage{
		Draft: d, Now: now, Timezone: site.Timezone(r).String(), Agent: site.Person(r).Name, Agency: site.Person(r).Agency.Name,
	}
	if site.Query(r).Get("part") == "text" {
		return s.Render(w, r, http.StatusOK, pages.QuoteText(v, p))
	}
	return s.Render(w, r, http.StatusOK, pages.PriceRail(v, p))
}

// LiveWhen answers GET /fragments/when: one end of the stay in words.
func (s *Handlers) LiveWhen(w http.ResponseWriter, r *http.Request) error {
	q := site.Query(r)
	f := readQuote(q)
	now, err := s.Bookings.Now(r.Context())
	if err != nil {
		return err
	}
	zones, err := s.Bookings.Zones(r.Context())
	if err != nil {
		return err
	}
	zone, _ := site.FindZone(zones.Zones, f.Zone)
	f.Now = now
	from, to := echoes(site.Lang(r), f, zone, zoneOr(r, zone.Timezone))
	if q.Get("leg") == "to" {
		from = to
	}
	return s.Render(w, r, http.StatusOK, ui.EchoText(from))
}
