package htmlcheck_test

import (
	"fmt"
	"maps"
	"time"
	_ "time/tzdata" // a host need not have timezones

	"github.com/a-h/templ"

	"guichet/internal/account"
	"guichet/internal/booking"
	"guichet/internal/contact"
	"guichet/internal/restore"
	"guichet/web/admin"
	"guichet/web/bookings"
	"guichet/web/desk"
	"guichet/web/sale"
	"guichet/web/ui"
)

func euros(cents int64) booking.Money { return booking.Money{Cents: cents, Currency: "EUR"} }

// noon is the moment at which all sample pages are drawn: 14:50 in Paris.
var noon = time.Date(2026, 7, 1, 12, 50, 0, 0, time.UTC)

func sampleStay() booking.Stay {
	return booking.Stay{
		ZoneID: "1", ZoneCode: "CDG", ZoneName: "Paris Charles de Gaulle", ZoneKind: "airport", City: "Roissy-en-France", Timezone: "Europe/Paris",
		FromWall: time.Date(2026, 7, 4, 6, 5, 0, 0, time.UTC), ToWall: time.Date(2026, 7, 12, 22, 40, 0, 0, time.UTC),
		From: time.Date(2026, 7, 4, 4, 5, 0, 0, time.UTC), To: time.Date(2026, 7, 12, 20, 40, 0, 0, time.UTC),
	}
}

func sampleQuote() booking.Quote {
	return booking.Quote{
		Available: true, Base: euros(9600), QuotedAt: noon.Add(-2 * time.Minute),
		Offers: []booking.Offer{
			{Code: "covered_parking", Name: "Parking couvert", Price: euros(2500)},
			{Code: "cancellation_insurance", Name: "Assurance annulation", Price: euros(990)},
			{Code: "exterior_wash", Name: "Lavage extérieur", Price: euros(1900)},
			{Code: "tyre_check", Name: "Contrôle des pneus", Price: euros(800)},
		},
	}
}

func sampleZone() booking.Zone {
	return booking.Zone{
		ID: "1", Code: "CDG", Name: "Paris Charles de Gaulle", Kind: "airport", City: "Roissy-en-France", Timezone: "Europe/Paris",
		MeetingPoints: []booking.MeetingPoint{{ID: "T1", Name: "Terminal 1"}, {ID: "T2E", Name: "Terminal 2E"}},
	}
}

func sampleDraft() booking.Draft {
	return booking.Draft{
		ID: "d1", Version: 3, Stay: sampleStay(), Quote: sampleQuote(), Services: []string{"cancellation_insurance"},
		Customer: booking.Customer{FirstName: "Camille", LastName: "Durand", Email: "camille.durand@exemple.fr", Phone: "+33612345678", Language: "fr"},
		Phone:    contact.Phone{E164: "+33612345678", Country: "FR", Line: contact.LineMobile},
		Car:      booking.Car{Make: "Peugeot", Model: "308", Color: "gris", Plate: "AB123CD"},
		Outbound: "AF1234", Return: "AF1235", MeetingPoint: "T2E", AgencyRef: "D-2026-118", PayMethod: "card_terminal", CustomerSet: true,
	}
}

// bareDraft is a draft without services or anything that is optional.
func bareDraft() booking.Draft {
	d := sampleDraft()
	d.Services, d.Outbound, d.Return, d.MeetingPoint, d.AgencyRef = nil, "", "", "", ""
	d.Car = booking.Car{Plate: "1ABC234"}
	return d
}

func sampleBooking(state booking.State) booking.Booking {
	d, t0 := sampleDraft(), noon.Add(-7*time.Minute)
	b := booking.Booking{
		ID: 7, Ref: "GU-7K2M-9QXD", State: state, Version: 4, AgencyName: "Horizon Voyages", UserName: "Camille Martin", DraftID: d.ID,
		Stay: d.Stay, Quote: d.Quote, Services: d.Services, Total: euros(10590), Customer: d.Customer, Country: "FR", Car: d.Car,
		Outbound: d.Outbound, Return: d.Return, MeetingPoint: "T2E", AgencyRef: d.AgencyRef, PayMethod: "card_terminal",
		T0: t0, Deadline: t0.Add(time.Hour), PayBy: t0.Add(59 * time.Minute), Fence: t0.Add(70 * time.Minute), CreatedAt: t0, ChangedAt: t0,
	}
	if state != booking.Creating && state != booking.CreateUnknown && state != booking.Refused {
		b.SupplierID, b.SupplierRef, b.Booked, b.BookedWith, b.Insured = "81", "EC-10293", euros(10590), d.Services, true
	}
	if state == booking.Confirmed {
		b.PaidAt, b.PaidBy, b.Receipt = noon.Add(-time.Minute), "Camille Martin", "R-20418"
	}
	if state == booking.Refused {
		b.Reason = "validation_failed"
	}
	return b
}

