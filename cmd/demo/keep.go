package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"syscall"

	"guichet/internal/localpg"
)

const (
	folder   = ".data"
	database = "guichet"

	// application is the role as which the portal serves.
	application = "guichet"
)

// keep is where the demo's two halves stand between two starts: the portal's
// database and the simulator's ledger. They belong together, so they are kept
// or thrown away together.
type keep struct {
	folder string
	given  string // address of a database that is not the demo's own
}

// keepFor returns the place for a private database, or for the given one: each
// given one has a ledger of its own.
func keepFor(given string) keep {
	if given == "" {
		return keep{folder: folder}
	}
	sum := sha256.Sum256([]byte(given))
	return keep{folder: filepath.Join(folder, "given-"+hex.EncodeToString(sum[:4])), given: given}
}

func (k keep) postgres() string { return filepath.Join(k.folder, "postgres") }
func (k keep) ledger() string   { return filepath.Join(k.folder, "simulator.json") }

// secret is the key that seals the database's secrets: made once, and kept as
// long as the folder.
func (k keep) secret() (string, error) {
	path := filepath.Join(k.folder, "secret.key")
	text, err := os.ReadFile(path) //nolint:gosec // a file of our own folder
	if errors.Is(err, fs.ErrNotExist) {
		random := make([]byte, 32)
		if _, err := rand.Read(random); err != nil {
			return "", fmt.Errorf("make a key: %w", err)
		}
		text = []byte(base64.StdEncoding.EncodeToString(random))
		err = os.WriteFile(path, text, 0o600)
	}
	if err != nil {
		return "", fmt.Errorf("keep a key: %w", err)
	}
	return string(text), nil
}

// marker is written last: without it, what is there was left half made.
func (k keep) marker() string { return filepath.Join(k.folder, "complete") }

// lock claims the folder for this process until release is called, or the
// process ends in whatever way.
func (k keep) lock() (release func(), err error) {
	// The account that runs PostgreSQL for root must get through.
	if err := os.MkdirAll(k.folder, 0o755); err != nil { //nolint:gosec // see above; what is in it is closed
		return nil, fmt.Errorf("keep the demo: %w", err)
	}
	file, err := os.OpenFile(filepath.Join(k.folder, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("keep the demo: %w", err)
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("another demo runs on %s: stop it first, or start this one in another folder (%w)", k.folder, err), file.Close())
	}
	return func() { _ = file.Close() }, nil
}

// open prepares the folder and reports whether it holds a complete demo. What
// is incomplete is removed, and everything when fresh.
func (k keep) open(ctx context.Context, fresh bool) (complete bool, err error) {
	if fresh && k.given != "" {
		return false, errors.New("FRESH=1 removes only what the demo made itself, and GUICHET_DATABASE_URL names another database: " +
			"empty that one yourself, or leave GUICHET_DATABASE_URL out to use a private one")
	}
	complete, err = k.whole()
	if err != nil || complete && !fresh {
		return complete, err
	}
	return false, k.forget(ctx)
}

// whole reports whether both halves are there and were finished. Somebody may
// have cleaned one of them away.
func (k keep) whole() (bool, error) {
	parts := []string{k.marker(), k.ledger()}
	if k.given == "" {
		parts = append(parts, filepath.Join(k.postgres(), "data"))
	}
	for _, part := range parts {
		if _, err := os.Stat(part); errors.Is(err, fs.ErrNotExist) {
			return false, nil
		} else if err != nil {
			return false, fmt.Errorf("look for an earlier demo: %w", err)
		}
	}
	return true, nil
}

// forget removes what an earlier demo kept; the marker first, so that it is
// forgotten for good when this is interrupted.
func (k keep) forget(ctx context.Context) error {
	for _, file := range []string{k.marker(), k.ledger()} {
		if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("start anew: %w", err)
		}
	}
	if k.given == "" {
		if err := localpg.Remove(ctx, k.postgres()); err != nil {
			return fmt.Errorf("start anew: %w", err)
		}
	}
	return nil
}

// finish says that both halves are complete.
func (k keep) finish() error {
	if err := os.WriteFile(k.marker(), nil, 0o600); err != nil {
		return fmt.Errorf("keep the demo: %w", err)
	}
	return nil
}

// base is the database: the given one, or one of a private server.
type base struct {
	address string          // as the application, which may change no history
	owner   string          // as its owner; empty when the database was given
	private *localpg.Server // nil when the database was given
}

// openDatabase starts the private server unless a database is given.
func (k keep) openDatabase(ctx context.Context) (base, error) {
	if k.given != "" {
		return base{address: k.given}, nil
	}
	pg, err := localpg.Start(ctx, localpg.Options{Dir: k.postgres()})
	if err != nil {
		return base{}, err
	}
	if err := pg.CreateDatabase(ctx, database); err != nil {
		return base{}, errors.Join(err, pg.Stop())
	}
	owner := pg.URL(database)
	u, err := url.Parse(owner)
	if err != nil {
		return base{}, errors.Join(err, pg.Stop())
	}
	u.User = url.User(application)
	return base{u.String(), owner, pg}, nil
}

// fill runs f, which fills the empty database.
func (b base) fill(ctx context.Context, f func() error) error {
	if b.private == nil {
		return f()
	}
	return b.private.Unsynced(ctx, f)
}

func (b base) stop() error {
	if b.private == nil {
		return nil
	}
	return b.private.Stop()
}
