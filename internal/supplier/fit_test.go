package supplier_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"guichet/internal/booking"
	"guichet/internal/supplier"
)

// fitting has fields of an answer that agree with order().
var fitting = map[string]string{
	"zone_id": `1`, "start_at": `"2027-07-04T06:05:00+02:00"`, "end_at": `"2027-07-12T22:40:00+02:00"`, "status": `"pending"`,
	"car": `{"plate_number":"ZZ-987-XY"}`, "plate_number": `"zz 987 xy"`,
	"id": `9001`, "available": `true`, "price": `100.90`, "currency": `"EUR"`, "services": `["cancellation_insurance"]`,
}

// answerWith writes an answer in which one field is what is given; "" leaves it out.
func answerWith(field, value string, others ...string) string {
	var b strings.Builder
	b.WriteString(`{`)
	others = slices.DeleteFunc(others, func(name string) bool { return name == field })
	for _, name := range append(others, field) {
		v := fitting[name]
		if name == field {
			v = value
		}
		if v != "" {
			b.WriteString(`"` + name + `":` + v + `,`)
		}
	}
	return strings.TrimSuffix(b.String(), ",") + "}"
}

// fitRow is one field of the answer to one call. Each value of a kind has the
// outcome of its column.
type fitRow struct {
	field                 string
	absent                booking.Outcome
	fits, misfits, others []string // others are of another kind
}

var (
	wrongKinds = []string{`{"a":1}`, `[1]`, `true`}
	startRow   = fitRow{
		"start_at", ok,
		[]string{
			`"2027-07-04T06:05:00+02:00"`, `"2027-07-04T04:05:00Z"`, `"2027-07-04T04:05Z"`, `"2027-07-04T00:05:00.000-0400"`,
			`"2027-07-04T06:05:59+02:00"`, `"2027-07-04T06:04:01+02:00"`, `"2027-07-04T06:05:00"`, `"2027-07-04 06:05"`, `null`,
		},
		[]string{
			`"2031-07-04T06:05:00+02:00"`, `"2027-07-04T06:06:00+02:00"`, `"2027-07-04T06:04:00+02:00"`, `"2027-07-04T06:05:00Z"`,
			`"2027-07-04T07:05:00"`, `"2027-07-05T06:05"`,
		},
		append([]string{`""`, `"04/07/2027 06:05"`, `"2027-07-04"`, `1814587500`}, wrongKinds...),
	}
	endRow = fitRow{
		"end_at", ok,
		[]string{`"2027-07-12T20:40:00+00:00"`, `"2027-07-12T22:40"`, `null`},
		[]string{`"2031-07-12T22:40:00+02:00"`, `"2027-07-12T22:40:00+01:00"`},
		append([]string{`""`, `12`}, wrongKinds...),
	}
	zoneRow = fitRow{"zone_id", ok, []string{`1`, `"1"`, `null`}, []string{`2`, `"CDG"`, `1.0`}, append([]string{`""`}, wrongKinds...)}
	errRows = []fitRow{
		{"error_code", ok, []string{`null`}, []string{`"unavailable"`}, wrongKinds},
		{"status_code", ok, []string{`null`}, []string{`409`, `201`}, wrongKinds},
	}

	createRows = append([]fitRow{
		zoneRow, startRow, endRow,
		{"status", ok, []string{`"pending"`, `null`}, []string{`"paid"`, `"cancelled"`, `"void"`, `"failed"`, `"confirmed"`, `"Pending"`, `""`}, append([]string{`1`}, wrongKinds...)},
		{"car", ok, []string{`{"plate_number":"ZZ-987-XY"}`, `{"plate_number":null}`, `{}`, `null`}, []string{`{"plate_number":"AA-001-AA"}`, `{"plate_number":""}`}, []string{`{"plate_number":1}`, `"ZZ987XY"`, `[1]`, `12`}},
		{"plate_number", ok, []string{`"zz 987-xy"`, `"ZZ987XY"`, `null`}, []string{`"AA-001-AA"`, `""`}, append([]string{`1`}, wrongKinds...)},
		// Without these nobody knows what was booked. Other services, another
		// currency and another price are no misfits.
		{"price", unknown, []string{`100.90`, `"100.90"`, `0.01`, `5000`}, []string{`0`, `"0.00"`}, append([]string{`"oops"`, `"100,90"`, `-1`, `1.333`}, wrongKinds...)},
		{"currency", unknown, []string{`"EUR"`, `"CHF"`}, []string{`"euro"`, `"XYZ"`, `""`}, append([]string{`978`}, wrongKinds...)},
		{"services", unknown, []string{`[]`, `["other"]`}, nil, []string{`[1]`, `"none"`, `{}`, `[null]`}},
	}, errRows...)

	idRow     = fitRow{"id", ok, []string{`9001`, `"9001"`, `null`}, []string{`9002`, `"EC-9001"`, `""`}, append([]string{`1.5`}, wrongKinds...)}
	paidRows  = append([]fitRow{idRow, {"status", ok, []string{`"paid"`, `null`}, []string{`"pending"`, `"failed"`, `"cancelled"`, `"void"`, `"PAID"`, `""`}, append([]string{`1`}, wrongKinds...)}}, errRows...)
	voidRows  = append([]fitRow{idRow, {"status", ok, []string{`"cancelled"`, `null`}, []string{`"pending"`, `"failed"`, `"paid"`, `"void"`, `"CANCELLED"`, `""`}, append([]string{`1`}, wrongKinds...)}}, errRows...)
	quoteRows = append([]fitRow{
		zoneRow, startRow, endRow,
		{"price", unknown, []string{`96`, `"96.00"`}, []string{`0`, `"0.00"`}, append([]string{`"oops"`, `-1`}, wrongKinds...)},
		{"currency", unknown, []string{`"EUR"`, `"CHF"`}, []string{`"euro"`}, wrongKinds},
		{"available", unknown, []string{`true`}, nil, []string{`"yes"`, `1`, `[1]`, `{}`}},
		{"available_services", ok, []string{`[]`, `null`}, []string{`[{"code":"a","price":1,"currency":"CHF"}]`}, []string{`1`, `{}`, `[1]`, `[{"code":"a"}]`}},
	}, errRows...)
)

