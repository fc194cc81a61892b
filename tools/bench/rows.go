package main

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"guichet/internal/booking"
)

// span is how far back the bookings go.
const span = 2 * 365 * 24 * time.Hour

// life is a booking with all that is stored of it.
type life struct {
	b        booking.Booking
	attempts []booking.Attempt
	entries  []booking.HistoryEntry
}

// writer draws lives. The same number of bookings gives the same ones.
type writer struct {
	dice    *rand.Rand
	now     time.Time
	n       int
	zones   []booking.Zone
	sellers []seller
	attempt int64
}

// ref is the i-th reference; no two are the same, as a million drawn ones would be.
func ref(i int) string {
	const of = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	n := uint64(i+1) * 0x5851F42D4C957F2D //nolint:gosec // i is a count; odd: each number of 40 bits comes once
	name := []byte("GU-")
	for k := range 8 {
		if k == 4 {
			name = append(name, '-')
		}
		name = append(name, of[n>>(5*k)&31])
	}
	return string(name)
}

// end is how often a booking ends in a state, of a thousand.
var ends = []struct {
	state booking.State
	of    int
}{
	{booking.Confirmed, 845}, {booking.Cancelled, 45}, {booking.Expired, 60}, {booking.Dropped, 30}, {booking.Refused, 20},
}

// write makes the i-th booking, the oldest first.
func (w *writer) write(i int) life {
	dice := w.dice
	created := w.now.Add(-span + time.Duration(float64(span)*float64(i)/float64(w.n))).Truncate(time.Second)
	z := w.zones[min(dice.IntN(len(w.zones)), dice.IntN(len(w.zones)))] // the first ones sell most
	s := w.sellers[dice.IntN(len(w.sellers))]
	b := booking.Booking{
		ID: int64(i + 1), Ref: ref(i), AgencyID: s.agency, UserID: s.user, UserName: s.name, Environment: booking.Simulator,
		DraftID: fmt.Sprintf("large%021d", i), SaleID: fmt.Sprintf("sale%022d", i),
		Stay: w.stay(z, created), Country: "FR", PayMethod: "card_terminal",
		CreatedAt: created, T0: created, Deadline: created.Add(booking.HoldTime),
	}
	b.PayBy, b.Fence, b.ChangedAt = b.Deadline.Add(-booking.PayMargin), b.Deadline.Add(booking.FenceTime), created.Add(time.Second)
	first, last := traveller(dice)
	person := dice.IntN(w.n/2 + 1) // most people come again
	b.Customer = booking.Customer{FirstName: first, LastName: last, Phone: phone(person), Language: "fr"}
	b.Customer.Email = fmt.Sprintf("%s%d@courriel.test", strings.ToLower(strings.ReplaceAll(first, "-", ".")), person)
	b.Car = booking.Car{Make: "Renault", Model: "Clio", Color: "gris", Plate: plate(person)}
	if dice.IntN(4) == 0 {
		b.AgencyRef = fmt.Sprintf("DOSSIER-%06d", dice.IntN(1_000_000))
	}
	base := int64(5900 + dice.IntN(20000))
	b.Quote = booking.Quote{Available: true, Base: booking.Money{Cents: base, Currency: "EUR"}, Offers: []booking.Offer{
		{Code: booking.CancellationInsurance, Name: "Assurance annulation", Price: booking.Money{Cents: max(490, base/25), Currency: "EUR"}},
	}, QuotedAt: created.Add(-time.Minute)}
	if dice.IntN(5) < 2 {
		b.Services = []string{booking.CancellationInsurance}
	}
	b.Total, _ = b.Quote.Total(b.Services)
	return w.live(b, w.end(i))
}

func (w *writer) stay(z booking.Zone, created time.Time) booking.Stay {
	loc, err := time.LoadLocation(z.Timezone)
	if err != nil {
		loc = time.UTC
	}
	day := created.In(loc).AddDate(0, 0, 1+w.dice.IntN(90))
	from := time.Date(day.Year(), day.Month(), day.Day(), 4+w.dice.IntN(19), 5*w.dice.IntN(12), 0, 0, loc)
	to := from.AddDate(0, 0, 1+w.dice.IntN(20)).Add(time.Duration(w.dice.IntN(5)) * time.Hour)
	wall := func(t time.Time) time.Time {
		return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), 0, 0, time.UTC)
	}
	return booking.Stay{
		ZoneID: z.ID, ZoneCode: z.Code, ZoneName: z.Name, ZoneKind: z.Kind, City: z.City, Timezone: z.Timezone,
		FromWall: wall(from), ToWall: wall(to), From: from, To: to,
	}
}

// end draws how a booking stands now: those of the last hour wait to be paid,
// and nobody knows of a few what became of them.
func (w *writer) end(i int) booking.State {
	if age := w.n - i; age <= w.n/(2*365*24)+1 {
		return booking.Held
	}
	switch i % 10_007 {
	case 5_003:
		return booking.PayUnknown
	case 7_001:
		return booking.CancelUnknown
	}
	roll := w.dice.IntN(1000)
	for _, e := range ends {
		if roll -= e.of; roll < 0 {
			return e.state
		}
	}
	return booking.Confirmed
}