var (
	agent      = account.Actor{UserID: 1, Name: "Camille Martin", Role: account.Agent, AgencyID: 1}
	service    = account.Actor{UserID: 2, Name: "Dominique Petit", Role: account.CustomerService}
	adminActor = account.Actor{UserID: 3, Name: "Andrea Blanc", Role: account.Admin}
)

func sampleEntries() []booking.HistoryEntry {
	return []booking.HistoryEntry{
		{Seq: 1, Event: booking.Submit, After: booking.Creating, ActorName: "Camille Martin", ActorRole: "agent", At: noon.Add(-7 * time.Minute)},
		{Seq: 2, Event: booking.CreateOK, Before: booking.Creating, After: booking.Held, ActorName: "supplier", ActorRole: "supplier", At: noon.Add(-6 * time.Minute)},
	}
}

func sampleAttempt(op booking.Operation, outcome booking.Outcome) booking.Attempt {
	a := booking.Attempt{
		Operation: op, Outcome: outcome, Correlation: "k3x7corr", ActorName: "Camille Martin", StartedAt: noon.Add(-3 * time.Minute),
	}
	if outcome == booking.OutcomeRefused {
		a.Answer = booking.Answer{HTTPStatus: 422, ErrorCode: "validation_failed", Message: "The request is not valid.", Errors: []string{"email is not <valid>"}}
	}
	return a
}

func samplePage(state booking.State, change ...func(*bookings.BookingPage)) bookings.BookingPage {
	p := bookings.BookingPage{
		Booking: sampleBooking(state), MeetingPoint: "Terminal 2E", Now: noon, Timezone: "Europe/Paris", Entries: sampleEntries(), Actor: agent,
	}
	switch state {
	case booking.Refused:
		p.Attempts = []booking.Attempt{sampleAttempt(booking.OpCreate, booking.OutcomeRefused)}
	case booking.CreateUnknown:
		p.Attempts = []booking.Attempt{sampleAttempt(booking.OpCreate, booking.OutcomeUnknown)}
	case booking.PayUnknown:
		p.Attempts = []booking.Attempt{sampleAttempt(booking.OpCreate, booking.OutcomeOK), sampleAttempt(booking.OpPay, booking.OutcomeUnknown)}
	}
	for _, c := range change {
		c(&p)
	}
	return p
}

func late(p *bookings.BookingPage)    { p.Now = p.Booking.PayBy.Add(20 * time.Second) }
func lapsed(p *bookings.BookingPage)  { p.Now = p.Booking.Deadline.Add(time.Second) }
func foreign(p *bookings.BookingPage) { p.ReadOnly = true }
func retried(p *bookings.BookingPage) { p.Booking.RetriedBy = "GU-4T8B-2HWN" }
func differs(p *bookings.BookingPage) {
	p.Booking.Differs, p.Booking.Booked, p.Booking.BookedWith = true, euros(11240), []string{"cancellation_insurance", "exterior_wash"}
}

func marked(p *bookings.BookingPage) { p.Booking.Uncompared = true }

func notSent(p *bookings.BookingPage) { p.Booking.Reason, p.Attempts = "not_sent", nil }

func seenBy(a account.Actor) func(*bookings.BookingPage) {
	return func(p *bookings.BookingPage) { p.Actor = a }
}