// columns gives each value of a row with the outcome that it should have.
func (r fitRow) columns(misfit booking.Outcome) map[string]booking.Outcome {
	all := map[string]booking.Outcome{"": r.absent}
	for _, v := range r.fits {
		all[v] = ok
	}
	for _, v := range slices.Concat(r.misfits, r.others) {
		all[v] = misfit
	}
	return all
}

// TestFieldsFit is the table of fields: absent, fitting, not fitting and of
// another kind, for each call.
func TestFieldsFit(t *testing.T) {
	t.Parallel()
	t.Run("create", func(t *testing.T) {
		t.Parallel()
		for _, r := range createRows {
			for value, want := range r.columns(unknown) {
				c, _ := newClient(t, newRawServer(t, says(reply(201, answerWith(r.field, value, "id", "price", "currency", "services")))).url)
				a := c.Create(t.Context(), call(), order())
				unfit := []string{r.field}
				if want == ok || value == "" {
					unfit = nil
				}
				if a.Outcome != want || !slices.Equal(a.Unfit, unfit) {
					t.Errorf("%s: %s is %s %q, want %s %q", r.field, value, a.Outcome, a.Unfit, want, unfit)
				}
				if len(unfit) > 0 && a.Created.ID != ours {
					t.Errorf("%s: %s: the id is lost", r.field, value)
				}
			}
		}
	})
	for op, rows := range map[booking.Operation][]fitRow{booking.OpPay: paidRows, booking.OpCancel: voidRows} {
		t.Run(string(op), func(t *testing.T) {
			t.Parallel()
			for _, r := range rows {
				for value, want := range r.columns(unknown) {
					c, _ := newClient(t, newRawServer(t, says(reply(200, answerWith(r.field, value)))).url)
					if a := do(t.Context(), c, op, call()); a.Outcome != want || a.Unfit != nil {
						t.Errorf("%s: %s is %s, want %s", r.field, value, a.Outcome, want)
					}
				}
			}
		})
	}
	t.Run("quote", func(t *testing.T) {
		t.Parallel()
		for _, r := range quoteRows {
			for value, want := range r.columns(unknown) {
				body := answerWith(r.field, value, "available", "price", "currency")
				c, _ := newClient(t, script(t, reply(200, body)).url)
				_, err := c.Quote(t.Context(), order().Stay)
				if errors.Is(err, booking.ErrUnreadable) != (want == unknown) || err != nil && want == ok {
					t.Errorf("%s: %s (%s): %v, want %s", r.field, value, body, err, want)
				}
			}
		}
	})
}