// live lets a booking go the way to its end.
func (w *writer) live(b booking.Booking, end booking.State) life {
	l := life{b: b}
	if end == booking.Cancelled || end == booking.CancelUnknown { // only insured ones can be
		l.b.Services = []string{booking.CancellationInsurance}
		l.b.Total, _ = l.b.Quote.Total(l.b.Services)
	}
	at := b.CreatedAt
	l.step(booking.Submit, booking.Creating, at)
	if end == booking.Refused {
		w.call(&l, booking.OpCreate, booking.OutcomeRefused, at)
		l.b.Reason = "unavailable"
		l.step(booking.CreateRefused, booking.Refused, at.Add(time.Second))
		return l
	}
	w.call(&l, booking.OpCreate, booking.OutcomeOK, at)
	l.b.SupplierID = fmt.Sprint(1_000_000 + b.ID)
	l.b.SupplierRef = "EC-" + l.b.SupplierID
	l.b.Booked, l.b.BookedWith = l.b.Total, l.b.Services
	l.b.Insured = l.b.Has(booking.CancellationInsurance)
	l.step(booking.CreateOK, booking.Held, at.Add(time.Second))
	switch end {
	case booking.Held:
		return l
	case booking.Expired:
		l.step(booking.Expire, booking.Expired, b.Deadline)
		return l
	case booking.Dropped:
		l.step(booking.Drop, booking.Dropped, at.Add(5*time.Minute))
		return l
	}
	return w.paid(l, end)
}

func (w *writer) paid(l life, end booking.State) life {
	at := l.b.CreatedAt.Add(3 * time.Minute)
	l.step(booking.Pay, booking.Paying, at)
	if end == booking.PayUnknown {
		w.call(&l, booking.OpPay, booking.OutcomeUnknown, at)
		l.step(booking.PayLost, booking.PayUnknown, at.Add(30*time.Second))
		return l
	}
	w.call(&l, booking.OpPay, booking.OutcomeOK, at)
	l.b.PaidAt, l.b.PaidBy = at.Add(time.Second), l.b.UserName
	l.step(booking.PayOK, booking.Confirmed, at.Add(time.Second))
	if end == booking.Confirmed {
		return l
	}
	at = at.Add(12 * time.Hour)
	l.step(booking.Cancel, booking.Cancelling, at)
	if end == booking.CancelUnknown {
		w.call(&l, booking.OpCancel, booking.OutcomeUnknown, at)
		l.step(booking.CancelLost, booking.CancelUnknown, at.Add(30*time.Second))
		l.b.Fence = at.Add(booking.FenceTime)
		return l
	}
	w.call(&l, booking.OpCancel, booking.OutcomeOK, at)
	l.step(booking.CancelOK, booking.Cancelled, at.Add(time.Second))
	return l
}

// step appends an event.
func (l *life) step(e booking.Event, to booking.State, at time.Time) {
	entry := booking.HistoryEntry{Seq: len(l.entries) + 1, Event: e, Before: l.b.State, After: to, At: at}
	if to.InFlight() || e == booking.Drop {
		entry.ActorID, entry.ActorName, entry.ActorRole = l.b.UserID, l.b.UserName, "agent"
	} else {
		entry.ActorName, entry.ActorRole = "supplier", "supplier"
	}
	if e == booking.Cancel {
		entry.Reason = booking.CancelReasons()[0]
	}
	if n := len(l.attempts); n > 0 {
		entry.AttemptID = l.attempts[n-1].ID
	}
	l.entries = append(l.entries, entry)
	l.b.State, l.b.Version, l.b.ChangedAt = to, entry.Seq, at
}

// call appends an attempt that took 400 ms, or no answer in 30 s.
func (w *writer) call(l *life, op booking.Operation, outcome booking.Outcome, at time.Time) {
	w.attempt++
	a := booking.Attempt{
		ID: w.attempt, BookingID: l.b.ID, Operation: op, Outcome: outcome, Correlation: fmt.Sprintf("large%021d", w.attempt),
		ActorID: l.b.UserID, ActorName: l.b.UserName, StartedAt: at, EndedAt: at.Add(400 * time.Millisecond),
	}
	switch outcome {
	case booking.OutcomeUnknown:
		a.EndedAt = at.Add(30 * time.Second)
	case booking.OutcomeRefused:
		a.Answer = booking.Answer{HTTPStatus: 409, ErrorCode: "unavailable", Message: "No space left."}
	default:
		a.Answer = booking.Answer{HTTPStatus: 200, Request: `{"id":"…"}`, Response: `{"id":"…","status":"…"}`}
	}
	l.attempts = append(l.attempts, a)
}
