package postgres_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"guichet/internal/account"
	"guichet/internal/booking"
	"guichet/internal/contact/writings"
	"guichet/internal/locale"
)

// known are bookings that differ in all that is searched, and in nothing else.
type known struct{ ref, plate, phone, first, last, mail string }

var shelf = []known{
	{"GU-S0WT-TDYY", "LÖAB123", "+33199007701", "Manon", "Lemaître", "manon@postier.test"},
	{"GU-ZY73-1BF2", "LOAB123", "+33612345678", "Jean-Noël", "O’Brien", "jn@obrien.test"},
	{"GU-0001-Q5RS", "BNO1234", "+32470123456", "Zoé", "D’Aubigné-Château", "zoe@aubigne.test"},
	{"GU-7K2M-9QXD", "GG777CE", "+447797712345", "Łukasz", "Żółty", "l.z@zolty.test"},
	{"GU-XK4T-W0VE", "A123BC77", "+12015550123", "Inès", "Vandenbroeck", "ines@broeck.test"},
	{"GU-H3H4-H5H6", "1ABC234", "+262692112233", "Nguyễn", "Thị Ngân", "nn@thi.test"},
	{"GU-PQRS-TVWX", "AB123CD", "+390698765432", "Gül", "İnce", "g@ince.test"},
}

// shelved is a store with the shelf, and the text of each booking's id.
func shelved(t *testing.T) (*shop, map[string]int64) {
	t.Helper()
	x := newShop(t)
	ids := map[string]int64{}
	at := time.Now().Truncate(time.Microsecond)
	for _, k := range shelf {
		b := booking.Booking{
			Ref: k.ref, State: booking.Creating, Version: 1, AgencyID: x.agent.AgencyID, UserID: x.agent.UserID, Environment: booking.Simulator,
			DraftID: k.ref, SaleID: k.ref, Country: "FR", Car: booking.Car{Plate: k.plate}, Total: booking.Money{Cents: 1, Currency: "EUR"},
			Customer: booking.Customer{FirstName: k.first, LastName: k.last, Email: k.mail, Phone: k.phone, Language: "fr"},
			Stay:     booking.Stay{ZoneID: "1", ZoneCode: "CDG", Timezone: "UTC", FromWall: at, ToWall: at.Add(time.Hour), From: at, To: at.Add(time.Hour)},
			T0:       at, PayBy: at.Add(59 * time.Minute), Deadline: at.Add(time.Hour), Fence: at.Add(70 * time.Minute), LeaseEnds: at.Add(time.Minute), CreatedAt: at,
		}
		err := x.store.InTx(t.Context(), func(tx booking.Tx) error {
			if err := tx.AddBooking(t.Context(), &b, booking.HistoryEntry{Event: booking.Submit, After: booking.Creating, At: at}); err != nil {
				return err
			}
			return tx.SaveCustomer(t.Context(), booking.SavedCustomer{
				Key: k.ref, AgencyID: x.agent.AgencyID, Customer: b.Customer, Country: "FR", Car: b.Car, LastBooked: at,
				Environment: booking.Simulator, ContactID: "1", CarID: "1",
			})
		})
		if err != nil {
			t.Fatal(err)
		}
		ids[k.ref] = b.ID
	}
	return x, ids
}

// Whatever the writing of a plate, a phone, a name or a reference, a search finds the
// booking that has it and no other; the known-customer box finds the customer.
func TestEveryWritingIsFound(t *testing.T) {
	t.Parallel()
	x, ids := shelved(t)
	for what, write := range map[string]func(*rapid.T, known) string{
		"plate":     func(t *rapid.T, k known) string { return writings.Plate(t, k.plate) },
		"phone":     func(t *rapid.T, k known) string { return writings.Phone(t, k.phone) },
		"name":      func(t *rapid.T, k known) string { return writings.Name(t, k.first, k.last) },
		"reference": func(t *rapid.T, k known) string { return writings.Reference(t, k.ref) },
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(rt *rapid.T) {
				k := rapid.SampledFrom(shelf).Draw(rt, "booking")
				text := locale.WithoutTitle(write(rt, k))
				if ref, ok := booking.ParseRef(text); what == "reference" && (!ok || ref != k.ref) {
					rt.Fatalf("%q is read as %q", text, ref)
				}
				if what == "reference" {
					return // the page goes there at once
				}
				page, err := x.store.List(t.Context(), account.Everything(), booking.Filter{Text: text, Limit: 10})
				if err != nil || len(page.Bookings) != 1 || page.Bookings[0].ID != ids[k.ref] {
					rt.Fatalf("%q finds %v, %v; want %+v", text, found(page.Bookings), err, k)
				}
				customers, err := x.store.FindCustomers(t.Context(), x.agent.AgencyID, text, 5)
				if err != nil || len(customers) != 1 || customers[0].Key != k.ref {
					rt.Fatalf("%q finds the customers %+v, %v; want %+v", text, customers, err, k)
				}
			})
		})
	}
}

func found(list []booking.Booking) (all []string) {
	for _, b := range list {
		all = append(all, fmt.Sprintf("%s %s %s %s", b.Ref, b.Car.Plate, b.Customer.Phone, b.Customer.LastName))
	}
	return all
}

// A part of a reference finds what begins or ends so, and nothing else.
func TestPartsOfReferencesAreFound(t *testing.T) {
	t.Parallel()
	x, _ := shelved(t)
	for text, want := range map[string][]string{
		"GU-S0WT": {"GU-S0WT-TDYY"}, "gu-s0": {"GU-S0WT-TDYY"}, "GU-SOWT-T": {"GU-S0WT-TDYY"}, "S0WT": {"GU-S0WT-TDYY"}, "TDYY": {"GU-S0WT-TDYY"}, "tdyy.": {"GU-S0WT-TDYY"},
		"IBF2": {"GU-ZY73-1BF2"}, "1bf2": {"GU-ZY73-1BF2"}, "ZY73": {"GU-ZY73-1BF2"}, "73-1BF2": {"GU-ZY73-1BF2"}, "GU-ZY73-1BF": {"GU-ZY73-1BF2"},
		"GU": nil, "GU-S": nil, "GU-1BF2": nil, "BF2": nil, "0WTT": nil, "GU-Z%": nil, "GU-Z_73": nil, "S0WT-TDYX": nil,
	} {
		page, err := x.store.List(t.Context(), account.Everything(), booking.Filter{Text: text, Limit: 10})
		var got []string
		for _, b := range page.Bookings {
			got = append(got, b.Ref)
		}
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%q finds %v, %v; want %v", text, got, err, want)
		}
	}
}
