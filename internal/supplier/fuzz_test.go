package supplier

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/big"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/bojanz/currency"

	"guichet/internal/booking"
)

// printable holds for all text that is taken from the supplier.
func printable(t *testing.T, texts ...string) {
	t.Helper()
	for _, s := range texts {
		if !utf8.ValidString(s) || len(s) > longestText || strings.ContainsAny(s, "\x00\n\r") {
			t.Errorf("text of the supplier: %q", s)
		}
	}
}

// payable holds for all amounts.
func payable(t *testing.T, amounts ...booking.Money) {
	t.Helper()
	for _, m := range amounts {
		if !currency.IsValid(m.Currency) || m.Cents < 0 || m.Cents > largestAmount {
			t.Errorf("amount %+v", m)
		}
	}
}

// isObject and isList ask another reader of JSON than ours.
func isObject(body []byte) bool {
	return json.Valid(body) && bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte("{"))
}

// FuzzZones: a zone that is taken has what sells it, and an id of its own.
func FuzzZones(f *testing.F) {
	f.Fuzz(func(t *testing.T, body []byte) {
		zones, left, err := decodeZones(body)
		if err != nil {
			if zones != nil || left != nil {
				t.Fatal("something was taken from what cannot be read")
			}
			return
		}
		if !json.Valid(body) {
			t.Fatalf("taken: %q", body)
		}
		seen := map[string]bool{}
		for _, z := range zones {
			if !usableID(z.ID) || z.Code == "" || z.Name == "" || seen[z.ID] {
				t.Errorf("zone %+v", z)
			}
			seen[z.ID] = true
			if _, err := time.LoadLocation(z.Timezone); err != nil || z.Timezone == "Local" {
				t.Errorf("timezone %q: %v", z.Timezone, err)
			}
			printable(t, z.Code, z.Name, z.Kind, z.City, z.Country)
			for _, o := range z.Services {
				payable(t, o.Price)
				printable(t, o.Code, o.Name)
			}
			for _, p := range z.MeetingPoints {
				printable(t, p.ID, p.Name)
			}
		}
	})
}

// FuzzQuote: a quote with space has a price, all in one currency, and is that
// of the zone that was asked for.
func FuzzQuote(f *testing.F) {
	f.Fuzz(func(t *testing.T, body []byte) {
		q, err := decodeQuote(body, booking.Stay{ZoneID: "1"})
		if err != nil {
			if q.Available || q.Offers != nil {
				t.Fatalf("unreadable, and yet %+v", q)
			}
			return
		}
		if !isObject(body) {
			t.Fatalf("taken: %q", body)
		}
		if !q.Available {
			return
		}
		payable(t, q.Base)
		if q.Base.Cents == 0 {
			t.Errorf("for nothing: %q", body)
		}
		for _, o := range q.Offers {
			payable(t, o.Price)
			printable(t, o.Code, o.Name)
			if o.Price.Currency != q.Base.Currency || o.Code == "" || o.Name == "" {
				t.Errorf("offer %+v in a quote in %s", o, q.Base.Currency)
			}
		}
	})
}

// FuzzCreated: a create is ok with id, price and services only, and its ids lead
// where they should when they are sent back.
func FuzzCreated(f *testing.F) {
	f.Fuzz(func(t *testing.T, body []byte) {
		v := judge(booking.OpCreate, exchange{sent: true, status: 201, body: body, whole: true}, wanted{stay: booking.Stay{ZoneID: "1"}})
		if v.outcome != booking.OutcomeOK {
			if v.outcome != booking.OutcomeUnknown || (v.created.ID != "") != (len(v.unfit) > 0) {
				t.Fatalf("%+v", v)
			}
			return
		}
		c := v.created
		var o map[string]json.RawMessage
		if json.Unmarshal(body, &o) != nil || o["id"] == nil || o["price"] == nil || o["currency"] == nil || o["services"] == nil || o["error_code"] != nil && string(o["error_code"]) != "null" {
			t.Fatalf("ok: %q", body)
		}
		payable(t, c.Total)
		printable(t, append(slices.Clone(c.Services), c.ID, c.Reference, c.ContactID, c.CarID)...)
		u, err := url.Parse("https://supplier.test" + actionPath(c.ID, booking.OpPay))
		if err != nil || u.Host != "supplier.test" || u.Path != bookingsPath+"/"+c.ID+"/pay" || u.RawQuery != "" || u.Fragment != "" || path.Clean(u.EscapedPath()) != u.EscapedPath() || strings.Count(u.EscapedPath(), "/") != 4 {
			t.Errorf("id %q leads to %v, %v", c.ID, u, err)
		}
		for _, id := range []string{c.ContactID, c.CarID} {
			again, ok := object{"id": wireID(id)}.id("id")
			if id != "" && (!ok || again != id) {
				t.Errorf("id %q is sent as %s", id, wireID(id))
			}
		}
	})
}

