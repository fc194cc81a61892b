//go:build prove

package main

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"guichet/internal/booking"
	"guichet/internal/failpoint"
	"guichet/internal/simulator"
)

// agreed is a paid booking as both sides have it.
func agreed() (record, simulator.Booking) {
	from := time.Date(2031, 5, 4, 8, 0, 0, 0, time.UTC)
	r := record{
		ref: "GU-1", sale: "s", draft: "d", supplierID: "9001", state: booking.Confirmed, environment: "simulator", version: 3, events: 3,
		order: order{
			zoneID: "1", zoneCode: "CDG", timezone: "Europe/Paris", fromWall: "2031-05-04T10:00:00", toWall: "2031-05-06T10:00:00",
			from: from, to: from.AddDate(0, 0, 2), cents: 100, currency: "EUR", services: []string{"wash"},
			firstName: "Zoé", lastName: "Lévy", email: "z@example.test", phone: "+33199001234", carMake: "Renault", model: "Clio", plate: "AA001AA",
		},
		paidAt: from, paidBy: "agent", payers: []string{"agent"}, t0: from,
	}
	return r, simulator.Booking{
		ID: "9001", Reference: "EC-9001", Status: simulator.Paid, ZoneID: "1", ZoneCode: "CDG", Timezone: "Europe/Paris",
		StartWall: r.fromWall, EndWall: r.toWall, Start: r.from, End: r.to, Services: []string{"wash"},
		Contact:    simulator.Contact{FirstName: "Zoé", LastName: "Lévy", Email: "z@example.test", PhoneNumber: "+33199001234"},
		Car:        simulator.Car{Brand: "Renault", Model: "Clio", PlateNumber: "AA-001-AA"},
		PriceCents: 100, Currency: "EUR", CreatedAt: from, PaidAt: from, PayCount: 1,
	}
}

// Each contradiction between here and there is seen, and only the right kind of
// case excuses one.
func TestTheOracleSees(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		spoil func(*record, *simulator.Booking)
		want  string // empty: nothing is wrong
	}{
		"nothing":                  {func(*record, *simulator.Booking) {}, ""},
		"another price":            {func(_ *record, b *simulator.Booking) { b.PriceCents++ }, "price"},
		"another currency":         {func(_ *record, b *simulator.Booking) { b.Currency = "USD" }, "price"},
		"another zone":             {func(_ *record, b *simulator.Booking) { b.ZoneID = "2" }, "zone"},
		"another timezone":         {func(_ *record, b *simulator.Booking) { b.Timezone = "Europe/Lisbon" }, "timezone"},
		"another instant":          {func(_ *record, b *simulator.Booking) { b.Start = b.Start.Add(time.Minute) }, "drop-off"},
		"another wall":             {func(_ *record, b *simulator.Booking) { b.EndWall = "2031-05-06T11:00:00" }, "return"},
		"another plate":            {func(_ *record, b *simulator.Booking) { b.Car.PlateNumber = "AA-002-AA" }, "plate"},
		"another phone":            {func(_ *record, b *simulator.Booking) { b.Contact.PhoneNumber = "+33199001235" }, "phone"},
		"another name":             {func(_ *record, b *simulator.Booking) { b.Contact.LastName = "Levy" }, "customer"},
		"other services":           {func(_ *record, b *simulator.Booking) { b.Services = nil }, "services"},
		"charged twice":            {func(_ *record, b *simulator.Booking) { b.PayCount = 2 }, "charged 2 times"},
		"paid and unknown":         {func(r *record, _ *simulator.Booking) { r.supplierID, r.state = "", booking.CreateUnknown }, "unknown here"},
		"confirmed, unpaid there":  {func(_ *record, b *simulator.Booking) { b.Status = simulator.Void }, "there it is"},
		"expired, paid there":      {func(r *record, _ *simulator.Booking) { r.state = booking.Expired }, "there it is paid"},
		"and a case that asks it":  {func(r *record, _ *simulator.Booking) { r.state, r.asks = booking.Expired, []string{"late_answer"} }, ""},
		"and one that does not":    {func(r *record, _ *simulator.Booking) { r.state, r.asks = booking.Expired, []string{"damaged"} }, "there it is paid"},
		"unknown, and no case":     {func(r *record, _ *simulator.Booking) { r.state, r.asks = booking.PayUnknown, []string{"damaged"} }, "nobody is asked"},
		"erased, and it is there":  {func(r *record, _ *simulator.Booking) { r.state = booking.Voided }, "called erased"},
		"erased in production":     {func(r *record, b *simulator.Booking) { r.state, b.ID = booking.Voided, "9002" }, "unknown here"},
		"paid, nobody knows when":  {func(r *record, _ *simulator.Booking) { r.paidAt = time.Time{} }, "when it was paid"},
		"paid by somebody else":    {func(r *record, _ *simulator.Booking) { r.paidBy = "desk" }, "who never said so"},
		"its time is over":         {func(r *record, _ *simulator.Booking) { r.due = true }, "nothing has ended it"},
		"the hour begins too late": {func(_ *record, b *simulator.Booking) { b.CreatedAt = b.CreatedAt.Add(-6 * time.Minute) }, "start of the hour"},
	}
	for name, c := range cases {
		r, b := agreed()
		c.spoil(&r, &b)
		bad := judge(booking.Simulator, []record{r}, ledger{b.ID: b}, nil, true)
		seen := slices.ContainsFunc(bad, func(v string) bool { return strings.Contains(v, c.want) })
		if c.want == "" && len(bad) > 0 || c.want != "" && !seen {
			t.Errorf("%s: %q", name, bad)
		}
	}
	r, b := agreed()
	held := r
	held.supplierID, held.state, held.draft = "9002", booking.Held, "e"
	if bad := judge(booking.Simulator, []record{r, held}, ledger{b.ID: b}, nil, true); !slices.ContainsFunc(bad, func(v string) bool { return strings.Contains(v, "2 payable bookings of one sale") }) {
		t.Errorf("two payable bookings: %q", bad)
	}
}

