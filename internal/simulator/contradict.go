package simulator

import (
	"bytes"
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
	"time"
)

// Contradictions: the call is carried out, and the answer says something else than
// was asked, or than was done.

// lie changes what a good answer says. The stay is that of a quote or create.
type lie func(t stay, o map[string]any)

// tell gives the answer with the lie in it; a refusal stays as it is. What is told
// is never kept short.
func (c circumstances) tell(t stay, a answer) answer {
	if c.lie == nil || !a.good() {
		return a
	}
	o := map[string]any{}
	d := json.NewDecoder(bytes.NewReader(a.body))
	d.UseNumber()
	if err := d.Decode(&o); err != nil { // only a mistake in this package can bring it here
		return internalError(Fault{}, "", a)
	}
	c.lie(t, o)
	return withJSON(a.status, o)
}

// telling makes the bend of a lie. One that names a zone is told of that zone alone.
func telling(say func(f Fault, t stay, o map[string]any)) func(Fault, *circumstances) {
	return func(f Fault, c *circumstances) {
		c.lie = func(t stay, o map[string]any) {
			if f.Zone == "" || t.zone == nil || t.zone.code == f.Zone {
				say(f, t, o)
			}
		}
	}
}

// otherDates is the same stay, four years later.
func otherDates(_ Fault, t stay, o map[string]any) {
	o["start_at"], o["end_at"] = t.start.AddDate(4, 0, 0).Format(time.RFC3339), t.end.AddDate(4, 0, 0).Format(time.RFC3339)
}

func otherZone(_ Fault, t stay, o map[string]any) { o["zone_id"] = t.zone.id + 1 }

func otherPlate(_ Fault, _ stay, o map[string]any) {
	o["car"] = map[string]string{"plate_number": "ZZ-000-ZZ"}
}

func otherStatus(f Fault, _ stay, o map[string]any) { o["status"] = f.Status }

func otherID(_ Fault, _ stay, o map[string]any) { o["id"] = 987654321 }

// sayPrice writes a price that is none.
func sayPrice(price any) func(Fault, stay, map[string]any) {
	return func(_ Fault, _ stay, o map[string]any) { o["price"] = price }
}

func contradictions() []kind {
	asked := []string{EndpointQuotes, EndpointCreate}
	acts := []string{EndpointPay, EndpointCancel}
	return []kind{
		{name: "other_zone", text: "says another zone", only: asked, executes: true, bend: telling(otherZone)},
		{name: "other_dates", text: "says the same stay four years later", only: asked, executes: true, bend: telling(otherDates)},
		{name: "price_zero", text: "says a price of 0", only: asked, executes: true, bend: telling(sayPrice(0))},
		{name: "price_unreadable", text: "says a price that is no number", only: asked, executes: true, bend: telling(sayPrice("oops"))},
		{name: "other_plate", text: "says another number plate", only: creates, executes: true, bend: telling(otherPlate)},
		{name: "other_status", text: "says that status, whatever is so", only: writes, executes: true, needsStatus: true, bend: telling(otherStatus)},
		{name: "other_id", text: "says the id of nobody's booking", only: acts, executes: true, bend: telling(otherID)},
		{name: "id_again", text: "says the id of the booking before", only: creates, executes: true, bend: func(_ Fault, c *circumstances) { c.idAgain = true }},
		{name: "paid_at_once", text: "is paid without a pay, and says so", only: creates, executes: true, bend: func(_ Fault, c *circumstances) { c.paidAtOnce = true }},
		{name: "made_earlier", text: "was made that long ago, and says so", only: creates, executes: true, needsAge: true, bend: func(f Fault, c *circumstances) { c.age = f.Age }},
		{name: "202_before", text: "202 without a body, not executed", only: writes, reply: nothing(http.StatusAccepted, "")},
		{name: "202_after", text: "202 with the good answer, executed", only: writes, executes: true, reply: withStatus(http.StatusAccepted)},
		{name: "205_before", text: "205, not executed", only: writes, reply: nothing(http.StatusResetContent, "")},
		{name: "205_after", text: "205, executed", only: writes, executes: true, reply: nothing(http.StatusResetContent, "")},
		{name: "blank_before", text: "empty HTML page with 200, not executed", only: writes, reply: nothing(http.StatusOK, "text/html; charset=utf-8")},
		{name: "blank_after", text: "empty HTML page with 200, executed", only: writes, executes: true, reply: nothing(http.StatusOK, "text/html; charset=utf-8")},
	}
}

func nothing(status int, contentType string) func(Fault, string, answer) answer {
	return func(Fault, string, answer) answer {
		return answer{status: status, contentType: cmp.Or(contentType, "application/json")}
	}
}

func withStatus(status int) func(Fault, string, answer) answer {
	return func(_ Fault, _ string, genuine answer) answer {
		if genuine.good() {
			genuine.status, genuine.silent = status, false
		}
		return genuine
	}
}

// contradict does to a new booking, and to the answer about it, what no order asked
// for.
func (s *Simulator) contradict(b *Booking, c circumstances) createAnswer {
	b.CreatedAt = b.CreatedAt.Add(-c.age)
	a := b.created()
	if c.paidAtOnce {
		b.Status, b.PaidAt = Paid, b.CreatedAt
		b.PayCount++
		a.Status = Paid
	}
	if n := len(s.data.Bookings); c.idAgain && n > 1 {
		a.ID = number(s.data.Bookings[n-2].ID)
	}
	return a
}

// told makes the answer to a create say also what the profile would not.
func (c circumstances) told(a createAnswer) circumstances {
	if !c.paidAtOnce && c.age == 0 {
		return c
	}
	c.lie = func(_ stay, o map[string]any) { o["status"], o["created_at"] = a.Status, a.CreatedAt }
	return c
}

// statuses are what a booking can be called, here or by mistake.
var statuses = []string{string(Pending), string(Paid), string(Cancelled), string(Void), "failed"}

func knownStatus(status string) bool { return status == "" || slices.Contains(statuses, status) }