func sampleZones() []booking.Zone {
	station := booking.Zone{Code: "PLY", Name: "Paris Gare de Lyon", Kind: "station", City: "Paris", Timezone: "Europe/Paris"}
	heliport := booking.Zone{Code: "XHE", Name: "Héliport d’Issy", Kind: "heliport", City: "Issy", Timezone: "Europe/Paris"}
	zones := []booking.Zone{sampleZone(), station, heliport}
	for i := range 20 {
		zones = append(zones, booking.Zone{Code: fmt.Sprintf("Z%02d", i), Name: fmt.Sprintf("Aéroport de Villeneuve %d", i), Kind: "airport", City: "Villeneuve", Timezone: "Europe/Paris"})
	}
	return zones
}

var methods = []string{"card_terminal", "cash", "account", "transfer"}

// samplePages are all pages in their states, by name.
func samplePages(v ui.View) map[string]templ.Component {
	d := sampleDraft()
	full := d
	full.Quote, full.Services = booking.Quote{QuotedAt: noon}, nil
	fresh := d
	fresh.Customer, fresh.Phone, fresh.Car, fresh.CustomerSet, fresh.Services = booking.Customer{}, contact.Phone{}, booking.Car{}, false, nil
	fresh.Quote.QuotedAt = noon.Add(-20 * time.Minute)
	bare := booking.CustomerForm{PhoneCountry: "FR", Language: "fr"}
	filled := booking.CustomerForm{
		FirstName: "Camille", LastName: "Durand", Email: "camille@gmial.com", PhoneCountry: "FR", Phone: "01 99 00 12 34", Make: "Peugeot",
		Plate: "AB-123-CD", Language: "fr", MeetingPoint: "T2E",
	}
	other := sampleBooking(booking.Held)
	other.Ref = "GU-4T8B-2HWN"
	known := booking.SavedCustomer{Key: "kn1", Customer: d.Customer, Country: "FR", Car: d.Car, LastBooked: noon.AddDate(0, -3, 0)}
	say := v.T
	pages := map[string]templ.Component{
		"quotenew": sale.QuoteNew(v, sale.QuoteForm{Zones: sampleZones(), Timezone: "Europe/Paris", Recent: []booking.Draft{d, full}, Now: noon}),
		"quotenew-filled": sale.QuoteNew(v, sale.QuoteForm{
			Zones: sampleZones(), Zone: "CDG", FromDate: "4/7", FromTime: "6h05", ToDate: "+8", ToTime: "22h40", Outbound: "AF1234", From: "d1",
			FromEcho: ui.Echo{Text: v.Moment(d.Stay.FromWall)}, ToEcho: ui.Echo{Text: v.Moment(d.Stay.ToWall) + " · " + v.Lang.Days(9)},
			Timezone: "Europe/Paris", Now: noon, SupplierDownSince: noon.Add(-time.Hour), ZonesFetched: noon.AddDate(0, 0, -1),
		}),
		"quotenew-wrong": sale.QuoteNew(v, sale.QuoteForm{
			Zones: sampleZones(), ZoneText: "Roissi", FromDate: "31/10", FromTime: "2h30", AskFromFold: true, AskToFold: true, ToDate: "x", Now: noon,
			Timezone: "Europe/Paris",
			Errors: map[string]string{
				"zone": say("problem.zone.empty"), "from_time": say("problem.time.overlap", "City", v.Lang.ZoneCity("Europe/Paris"), "Date", noon),
				"to_date": say("problem.to_date.unreadable"), "to_time": say("problem.to_time.empty"), "outbound": say("problem.outbound.flight"),
			},
		}),
		"quotenew-nozones":   sale.QuoteNew(v, sale.QuoteForm{Now: noon, Timezone: "Europe/Paris"}),
		"quoteshow":          sale.QuoteShow(v, sale.DraftPage{Draft: fresh, Now: noon, Timezone: "Europe/Paris"}),
		"quoteshow-customer": sale.QuoteShow(v, sale.DraftPage{Draft: d, Now: noon, Gone: []string{"full_wash"}}),
		"quoteshow-wrong":    sale.QuoteShow(v, sale.DraftPage{Draft: d, Now: noon, Errors: map[string]string{"service": say("problem.services.gone", "Zone", "CDG")}}),
		"quoteshow-full":     sale.QuoteShow(v, sale.DraftPage{Draft: full, Now: noon}),
		"customer":           sale.QuoteCustomer(v, sale.CustomerPage{Draft: fresh, Zone: sampleZone(), Form: bare, Now: noon}),
		"customer-found":     sale.QuoteCustomer(v, sale.CustomerPage{Draft: fresh, Zone: sampleZone(), Form: bare, Lookup: sale.Lookup{Text: "dur", Made: true, Found: []booking.SavedCustomer{known, known}}, Now: noon}),
		"customer-nobody":    sale.QuoteCustomer(v, sale.CustomerPage{Draft: fresh, Form: bare, Lookup: sale.Lookup{Text: "xyz", Made: true}, Now: noon}),
		"customer-wrong": sale.QuoteCustomer(v, sale.CustomerPage{
			Draft: d, Zone: sampleZone(), Form: filled, Now: noon, PhonePreview: say("sale.phone.preview", "Number", "+33 1 99 00 12 34", "Country", v.Lang.Country("FR"), "Line", say("sale.phone.line.landline")),
			PhoneWarning: say("sale.phone.landline"), PlateNote: say("sale.plate.foreign"), SuggestedEmail: "camille@gmail.com",
			Errors: map[string]string{
				"last_name": say("problem.last_name.empty"), "phone": say("problem.phone.empty"), "phone_country": say("problem.phone.country"),
				"plate": say("problem.plate.empty"), "meeting_point": say("problem.meeting_point.gone"), "language": say("problem.language.empty"),
			},
		}),
		"check":       sale.QuoteCheck(v, sale.CheckPage{Draft: d, Zone: sampleZone(), Methods: methods, Now: noon}),
		"check-plate": sale.QuoteCheck(v, sale.CheckPage{Draft: bareDraft(), Methods: methods, Method: "cash", SamePlate: true, Now: noon, Errors: map[string]string{"pay_method": say("problem.pay_method.empty")}}),
		"price":       sale.PriceChanged(v, sale.CheckPage{Draft: d, Methods: methods, Method: "cash", Before: euros(9940), Now: noon, SamePlate: true}),
		"price-gone":  sale.PriceChanged(v, sale.CheckPage{Draft: d, Methods: methods, Method: "cash", Before: booking.Money{Cents: 9940, Currency: "CHF"}, Gone: []string{"exterior_wash"}, Now: noon}),
		"sameplate":   sale.SamePlate(v, sale.CheckPage{Draft: d, Method: "cash", Other: &other, Now: noon}),
		"pay":         bookings.BookingPay(v, bookings.PayPage{Booking: other, Methods: methods, Method: "card_terminal", Now: noon, Timezone: "Europe/Paris"}),
		"pay-wrong": bookings.BookingPay(v, bookings.PayPage{Booking: other, Methods: methods, Now: noon, Timezone: "Europe/Paris", Errors: map[string]string{
			"pay_method": say("problem.pay_method.empty"), "receipt": say("problem.receipt.long"),
		}}),
		"pay-late":     bookings.BookingPay(v, bookings.PayPage{Booking: other, Methods: methods, Now: other.PayBy, Timezone: "Europe/Paris"}),
		"confirmation": bookings.Confirmation(v, samplePage(booking.Confirmed)),
		"confirmation-elsewhere": bookings.Confirmation(v, samplePage(booking.Confirmed, seenBy(service), func(p *bookings.BookingPage) {
			p.MeetingPoint, p.Booking.Insured, p.Booking.Customer.Language = "", false, "en"
		})),
		"voucher":       bookings.Voucher(v, samplePage(booking.Confirmed)),
		"voucher-en":    bookings.Voucher(v, samplePage(booking.Confirmed, func(p *bookings.BookingPage) { p.Booking.Customer.Language, p.Booking.Insured = "en", false })),
		"list":          bookings.BookingList(v, bookings.ListPage{Path: "/bookings", Tally: booking.Tally{Count: 3, Sums: []booking.Money{{Cents: 30_000, Currency: "EUR"}}}, Bookings: sampleList(), Now: noon, Timezone: "Europe/Paris", Pager: ui.Pager{First: "/bookings", Previous: "/bookings?after=a", Next: "/bookings?before=b"}}),
		"list-staff":    bookings.BookingList(v, bookings.ListPage{Path: "/desk", Bookings: sampleList(), Tally: booking.Tally{More: true}, Filter: fullFilter(), Now: noon, Timezone: "Europe/Paris", Actor: account.Actor{Role: account.CustomerService}, BadCursor: true}),
		"help":          ui.Help(v),
		"today":         bookings.Today(v, bookings.TodayPage{Now: noon, Timezone: "Europe/Paris", Today: sampleStay().FromWall.Truncate(24 * time.Hour), Day: sampleStay().FromWall.Truncate(24 * time.Hour), DropOffs: sampleList(), Returns: sampleList(), Holds: sampleList()[:1], Unknown: sampleList()[:1]}),
		"today-none":    bookings.Today(v, bookings.TodayPage{Now: noon, Timezone: "Europe/Paris", Today: noon, Day: noon.AddDate(0, 0, 1)}),
		"list-none":     bookings.BookingList(v, bookings.ListPage{Path: "/bookings", Now: noon}),
		"list-staff-no": bookings.BookingList(v, bookings.ListPage{Path: "/bookings", Now: noon, Actor: account.Actor{Role: account.Admin}}),
		"list-nothing":  bookings.BookingList(v, bookings.ListPage{Path: "/bookings", Now: noon, Filter: ui.ListFilter{View: "over", Query: "x"}}),
	}
	stale := d
	stale.Uncompared = true
	pages["check-uncompared"] = sale.QuoteCheck(v, sale.CheckPage{Draft: stale, Zone: sampleZone(), Methods: methods, Now: noon})
	pages["frozen"] = admin.FrozenShow(v, admin.FrozenPage{Now: noon, Timezone: "Europe/Paris"})
	pages["uncompared"] = desk.Uncompared(v, sampleUncompared(0))
	pages["uncompared-wait"] = desk.Uncompared(v, sampleUncompared(3*time.Hour))
	pages["uncompared-none"] = desk.Uncompared(v, desk.UncomparedPage{Now: noon, Timezone: "Europe/Paris"})
	pages["frozen-restored"] = admin.FrozenShow(v, sampleRestore())
	maps.Copy(pages, bookingPages(v))
	maps.Copy(pages, cancelPages(v))
	return pages
}

