package app

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"guichet/internal/config"
	"guichet/internal/keyring"
	"guichet/internal/postgres"
)

const (
	// keyAge is how old the keys may be that a call is made with: every node
	// follows within this time, and nothing has to watch.
	keyAge = time.Second

	// keyPatience bounds what a call waits for the keys of the database; those
	// that were read before serve meanwhile.
	keyPatience = 2 * time.Second
)

// liveKeys holds the supplier's keys that are live: those of the database, then
// the one of the environment, or of a file that may be replaced at any time.
type liveKeys struct {
	environment string
	store       *postgres.Keyring
	path        string // of the file; empty without one
	now         func() time.Time
	log         *slog.Logger

	reading sync.Mutex // held while the keys are read, and never with mu

	mu     sync.Mutex
	given  string // the environment's or the file's
	stored []string
	read   time.Time
}

func newLiveKeys(c config.Config, store *postgres.Keyring, now func() time.Time, log *slog.Logger) *liveKeys {
	return &liveKeys{store: store, path: c.SupplierKeyFile, now: now, log: log, given: c.SupplierKey}
}

// live returns the keys that a call may be made with, the one in force first.
// What cannot be read leaves the last good ones in force; the log says so. While
// one call reads them, the others go on with those, unless there are none or one of
// them was refused.
func (k *liveKeys) live() []string {
	if old, never := k.old(); old && (never || k.reading.TryLock()) {
		if never {
			k.reading.Lock()
		}
		if old, _ := k.old(); old { // nobody else was faster
			k.readFile()
			k.readStored()
			k.mu.Lock()
			k.read = k.now()
			k.mu.Unlock()
		}
		k.reading.Unlock()
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.given == "" {
		return slices.Clone(k.stored)
	}
	return append(slices.Clone(k.stored), k.given)
}

// old reports that the keys must be read again, and whether none may be used before.
func (k *liveKeys) old() (old, never bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	age := k.now().Sub(k.read)
	return age < 0 || age >= keyAge, k.read.IsZero()
}

func (k *liveKeys) readFile() {
	if k.path == "" {
		return
	}
	key, err := config.ReadKey(k.path)
	k.mu.Lock()
	defer k.mu.Unlock()
	switch {
	case err != nil:
		k.log.Error("the supplier's key cannot be read; the last good one stays in force", "error", err)
	case key != k.given:
		k.given = key
		k.log.Info("the supplier's key was replaced")
	}
}

func (k *liveKeys) readStored() {
	ctx, cancel := context.WithTimeout(context.Background(), keyPatience)
	defer cancel()
	keys, err := k.store.Live(ctx, k.environment)
	if err != nil {
		k.log.Error("the supplier's keys cannot be read; the last good ones stay in force", "error", err)
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if !slices.Equal(keys, k.stored) {
		k.stored = keys
		k.log.Info("the supplier's keys were replaced", "live", len(keys))
	}
}

// refused writes down that the supplier answered 401 to a key, for all nodes, and
// lets the next call look for keys once more.
func (k *liveKeys) refused(key string) {
	ctx, cancel := context.WithTimeout(context.Background(), keyPatience)
	defer cancel()
	k.mu.Lock()
	k.read = time.Time{}
	k.mu.Unlock()
	if err := k.store.Refused(ctx, k.environment, keyring.Digest(key)); err != nil {
		k.log.Error("a refused key is not noted", "error", err)
	}
}