// FuzzActed: whatever is answered to a pay or a cancel, it is ok only when a
// whole answer says so of our booking, and refused only by a supplier's error
// of the four, or five, that are believed.
func FuzzActed(f *testing.F) {
	f.Fuzz(func(t *testing.T, status uint16, body []byte, cancel, whole bool) {
		op, want, done := booking.OpPay, "paid", "already_paid"
		if cancel {
			op, want, done = booking.OpCancel, "cancelled", "already_cancelled"
		}
		x := exchange{sent: true, status: int(status), body: body, whole: whole}
		v := judge(op, x, wanted{id: "9001"})
		var o map[string]any
		d := json.NewDecoder(bytes.NewReader(body))
		d.UseNumber()
		broken := d.Decode(&o) != nil || !isObject(body)
		code, _ := o["error_code"].(string)
		said := !broken && whole && status/100 == 4 && fmt.Sprint(o["status_code"]) == strconv.Itoa(int(status))
		fits := !broken && o["error_code"] == nil && o["status_code"] == nil &&
			(o["id"] == nil || fmt.Sprint(o["id"]) == "9001") && (o["status"] == nil || strings.TrimSpace(fmt.Sprint(o["status"])) == want)
		switch v.outcome {
		case booking.OutcomeOK:
			good := whole && (status == 200 || status == 201 || status == 204) && (len(bytes.TrimSpace(body)) == 0 || fits)
			if !good && (!said || strings.TrimSpace(code) != done) {
				t.Errorf("ok: %d %q", status, body)
			}
		case booking.OutcomeRefused:
			if !said || !slices.Contains(refusals[op], strings.TrimSpace(code)) {
				t.Errorf("refused: %d %q", status, body)
			}
		case booking.OutcomeUnknown:
		default:
			t.Errorf("%s: %d %q", v.outcome, status, body)
		}
	})
}

// FuzzErrorBody: an error that is taken says who it is, and is the same when it
// is written and read again.
func FuzzErrorBody(f *testing.F) {
	f.Fuzz(func(t *testing.T, body []byte) {
		e, ok := decodeError(body)
		if !ok {
			return
		}
		if e.Code == "" || e.StatusCode == 0 || !isObject(body) {
			t.Fatalf("%q is %+v", body, e)
		}
		printable(t, append(slices.Clone(e.Errors), e.Code, e.Message)...)
		text, err := json.Marshal(map[string]any{"status_code": e.StatusCode, "error_code": e.Code, "message": e.Message, "errors": e.Errors})
		if err != nil {
			t.Fatal(err)
		}
		again, ok := decodeError(text)
		if !ok || again.Code != e.Code || again.Message != e.Message || again.StatusCode != e.StatusCode || !slices.Equal(again.Errors, e.Errors) {
			t.Errorf("%+v is %+v when it is read again", e, again)
		}
		if again.Unwrap() == nil || strings.Contains(again.Error(), "\n") {
			t.Errorf("%v unwraps to %v", &again, again.Unwrap())
		}
	})
}

// FuzzMoney: an amount is exact or refused.
func FuzzMoney(f *testing.F) {
	f.Fuzz(func(t *testing.T, text, code string) {
		cents, ok := minorUnits(text, code)
		if !ok {
			return
		}
		payable(t, booking.Money{Cents: cents, Currency: code})
		digits, _ := currency.GetDigits(code)
		unit := new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(digits)), nil))
		major := new(big.Rat).Quo(new(big.Rat).SetInt64(cents), unit)
		if given, _ := new(big.Rat).SetString(text); given == nil || given.Cmp(major) != 0 {
			t.Errorf("%q %s is %d", text, code, cents)
		}
		if again, ok := minorUnits(major.FloatString(int(digits)), code); !ok || again != cents {
			t.Errorf("%q %s is %d, written %s it is %d", text, code, cents, major.FloatString(int(digits)), again)
		}
	})
}

// FuzzRetryAfter: a wait is never negative, and is what its seconds say.
func FuzzRetryAfter(f *testing.F) {
	now := time.Date(2027, 6, 30, 12, 42, 11, 0, time.UTC)
	f.Fuzz(func(t *testing.T, text string) {
		wait, ok := retryAfter(text, now)
		if !ok {
			if wait != 0 {
				t.Errorf("%q: unreadable, and yet %s", text, wait)
			}
			return
		}
		if wait < 0 {
			t.Errorf("%q is %s", text, wait)
		}
		if wait > 1<<31*time.Second {
			return // a date in another millennium; seconds are not taken so far
		}
		if again, ok := retryAfter(strconv.FormatInt(int64(wait/time.Second), 10), now); !ok || again != wait {
			t.Errorf("%q is %s, and then %s, %t", text, wait, again, ok)
		}
	})
}
