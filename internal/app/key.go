package app

import (
	"log/slog"
	"sync"
	"time"

	"guichet/internal/config"
)

// keyAge is how old the supplier's key may be that was read from a file.
const keyAge = time.Second

// keyFile is the supplier's API key in a file that may be replaced at any time,
// as secret managers do. It is read again when a call needs the key, so that
// every node follows within a second and nothing has to watch.
type keyFile struct {
	path string
	now  func() time.Time
	log  *slog.Logger

	mu   sync.Mutex
	key  string
	read time.Time
}

// current returns the key in force. A file that cannot be read, or holds no
// key, leaves the last good one in force; the log says so.
func (f *keyFile) current() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.now()
	if age := now.Sub(f.read); age >= 0 && age < keyAge {
		return f.key
	}
	f.read = now
	key, err := config.ReadKey(f.path)
	switch {
	case err != nil:
		f.log.Error("the supplier's key cannot be read; the last good one stays in force", "error", err)
	case key != f.key:
		f.key = key
		f.log.Info("the supplier's key was replaced")
	}
	return f.key
}

// supplierKey returns where calls take the supplier's key from.
func supplierKey(c config.Config, now func() time.Time, log *slog.Logger) func() string {
	if c.SupplierKeyFile == "" {
		return func() string { return c.SupplierKey }
	}
	f := &keyFile{path: c.SupplierKeyFile, now: now, log: log, key: c.SupplierKey, read: now()}
	return f.current
}