func sampleUncompared(wait time.Duration) desk.UncomparedPage {
	b := samplePage(booking.Expired).Booking
	b.Uncompared, b.Fence = true, noon.Add(wait)
	if wait > 0 {
		return desk.UncomparedPage{List: []booking.Booking{b}, Now: noon, Timezone: "Europe/Paris", Actor: account.Actor{Role: account.CustomerService}}
	}
	return desk.UncomparedPage{
		List: []booking.Booking{b}, More: true, Now: noon, Timezone: "Europe/Paris", Actor: account.Actor{Role: account.CustomerService},
		Errors: map[string]string{"booking": "x", "person": "y"},
	}
}

func sampleRestore() admin.FrozenPage {
	return admin.FrozenPage{
		Restore: restore.Event{
			ID: "r1", NoticedAt: noon.Add(-time.Hour), RestoredTo: noon.AddDate(0, 0, -1), Sessions: 12, Mails: 1,
			Signs: []restore.Sign{
				restore.SignSystem, restore.SignTimeline, restore.SignDatabase, restore.SignTable, restore.SignRow, restore.SignClaim, restore.SignSaid,
			},
		},
		Left: booking.Uncompared{
			States: map[booking.State]int{booking.Held: 3, booking.PayUnknown: 1}, Drafts: 7,
			Quotes: []booking.MarkedQuote{{Seller: "Zoé Lévy", Agency: "Agence du Port", At: noon.Add(-3 * time.Hour)}},
		},
		Repeats: restore.Repeats{Erased: 2, Suspended: 1, Logs: 1, Since: noon.Add(-time.Minute), DataTo: noon.Add(-time.Hour), Lost: []restore.Lost{
			{Removal: restore.Removal{ID: "a", Kind: restore.KeyRetired, At: noon.Add(-2 * time.Hour)}, Name: "…3456"},
			{Removal: restore.Removal{ID: "b", Kind: restore.Suspended, At: noon.Add(-2 * time.Hour)}, Name: "Louis Petit", Handle: "h", Ending: restore.Repeated, EndedAt: noon.Add(-time.Hour)},
			{Removal: restore.Removal{ID: "c", Kind: restore.AgencyRights, Subject: "PORT", At: noon.Add(-2 * time.Hour)}, Name: "Agence du Port", Ending: restore.Dismissed, EndedBy: "Ada Blanc", EndedAt: noon},
		}},
		Now: noon, Timezone: "Europe/Paris",
	}
}

