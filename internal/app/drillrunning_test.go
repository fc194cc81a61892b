package app_test

import (
	"errors"
	"path/filepath"
	"testing"

	"guichet/internal/booking"
	"guichet/internal/dbtest"
	"guichet/internal/simulator"
)

// A dump that is restored in place under a portal that runs breaks no connection:
// what comes first notices it, before anything is paid or booked again.
func TestDrillUnderAPortalThatRuns(t *testing.T) {
	t.Parallel()
	for _, first := range []string{"pay", "book"} {
		t.Run(first, func(t *testing.T) {
			t.Parallel()
			database := dbtest.URL(t)
			d := newDrill(t, simulator.ProfileHostile, database)
			a, err := d.book(d.quote("AA-001-AA"))
			if err != nil {
				t.Fatal(err)
			}
			e := d.quote("AA-002-AA")
			dump := filepath.Join(t.TempDir(), "dump")
			d.tool(database, "pg_dump", "-Fc", "-f", dump, database)
			if b, err := d.pay(a); err != nil || b.State != booking.Confirmed {
				t.Fatalf("%s, %v", b.State, err)
			}
			d.sell(e)
			d.tool(database, "pg_restore", "--clean", "--if-exists", "-d", database, dump)
			if first == "pay" {
				_, err = d.pay(a)
			} else {
				_, err = d.book(e)
			}
			if !errors.Is(err, booking.ErrFrozen) && !errors.Is(err, booking.ErrUncompared) {
				t.Errorf("%s at once: %v", first, err)
			}
			if !d.frozen() || !d.now(a.Ref).Uncompared {
				t.Error("nobody noticed the restore")
			}
			for _, there := range d.sim.Ledger() {
				if there.PayCount != 1 {
					t.Errorf("%s is paid %d times there", there.ID, there.PayCount)
				}
			}
			if n := len(d.sim.Ledger()); n != 2 {
				t.Errorf("%d bookings there, want 2", n)
			}
		})
	}
}