// TestUnfitCreate: what can be read of an answer that does not fit is kept, and
// all its misfits are named.
func TestUnfitCreate(t *testing.T) {
	t.Parallel()
	body := `{"id":9001,"reference":"EC-9001","status":"paid","zone_id":4,"price":120,"currency":"EUR","services":["cancellation_insurance"]}`
	for _, status := range []int{200, 201, 202} {
		c, _ := newClient(t, newRawServer(t, says(reply(status, body))).url)
		a := c.Create(t.Context(), call(), order())
		if a.Outcome != unknown || !slices.Equal(a.Unfit, []string{"zone_id", "status"}) || a.Created.ID != ours ||
			a.Created.Reference != "EC-9001" || a.Created.Total.Cents != 12000 || len(a.Created.Services) != 1 {
			t.Errorf("%d: %+v", status, a)
		}
	}
	for _, body := range []string{
		`{"id":"","status":"paid","price":1,"currency":"EUR","services":[]}`,
		`{"status":"paid","price":1,"currency":"EUR","services":[]}`,
	} {
		c, _ := newClient(t, newRawServer(t, says(reply(201, body))).url)
		if a := c.Create(t.Context(), call(), order()); a.Outcome != unknown || a.Unfit != nil || a.Created.ID != "" {
			t.Errorf("without a usable id: %+v", a)
		}
	}
}

// TestCreatedAt: when a booking was made there, and by which clock.
func TestCreatedAt(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Time{
		`"2027-06-30T12:40:00Z"`: start.Add(-131 * time.Second), `"2027-06-30T14:40:00+02:00"`: start.Add(-131 * time.Second),
		`"2027-06-30 12:40:00"`: {}, `"yesterday"`: {}, `12`: {}, `null`: {},
	} {
		body := strings.TrimSuffix(answerWith("id", `9001`, "price", "currency", "services"), "}") + `,"created_at":` + text + `}`
		c, _ := newClient(t, newRawServer(t, says(dated(300, 201, body))).url)
		a := c.Create(t.Context(), call(), order())
		if a.Outcome != ok || !a.Created.At.Equal(want) || !a.Dated.Equal(start.Add(5*time.Minute)) {
			t.Errorf("%s: %s at %s by %s, want %s", text, a.Outcome, a.Created.At, a.Dated, want)
		}
	}
	c, _ := newClient(t, newRawServer(t, says(reply(201, created))).url)
	if a := c.Create(t.Context(), call(), order()); !a.Dated.IsZero() {
		t.Errorf("nobody said what time it is, and it is %s", a.Dated)
	}
}

// TestUnreadableIsNoOutage: whatever one zone's quotes look like, the others are
// asked for, and the supplier is not called down.
func TestUnreadableIsNoOutage(t *testing.T) {
	t.Parallel()
	bad := strings.Replace(quoteOK, `"96.00"`, `"oops"`, 1)
	answers := append(slices.Repeat([]string{reply(200, bad)}, 12), reply(200, quoteOK), reply(200, bad))
	s := script(t, answers...)
	c, _ := newClient(t, s.url, func(o *supplier.Options) { o.Timeouts.Breaker = time.Hour })
	for range 12 {
		if _, err := c.Quote(t.Context(), order().Stay); !errors.Is(err, booking.ErrUnreadable) || errors.Is(err, booking.ErrSupplierDown) {
			t.Fatalf("%v, want ErrUnreadable alone", err)
		}
	}
	h := c.Health()
	if !h.DownSince.IsZero() || h.Reads[1].Condition() != booking.Unread || h.Reads[1].Failures[0].Code != booking.CodeUnreadable {
		t.Errorf("after unreadable quotes: %+v", h)
	}
	if _, err := c.Quote(t.Context(), order().Stay); err != nil {
		t.Errorf("another zone: %v", err)
	}
	if n := s.requests.Load(); n != 13 {
		t.Errorf("%d requests, want 13", n)
	}
	if h := c.Health().Reads[1]; h.Condition() != booking.Answering {
		t.Errorf("after a good quote it is %s", h.Condition())
	}
}