func bookingPages(v ui.View) map[string]templ.Component {
	pages := map[string]templ.Component{
		"booking-late":      bookings.BookingShow(v, samplePage(booking.Held, late)),
		"booking-lapsed":    bookings.BookingShow(v, samplePage(booking.Held, lapsed)),
		"booking-differs":   bookings.BookingShow(v, samplePage(booking.Held, differs)),
		"booking-foreign":   bookings.BookingShow(v, samplePage(booking.Held, foreign)),
		"booking-retried":   bookings.BookingShow(v, samplePage(booking.CreateUnknown, retried)),
		"booking-staff":     bookings.BookingShow(v, samplePage(booking.CreateUnknown, seenBy(service))),
		"booking-lower":     bookings.BookingShow(v, samplePage(booking.Held, func(p *bookings.BookingPage) { p.Booking.Booked = euros(9990) })),
		"booking-completed": bookings.BookingShow(v, samplePage(booking.Confirmed, func(p *bookings.BookingPage) { p.Now = p.Booking.Stay.To.AddDate(0, 0, 2) })),
		"booking-refused-pay": bookings.BookingShow(v, samplePage(booking.Held, func(p *bookings.BookingPage) {
			p.Attempts = []booking.Attempt{sampleAttempt(booking.OpPay, booking.OutcomeRefused)}
		})),
	}
	for _, s := range booking.States() {
		pages["booking-"+string(s)] = bookings.BookingShow(v, samplePage(s))
		pages["uncompared-"+string(s)] = bookings.BookingShow(v, samplePage(s, marked))
	}
	return pages
}

