package app_test

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"guichet/internal/app"
	"guichet/internal/dbtest"
	"guichet/internal/simulator"
)

// A new key in the file is in force a second later, without a restart; a file
// that is spoilt changes nothing.
func TestTheKeyFileIsFollowed(t *testing.T) {
	t.Parallel()
	_, there := newSimulator(t)
	file := filepath.Join(t.TempDir(), "key")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("an-old-key\n")
	c := settings(dbtest.URL(t), there)
	c.SupplierKey, c.SupplierKeyFile = "an-old-key", file
	var ahead atomic.Int64
	now := func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	var text bytes.Buffer
	log := slog.New(slog.NewJSONHandler(&text, nil))
	portal, err := app.Open(t.Context(), c, now, log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(portal.Close)
	works := func() bool {
		ahead.Add(int64(2 * time.Second))
		return portal.Bookings.RefreshZones(t.Context(), false) == nil
	}
	if works() {
		t.Fatal("the supplier takes the old key")
	}
	write(simulator.DefaultKey + "\n")
	if !works() {
		t.Error("the new key is not in force")
	}
	for _, spoilt := range []string{"", "two words", "line\nbreak"} {
		write(spoilt)
		if !works() {
			t.Errorf("%q took the last good key out of force", spoilt)
		}
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if !works() {
		t.Error("without the file the last good key is gone")
	}
	if strings.Contains(text.String(), simulator.DefaultKey) || !strings.Contains(text.String(), "cannot be read") {
		t.Errorf("the log: %s", text.String())
	}
}