// What pages say is judged, whatever cases are open.
func TestPagesAreJudged(t *testing.T) {
	t.Parallel()
	if err := checkWords(); err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	l, err := openLab(ctx, source{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.close(); err != nil {
			t.Error(err)
		}
	})
	w, err := l.newWorld(ctx, rules{profile: simulator.ProfileDocumented})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.close(); err != nil {
			t.Error(err)
		}
	})
	s, err := w.service(ctx, w.supplier, 0)
	if err != nil {
		t.Fatal(err)
	}
	c := &counter{w, s}
	b, err := c.held(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if bad, err := w.violations(ctx); err != nil || len(bad) > 0 {
		t.Fatalf("nothing is wrong yet: %q, %v", bad, err)
	}
	w.payBehind(t, b.SupplierID)
	w.wantSaid(t, `page "" says "to be paid"`, `page "/pay" says`, `says "nothing is owed"`)
	if err := c.settle(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := w.pool.Exec(ctx, `INSERT INTO cases (booking_id, why, due, opened_at) SELECT id, 'damaged', now(), now() FROM bookings`); err != nil {
		t.Fatal(err)
	}
	w.wantSaid(t, `says "nothing is owed"`, `says "refused, expired or dropped"`, `the list says "Expirée"`, `the list says "Expired"`, `says "to be sold again"`)
	if _, err := w.pool.Exec(ctx, `UPDATE cases SET why = 'late_answer'`); err != nil {
		t.Fatal(err)
	}
	if bad, err := w.violations(ctx); err != nil || len(bad) > 0 {
		t.Errorf("the right case is open, and the pages warn: %q, %v", bad, err)
	}
}

// payBehind pays a booking without the portal.
func (w *world) payBehind(t *testing.T, id string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.supplier+"/v3/bookings/"+id+"/pay", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-Ector-Authentication", simulator.DefaultKey)
	req.Header.Set("X-Ector-Environment", "production")
	res, err := w.http.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	if err := res.Body.Close(); err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("paid behind the portal: %d, %v", res.StatusCode, err)
	}
}

func (w *world) wantSaid(t *testing.T, want ...string) {
	t.Helper()
	bad, err := w.violations(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range want {
		if !slices.ContainsFunc(bad, func(v string) bool { return strings.Contains(v, text) }) {
			t.Errorf("nobody says %s: %s", text, strings.Join(bad, "\n"))
		}
	}
}

// What a short run names is there.
func TestShortPointsAreThere(t *testing.T) {
	t.Parallel()
	for _, p := range shortPoints {
		if !slices.Contains(failpoint.Points(), p) {
			t.Errorf("%s is no point", p)
		}
	}
}