func cancelPages(v ui.View) map[string]templ.Component {
	page := func(state booking.State, a account.Actor, met bool, change func(*bookings.CancelPage)) templ.Component {
		p := bookings.CancelPage{
			Booking: sampleBooking(state), Actor: a, Now: noon, Timezone: "Europe/Paris",
			Check: booking.CancelCheck{Left: 2, Rules: []booking.RuleResult{
				{Rule: booking.RuleAllowed, Met: met}, {Rule: booking.RulePaid, Met: state == booking.Confirmed}, {Rule: booking.RuleInsured, Met: met},
			}},
		}
		if change != nil {
			change(&p)
		}
		return bookings.BookingCancel(v, p)
	}
	pages := map[string]templ.Component{
		"cancel":       page(booking.Confirmed, service, true, nil),
		"cancel-begun": page(booking.Confirmed, service, true, func(p *bookings.CancelPage) { p.Check.Begun, p.Check.Repeat = true, true }),
		"cancel-sure":  page(booking.Confirmed, service, true, func(p *bookings.CancelPage) { p.Sure, p.Agreed, p.Reason = true, true, "flight" }),
		"cancel-wrong": page(booking.Confirmed, service, true, func(p *bookings.CancelPage) {
			p.Errors = map[string]string{"reason": v.T("problem.reason.empty"), "agreed": v.T("problem.agreed.empty")}
		}),
		"cancel-no": page(booking.Confirmed, agent, false, nil),
	}
	for _, s := range booking.States() {
		if s != booking.Confirmed {
			pages["cancel-"+string(s)] = page(s, agent, true, nil)
		}
	}
	return pages
}

func sampleList() []booking.Booking {
	var list []booking.Booking
	for _, s := range booking.States() {
		list = append(list, sampleBooking(s))
	}
	return list
}

// fullFilter leaves out by everything that a list is filtered by.
func fullFilter() ui.ListFilter {
	return ui.ListFilter{
		Query: "Durand & Co", View: "paid", States: []string{"confirmed", "held"}, Zone: "CDG", Agency: "TEST", Seller: "me", Insured: "no",
		On: "move", From: "4/7", To: "11/7", Min: "50", Max: "100", Sort: "-dropoff",
	}
}
