package simulator

import (
	"path/filepath"
	"testing"
	"time"
)

// A ledger that was filled in memory is kept from KeepIn on, with everything
// that comes later.
func TestKeepIn(t *testing.T) {
	t.Parallel()
	filled, err := New(Options{Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	if err := filled.SetFault(Fault{Endpoint: EndpointPay, Kind: "drop_after", Count: 3}); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "ledger.json")
	if err := filled.KeepIn(file); err != nil {
		t.Fatal(err)
	}
	for _, later := range []time.Duration{0, time.Hour} {
		filled.SetClockOffset(later)
		kept, err := New(Options{Now: time.Now, File: file})
		if err != nil {
			t.Fatal(err)
		}
		if n := len(kept.Faults()); n != 1 || kept.Now().Before(time.Now().Add(later-time.Minute)) {
			t.Errorf("%d faults and the clock at %v were kept", n, kept.Now())
		}
	}
	if err := filled.KeepIn(filepath.Join(file, "x")); err == nil {
		t.Error("it keeps a ledger where it cannot")
	}
}
