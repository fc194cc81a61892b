package restore

import (
	"context"
	"encoding/json"
	"log/slog"
	"reflect"
	"sync"
	"time"
)

// Database is one connection to the portal's database.
type Database interface {
	// Look reads the signs, and which of the claims are missing.
	Look(ctx context.Context, claims []string) (Found, error)
	// Record puts a restore on record with all that follows from it, in one
	// transaction that no other node's can run beside. judge says, from what is
	// there under that lock, whether it still is to be. It returns what is there
	// afterwards.
	Record(ctx context.Context, e Event, claims []string, judge func(Found) []Sign) (Found, error)
	// Repeat takes away again what the logs name and a restore has brought back. What
	// it has repeated, or put before an admin, it leaves alone the next time.
	Repeat(ctx context.Context, e Event, logs []Log) error
}

// Witness is what one node remembers, for as long as it runs and beyond.
type Witness struct {
	log *slog.Logger

	mu     sync.Mutex
	memory Memory
	file   *file // nil: it remembers only for as long as it runs
	failed bool  // the file could not be written the last time

	repeating sync.Mutex
	repeated  string // the restore after which the logs were read
}

// New returns a Witness that remembers nothing yet.
func New(log *slog.Logger) *Witness { return &Witness{log: log} }

// Open finds what nodes remembered of a portal in a folder, and takes a file of
// its own there. Without it, a Witness remembers only for as long as it runs. What was
// remembered counts also when the log of removals cannot be opened. now is the
// database's.
func (w *Witness) Open(folder, portal string, now time.Time) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	f, text, err := openFile(folder, portal)
	if err != nil {
		return err
	}
	w.file = f
	if len(text) == 0 && others(folder, portal) {
		w.log.Warn("the folder remembers another database: if an old backup was restored, run `portal restored` now", "folder", folder)
	}
	if len(text) > 0 {
		if err := json.Unmarshal(text, &w.memory); err != nil {
			return unreadable(f.path, err)
		}
	}
	return f.openLog(now)
}

// Keeps reports that what is remembered outlives the process.
func (w *Witness) Keeps() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.file != nil
}

// Log names the log of removals of this node; empty when it keeps none.
func (w *Witness) Log() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.file == nil {
		return ""
	}
	return w.file.log
}

// Close lets another node take the file over.
func (w *Witness) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.file == nil {
		return nil
	}
	err := w.file.close()
	w.file = nil
	return err
}

// Claimed remembers a claim that was committed. It is called before the supplier
// is: then no call was made of which nothing is remembered. The file is not
// synced, which a crash of the process survives; that of the machine may lose the
// last seconds.
func (w *Witness) Claimed(ctx context.Context, c Claim) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.memory = w.memory.With(c)
	w.write(ctx)
}

// write keeps the memory. The portal goes on without: it still remembers.
func (w *Witness) write(ctx context.Context) {
	if w.file == nil {
		return
	}
	text, err := json.Marshal(w.memory)
	if err == nil {
		err = w.file.write(text)
	}
	if err != nil && !w.failed {
		w.log.ErrorContext(ctx, "what is remembered of the database is not kept: a restore during a stop may go unnoticed", "error", err)
	}
	w.failed = err != nil
}

// Check compares the database with what is remembered, and puts a restore on
// record unless another node has. An error says nothing about the database: the
// connection is not to be used.
func (w *Witness) Check(ctx context.Context, db Database) error {
	before := w.remembered()
	found, err := db.Look(ctx, before.Correlations())
	if err != nil {
		return err
	}
	if signs := before.Judge(found); len(signs) > 0 {
		w.log.ErrorContext(ctx, "the database is a restored one: the portal freezes, and what is not paid waits for the comparison with the supplier",
			"signs", signs, "missing", len(found.Missing))
		if found, err = db.Record(ctx, Event{Signs: signs}, before.Correlations(), before.Judge); err != nil {
			return err
		}
	}
	w.adopt(ctx, found)
	w.repeat(ctx, db, found.Latest)
	return nil
}

// Removed writes down, outside the database, that something is taken away: the last
// step before its transaction is committed, so that a crash between the two loses
// nothing. What is written and not committed is done after the next restore, or put
// before an admin: somebody did ask for it. A disk that is full must not keep a
// stranger's account open: then it is done, and the log says what is not kept.
func (w *Witness) Removed(ctx context.Context, r Removal) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.file == nil {
		return
	}
	if err := w.file.keep(r); err != nil {
		w.log.ErrorContext(ctx, "what is taken away is not kept outside the database: a restored backup would give it back",
			"removal", r.ID, "kind", r.Kind, "error", err)
	}
}

// repeat has done again what the latest restore undid; other connections of this
// node wait for it. One that fails is tried at the next look.
func (w *Witness) repeat(ctx context.Context, db Database, e Event) {
	w.repeating.Lock()
	defer w.repeating.Unlock()
	if e.ID == "" || e.ID == w.repeated {
		return
	}
	logs, err := w.logs()
	if err == nil && logs != nil {
		err = db.Repeat(ctx, e, logs)
	}
	if err != nil {
		w.log.ErrorContext(ctx, "what was taken away since the backup is not taken away again yet", "error", err)
		return
	}
	w.repeated = e.ID
}

// logs reads what the nodes of this folder have written; none without a folder.
func (w *Witness) logs() ([]Log, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.file == nil {
		return nil, nil
	}
	list, err := w.file.logs()
	for _, l := range list {
		if l.Torn > 0 {
			w.log.Warn("lines of a log of what was taken away cannot be read", "log", l.Name, "lines", l.Torn)
		}
	}
	return list, err
}

func (w *Witness) remembered() Memory {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.memory
}

// Expects is what shows that the database still is the one that is remembered: the
// object that its bookings are, and its last claim. Zero and empty: nothing is known.
func (w *Witness) Expects() (bookings uint32, claim string) {
	m := w.remembered()
	if n := len(m.Claims); n > 0 {
		claim = m.Claims[n-1].Correlation
	}
	return m.Signs.Bookings, claim
}

// adopt keeps claims that were made meanwhile.
func (w *Witness) adopt(ctx context.Context, f Found) {
	w.mu.Lock()
	defer w.mu.Unlock()
	next := w.memory.Adopt(f)
	if reflect.DeepEqual(next, w.memory) {
		return
	}
	w.memory = next
	w.write(ctx)
}
