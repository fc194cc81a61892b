package restore_test

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"guichet/internal/restore"
)

var evening = time.Date(2026, 6, 30, 20, 0, 0, 0, time.UTC)

// asked is a database that only keeps what it is asked to repeat.
type asked struct {
	latest restore.Event
	logs   []restore.Log
}

func (a *asked) Look(context.Context, []string) (restore.Found, error) {
	return restore.Found{Portal: "p", Own: true, Latest: a.latest}, nil
}

func (a *asked) Record(context.Context, restore.Event, []string, func(restore.Found) []restore.Sign) (restore.Found, error) {
	return restore.Found{}, nil
}

func (a *asked) Repeat(_ context.Context, _ restore.Event, logs []restore.Log) error {
	a.logs = logs
	return nil
}

func node(t *testing.T, folder string, now time.Time) *restore.Witness {
	t.Helper()
	w := restore.New(slog.New(slog.DiscardHandler), func() time.Time { return now })
	if err := w.Open(folder, "p"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Close() })
	return w
}

// read is what a node makes of the logs of its folder after a restore.
func read(t *testing.T, w *restore.Witness) (ids []string, logs []restore.Log) {
	t.Helper()
	db := &asked{latest: restore.Event{ID: "r"}}
	if err := w.Check(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	for _, l := range db.logs {
		for _, r := range l.Removals {
			ids = append(ids, r.ID)
		}
	}
	slices.Sort(ids)
	return ids, db.logs
}

// What two nodes wrote is read by either, also when a crash tore the last line; the
// next node goes on with the file, without the torn line and what is too old.
func TestTheLogOfRemovals(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	first, second := node(t, folder, evening), node(t, folder, evening)
	first.Removed(t.Context(), restore.Removal{ID: "old", Kind: restore.Suspended, Subject: "h", At: evening.AddDate(0, 0, -300)})
	first.Removed(t.Context(), restore.Removal{ID: "new", Kind: restore.Erased, Refs: []string{"GU-1"}, At: evening})
	second.Removed(t.Context(), restore.Removal{ID: "other", Kind: restore.KeyRetired, At: evening})
	path := filepath.Join(folder, "removals-p-1.jsonl")
	text, err := os.ReadFile(path)
	if err != nil || !bytes.HasSuffix(text, []byte("\n")) || strings.Count(string(text), "\n") != 3 {
		t.Fatalf("%v, %s", err, text)
	}
	if err := os.WriteFile(path, append(text, `{"id":"torn","kind":"er`...), 0o600); err != nil {
		t.Fatal(err)
	}
	if ids, logs := read(t, second); !slices.Equal(ids, []string{"new", "old", "other"}) || len(logs) != 2 || logs[0].Torn != 1 {
		t.Errorf("%v of %+v", ids, logs)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	third := node(t, folder, evening.AddDate(0, 0, 200))
	third.Removed(t.Context(), restore.Removal{ID: "last", Kind: restore.PasswordChanged, At: evening})
	ids, logs := read(t, third)
	if !slices.Equal(ids, []string{"last", "new", "other"}) || logs[0].Torn != 0 || !logs[0].Since.Equal(evening) || logs[0].Name == logs[1].Name {
		t.Errorf("afterwards: %v of %+v", ids, logs)
	}
}

// A restore is repeated once by each node, and a node without a folder says nothing.
func TestANodeWithoutAFolderRepeatsNothing(t *testing.T) {
	t.Parallel()
	w := restore.New(slog.New(slog.DiscardHandler), time.Now)
	w.Removed(t.Context(), restore.Removal{ID: "lost"})
	if ids, logs := read(t, w); ids != nil || logs != nil {
		t.Errorf("%v %v", ids, logs)
	}
	w = node(t, t.TempDir(), evening)
	if _, logs := read(t, w); len(logs) != 1 {
		t.Errorf("%v", logs)
	}
	if _, logs := read(t, w); logs != nil {
		t.Errorf("twice: %v", logs)
	}
}

// The table of what makes what void.
func TestTheLastOfEachMatterCounts(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		list []restore.Removal
		last []string
	}{
		"let in again":        {[]restore.Removal{{ID: "2", Kind: restore.LetIn, Subject: "a", At: evening.Add(1)}, {ID: "1", Kind: restore.Suspended, Subject: "a", At: evening}}, []string{"2"}},
		"somebody else":       {[]restore.Removal{{ID: "1", Kind: restore.Suspended, Subject: "a", At: evening}, {ID: "2", Kind: restore.LetIn, Subject: "b", At: evening}}, []string{"1", "2"}},
		"suspended twice":     {[]restore.Removal{{ID: "1", Kind: restore.Suspended, Subject: "a"}, {ID: "2", Kind: restore.LetIn, Subject: "a"}, {ID: "3", Kind: restore.Suspended, Subject: "a"}}, []string{"3"}},
		"role and suspension": {[]restore.Removal{{ID: "1", Kind: restore.Suspended, Subject: "a"}, {ID: "2", Kind: restore.RoleChanged, Subject: "a"}}, []string{"1", "2"}},
		"an agency":           {[]restore.Removal{{ID: "1", Kind: restore.AgencySuspended, Subject: "A"}, {ID: "2", Kind: restore.AgencyLetIn, Subject: "A"}}, []string{"2"}},
		"factor":              {[]restore.Removal{{ID: "1", Kind: restore.FactorReset, Subject: "a"}, {ID: "2", Kind: restore.FactorSet, Subject: "a"}}, []string{"2"}},
		"erased":              {[]restore.Removal{{ID: "1", Kind: restore.Erased}, {ID: "2", Kind: restore.Erased}}, []string{"1", "2"}},
		"recovery codes":      {[]restore.Removal{{ID: "1", Kind: restore.RecoveryUsed, Subject: "a"}, {ID: "2", Kind: restore.RecoveryUsed, Subject: "a"}}, []string{"1", "2"}},
		"keys": {
			[]restore.Removal{
				{ID: "1", Kind: restore.KeyActivated, Subject: "k", Value: "simulator"},
				{ID: "2", Kind: restore.KeyActivated, Subject: "l", Value: "simulator"},
				{ID: "3", Kind: restore.KeyRetired, Subject: "k", Value: "simulator"},
				{ID: "4", Kind: restore.KeyActivated, Subject: "m", Value: "sandbox"},
			},
			[]string{"2", "3", "4"},
		},
	} {
		last, void := restore.Latest(c.list)
		var ids []string
		for _, r := range last {
			ids = append(ids, r.ID)
		}
		if !slices.Equal(ids, c.last) || len(void) != len(c.list)-len(last) {
			t.Errorf("%s: %v, want %v", name, ids, c.last)
		}
	}
}
