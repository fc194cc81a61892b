package restore_test

import (
	"bytes"
	"context"
	"errors"
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
	w := restore.New(slog.New(slog.DiscardHandler))
	if err := w.Open(folder, "p", now); err != nil {
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
	first.Removed(t.Context(), restore.Removal{ID: "old", Kind: restore.Suspended, Subject: "h", At: evening.AddDate(0, 0, -401)})
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
	third := node(t, folder, evening.AddDate(9, 0, 0)) // a wrong clock forgets nothing
	third.Removed(t.Context(), restore.Removal{ID: "last", Kind: restore.PasswordChanged, At: evening})
	ids, logs := read(t, third)
	if !slices.Equal(ids, []string{"last", "new", "other"}) || logs[0].Torn != 0 || !logs[0].Since.Equal(evening.AddDate(9, 0, 0)) || logs[0].Name == logs[1].Name {
		t.Errorf("afterwards: %v of %+v", ids, logs)
	}
}

// A restore is repeated once by each node, and a node without a folder says nothing.
func TestANodeWithoutAFolderRepeatsNothing(t *testing.T) {
	t.Parallel()
	w := restore.New(slog.New(slog.DiscardHandler))
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

// A log that cannot be opened costs what was remembered of the database nothing: a
// restore is noticed all the same.
func TestABadLogCostsNoMemory(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	w := node(t, folder, evening)
	w.Claimed(t.Context(), restore.Claim{Correlation: "last"})
	path := filepath.Join(folder, "removals-p-1.jsonl")
	if err := errors.Join(w.Close(), os.Remove(path), os.Mkdir(path, 0o700)); err != nil {
		t.Fatal(err)
	}
	w = restore.New(slog.New(slog.DiscardHandler))
	err := w.Open(folder, "p", evening)
	t.Cleanup(func() { _ = w.Close() })
	if err == nil || errors.Is(err, restore.ErrUnreadable) || !slices.Equal(w.Remembered().Correlations(), []string{"last"}) || !w.Keeps() {
		t.Errorf("%v, it remembers %v", err, w.Remembered().Correlations())
	}
	w.Removed(t.Context(), restore.Removal{ID: "a", Kind: restore.Erased})
	if ids, logs := read(t, w); len(ids) > 0 || len(logs) != 1 || logs[0].Torn == 0 {
		t.Errorf("%v of %+v", ids, logs)
	}
}

// What cannot be read of a log, and what is missing, is counted: nobody takes it for
// complete. The rest counts.
func TestWhatALogDoesNotSay(t *testing.T) {
	t.Parallel()
	const good, more = `{"id":"g","kind":"erased"}`, `{"id":"h","kind":"erased"}`
	const first = `{"log":"l","since":"2026-06-30T20:00:00Z"}`
	for name, c := range map[string]struct {
		lines string
		torn  int
		ids   []string
	}{
		"whole":                    {first + "\n" + good + "\n" + more + "\n", 0, []string{"g", "h"}},
		"its beginning is missing": {good + "\n" + more + "\n", 1, []string{"g", "h"}},
		"empty":                    {"", 1, nil},
		"something else":           {"%PDF-1.4\n\x00\x01\n", 3, nil},
		"torn in the middle":       {first + "\n" + `{"id":"x","ki` + "\n" + good + "\n", 1, []string{"g"}},
		"a kind of a later time":   {first + "\n" + `{"id":"x","kind":"unheard_of"}` + "\n" + good + "\n", 1, []string{"g"}},
		"what no text may hold":    {first + "\n" + `{"id":"x","kind":"erased","refs":["a\u0000"]}` + "\n" + good + "\n", 1, []string{"g"}},
		"a passkey that is none":   {first + "\n" + `{"id":"x","kind":"passkey_removed","value":"xyz"}` + "\n" + good + "\n", 1, []string{"g"}},
		"a hash that is none":      {first + "\n" + `{"id":"x","kind":"recovery_used","value":"xyz"}` + "\n" + good + "\n", 1, []string{"g"}},
		"no name":                  {first + "\n" + `{"kind":"erased"}` + "\n" + good + "\n", 1, []string{"g"}},
	} {
		folder := t.TempDir()
		if err := os.WriteFile(filepath.Join(folder, "removals-p-copy.jsonl"), []byte(c.lines), 0o600); err != nil {
			t.Fatal(err)
		}
		ids, logs := read(t, node(t, folder, evening))
		torn := 0
		for _, l := range logs {
			torn += l.Torn
			if l.Name == "" {
				t.Errorf("%s: a log without a name", name)
			}
		}
		if !slices.Equal(ids, c.ids) || torn != c.torn || len(logs) != 2 {
			t.Errorf("%s: %v, %d missing, %d logs", name, ids, torn, len(logs))
		}
	}
}

// While the disk is full, what is taken away is done and not kept; the log says
// afterwards that it is not complete before that.
func TestALogThatWasFull(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	w := node(t, folder, evening)
	back, err := w.Full()
	if err != nil {
		t.Fatal(err)
	}
	w.Removed(t.Context(), restore.Removal{ID: "lost", Kind: restore.Erased, At: evening.Add(time.Hour)})
	back()
	after := evening.Add(2 * time.Hour)
	w.Removed(t.Context(), restore.Removal{ID: "kept", Kind: restore.Erased, At: after})
	w.Removed(t.Context(), restore.Removal{ID: "next", Kind: restore.Erased, At: after.Add(time.Hour)})
	if ids, logs := read(t, w); !slices.Equal(ids, []string{"kept", "next"}) || len(logs) != 1 || !logs[0].Since.Equal(after) || logs[0].Torn != 0 {
		t.Errorf("%v of %+v", ids, logs)
	}
}

// What the database knows of later counts more than a log that is read late.
func TestALateLogOverrulesNobody(t *testing.T) {
	t.Parallel()
	late := []restore.Removal{
		{ID: "1", Kind: restore.Suspended, Subject: "a", At: evening},
		{ID: "2", Kind: restore.RoleChanged, Subject: "a", At: evening},
		{ID: "3", Kind: restore.Suspended, Subject: "b", At: evening.Add(3)},
	}
	known := []restore.Removal{
		{ID: "4", Kind: restore.LetIn, Subject: "a", At: evening.Add(1)}, {ID: "5", Kind: restore.LetIn, Subject: "b", At: evening.Add(2)},
	}
	last, void := restore.Latest(late, known)
	if len(void) != 1 || void[0].ID != "1" || len(last) != 2 {
		t.Errorf("last %v, void %v", last, void)
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
		"passkeys":            {[]restore.Removal{{ID: "1", Kind: restore.PasskeyRemoved, Subject: "a"}, {ID: "2", Kind: restore.PasskeyRemoved, Subject: "a"}}, []string{"1", "2"}},
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
		last, void := restore.Latest(c.list, nil)
		var ids []string
		for _, r := range last {
			ids = append(ids, r.ID)
		}
		if !slices.Equal(ids, c.last) || len(void) != len(c.list)-len(last) {
			t.Errorf("%s: %v, want %v", name, ids, c.last)
		}
	}
}
