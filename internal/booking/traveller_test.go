package booking_test

import (
	"testing"
	"time"

	"guichet/internal/account"
	"guichet/internal/booking"
)

// known counts the places in the database where a word stands.
func (c *env) known(word string) (n int) {
	c.t.Helper()
	const look = `
		SELECT (SELECT count(*) FROM bookings b WHERE b::text ILIKE '%' || $1 || '%')
		     + (SELECT count(*) FROM customers x WHERE x::text ILIKE '%' || $1 || '%')
		     + (SELECT count(*) FROM attempts a WHERE a::text ILIKE '%' || $1 || '%')
		     + (SELECT count(*) FROM booking_notes n WHERE n::text ILIKE '%' || $1 || '%')
		     + (SELECT count(*) FROM booking_events e WHERE e::text ILIKE '%' || $1 || '%')
		     + (SELECT count(*) FROM drafts d WHERE d::text ILIKE '%' || $1 || '%')`
	err := c.pool.QueryRow(c.t.Context(), look, word).Scan(&n)
	return must(c.t, n, err)
}

func (c *env) sold(plate string) booking.Booking {
	c.t.Helper()
	ctx := c.t.Context()
	d := c.quoted(plate, booking.CancellationInsurance)
	b, err := c.Book(ctx, c.agent, booking.BookRequest{DraftID: d.ID, Version: d.Version, PayMethod: "cash"})
	if err == nil {
		b, err = c.Pay(ctx, c.agent, booking.PayRequest{Ref: b.Ref, Version: b.Version, Method: "cash", Receipt: "T-4711"})
	}
	return must(c.t, b, err)
}

// Thirteen months after the stay nobody knows who travelled, and the records of
// the booking still agree.
func TestTravellersAreForgotten(t *testing.T) {
	t.Parallel()
	c := newEnv(t)
	ctx := t.Context()
	old := c.sold("AB-600-CD")
	if _, err := c.pool.Exec(ctx, `INSERT INTO booking_notes (booking_id, kind, person, reference, body, actor_id, at)
		VALUES ($1, 'note', 'Lévy', 'AB-600-CD', 'called', $2, portal_now())`, old.ID, c.desk.UserID); err != nil {
		t.Fatal(err)
	}
	end := old.Stay.To.AddDate(0, booking.KeptMonths, 0)
	for _, at := range []struct {
		ahead time.Duration
		want  int64
	}{{time.Until(end) - time.Hour, 0}, {time.Until(end) + time.Hour, 1}} {
		c.pass(at.ahead - c.ahead)
		if n, err := c.EraseOld(ctx); err != nil || n != at.want {
			t.Errorf("%s from now: %d erased, want %d (%v)", at.ahead, n, at.want, err)
		}
	}
	if _, err := c.EraseDrafts(ctx); err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{old.Customer.LastName, old.Customer.Email, old.Customer.Phone, old.Car.Plate, "T-4711"} {
		if n := c.known(word); n != 0 {
			t.Errorf("%q stands in %d rows", word, n)
		}
	}
	b, err := c.Booking(ctx, account.Everything(), old.Ref)
	if err != nil || b.Total != old.Total || b.Stay.ZoneCode != old.Stay.ZoneCode || !b.Stay.From.Equal(old.Stay.From) || b.State != booking.Confirmed || b.ErasedAt.IsZero() {
		t.Errorf("%+v, %v", b, err)
	}
	if n, err := c.EraseOld(ctx); err != nil || n != 0 {
		t.Errorf("a second time: %d, %v", n, err)
	}
	if _, err := c.Rebook(ctx, c.agent, old.Ref); err == nil {
		t.Error("a sale is repeated for nobody")
	}
}

// On request a traveller is forgotten at once, except in stays that are to come.
func TestATravellerIsForgottenOnRequest(t *testing.T) {
	t.Parallel()
	c := newEnv(t)
	ctx := t.Context()
	over, coming := c.sold("AB-601-CD"), c.sold("AB-602-CD")
	if _, err := c.pool.Exec(ctx, `UPDATE bookings SET from_at = from_at - interval '1 year', to_at = to_at - interval '1 year' WHERE ref = $1`, over.Ref); err != nil {
		t.Fatal(err)
	}
	for _, who := range []account.Actor{c.agent, c.other} {
		if _, err := c.ErasePerson(ctx, who, over.Ref, []string{over.Ref}); err == nil {
			t.Errorf("%s erases a traveller", who.Role)
		}
	}
	if list, err := c.PersonsBookings(ctx, c.desk, over.Ref); err != nil || len(list) != 2 {
		t.Fatalf("%d bookings, %v", len(list), err)
	}
	if n, err := c.ErasePerson(ctx, c.desk, over.Ref, []string{over.Ref, coming.Ref}); err != nil || n != 1 {
		t.Fatalf("%d erased, %v", n, err)
	}
	b, err := c.Booking(ctx, account.Everything(), coming.Ref)
	if err != nil || b.Customer.LastName != coming.Customer.LastName {
		t.Errorf("the stay to come: %+v, %v", b.Customer, err)
	}
	if n := c.known("AB601CD") + c.known("AB-601-CD"); n != 0 {
		t.Errorf("the plate stands in %d rows", n)
	}
}

// No traveller is forgotten, and nothing of one is handed out, without an entry of
// the audit log.
func TestATravellerNeedsAnEntry(t *testing.T) {
	t.Parallel()
	for _, action := range []account.Action{account.DidErasePerson, account.DidExportPerson} {
		t.Run(string(action), func(t *testing.T) {
			t.Parallel()
			c := newEnv(t)
			ctx, over := t.Context(), c.sold("AB-611-CD")
			if _, err := c.pool.Exec(ctx, `UPDATE bookings SET from_at = from_at - interval '1 year', to_at = to_at - interval '1 year' WHERE ref = $1`, over.Ref); err != nil {
				t.Fatal(err)
			}
			c.refuseAudit(action)
			var n int64
			var list []booking.Booking
			var err error
			if action == account.DidErasePerson {
				n, err = c.ErasePerson(ctx, c.desk, over.Ref, []string{over.Ref})
			} else {
				list, _, err = c.ExportPerson(ctx, c.desk, over.Ref, []string{over.Ref})
			}
			if err == nil || n != 0 || list != nil {
				t.Errorf("%d erased, %d handed out, %v", n, len(list), err)
			}
			if b := c.now(over.Ref); !b.ErasedAt.IsZero() || b.Customer.LastName != over.Customer.LastName {
				t.Errorf("erased all the same: %+v", b.Customer)
			}
		})
	}
}
