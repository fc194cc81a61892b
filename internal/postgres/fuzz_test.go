package postgres

import (
	"strings"
	"testing"

	"guichet/internal/account"
	"guichet/internal/booking"
	"guichet/internal/dbtest"
)

// FuzzSearch: whatever is typed into a search, the database answers it, its
// wildcards are letters like any other, and nobody finds what is not theirs.
// Pages leave out broken UTF-8 and NUL, so it does, too.
func FuzzSearch(f *testing.F) {
	pool := dbtest.New(f)
	store := NewStore(pool)
	var agency int64
	err := pool.QueryRow(f.Context(), `INSERT INTO agencies (name, code, timezone, payment_methods) VALUES ('One', 'one', 'Europe/Paris', '{cash}') RETURNING id`).Scan(&agency)
	if err != nil {
		f.Fatal(err)
	}
	known := booking.SavedCustomer{
		Key: "k", AgencyID: agency, Country: "FR", Environment: booking.Simulator, ContactID: "1", CarID: "1",
		Customer: booking.Customer{FirstName: "Zoé", LastName: "O’Hara-Lévy", Email: "zoe@example.test", Phone: "+33199001234", Language: "fr"},
		Car:      booking.Car{Make: "Renault", Model: "Clio", Color: "blue", Plate: "AB123CD"},
	}
	if known.LastBooked, err = store.Now(f.Context()); err != nil {
		f.Fatal(err)
	}
	if err := store.InTx(f.Context(), func(tx booking.Tx) error { return tx.SaveCustomer(f.Context(), known) }); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		text = strings.ReplaceAll(strings.ToValidUTF8(text, ""), "\x00", "")
		if _, err := store.List(t.Context(), account.Everything(), booking.Filter{Text: text, Limit: 2}); err != nil {
			t.Errorf("bookings, %q: %v", text, err)
		}
		found, err := store.FindCustomers(t.Context(), agency, text, 5)
		if err != nil {
			t.Fatalf("customers, %q: %v", text, err)
		}
		wild := strings.Trim(text, ` %_\`) == "" && strings.ContainsAny(text, `%_\`)
		if wild && len(found) > 0 {
			t.Errorf("%q finds %+v", text, found)
		}
		if other, err := store.FindCustomers(t.Context(), agency+1, text, 5); err != nil || len(other) > 0 {
			t.Errorf("another agency finds %+v, %v", other, err)
		}
	})
}

// FuzzSearchPatterns: the patterns that are made of a text have no wildcard but
// their own.
func FuzzSearchPatterns(f *testing.F) {
	f.Add(`50%_a\b`)
	f.Fuzz(func(t *testing.T, text string) {
		text = strings.ToValidUTF8(text, "")
		if bare := strings.NewReplacer(`\\`, "", `\%`, "", `\_`, "").Replace(escapeLike(text)); strings.ContainsAny(bare, `%_\`) {
			t.Errorf("%q is a pattern: %q", text, escapeLike(text))
		}
		if got := strings.NewReplacer(`\\`, `\`, `\%`, `%`, `\_`, `_`).Replace(escapeLike(text)); got != text {
			t.Errorf("%q is escaped as %q", text, escapeLike(text))
		}
		phone := partOfPhone(text)
		if digits := strings.Trim(phone, "+%"); phone != "" && (phone != "%"+digits+"%" && phone != "%"+digits && phone != "+"+digits+"%" || len(digits) < 3 || strings.Trim(digits, "0123456789") != "") {
			t.Errorf("%q is the number %q", text, phone)
		}
	})
}
