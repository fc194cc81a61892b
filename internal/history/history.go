// Package history seals what was written down, so that what is changed, removed or
// slipped in later is found: seals over rows in the order of their ids, and heads,
// which are kept elsewhere and tell when whole rows are gone.
//
// It knows no database: it is given fields of rows, in order.
package history

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"strconv"
	"time"
)

// Kind is what a seal is over.
type Kind string

// The kinds of seals.
const (
	Audit  Kind = "audit"  // entries of the audit log
	Events Kind = "events" // events of bookings from before they were chained with a key
)

// Tolerance is how far the times of entries may lie outside of those of their seals:
// a database that takes over from another has a clock of its own.
const Tolerance = time.Minute

// Seal is over the rows with ids above After, up to Last.
type Seal struct {
	Kind              Kind
	Number            int64
	After, Last, Rows int64
	At                time.Time     // no row above Last is older
	Offset            time.Duration // of the portal's clock then
	MAC               []byte
}

// Sign returns the MAC of a seal over rows with a digest, and over the seal before
// it; previous is nil for the first.
func (s Seal) Sign(key, previous, digest []byte) []byte {
	return sign(key, string(s.Kind), number(s.Number), number(s.After), number(s.Last), number(s.Rows),
		micro(s.At), number(int64(s.Offset)), hex.EncodeToString(previous), hex.EncodeToString(digest))
}

// IsOver reports whether the rows with a digest, and the seal before, are those that
// were sealed.
func (s Seal) IsOver(key, previous, digest []byte) bool {
	return hmac.Equal(s.MAC, s.Sign(key, previous, digest))
}

// Backdated reports whether an entry after this seal has a time from before it; offset
// is that of the portal's clock when the entry was written.
func (s Seal) Backdated(at time.Time, offset time.Duration) bool {
	return offset == s.Offset && at.Before(s.At.Add(-Tolerance))
}

// Digest is a SHA-256 of rows, one after the other.
type Digest struct {
	Rows int64
	sum  hash.Hash
}

// NewDigest returns a Digest of no row.
func NewDigest() *Digest { return &Digest{sum: sha256.New()} }

// Add adds a row: each field as its length in bytes, a colon and its text.
func (d *Digest) Add(fields ...string) {
	d.Rows++
	d.sum.Write([]byte(said(fields) + ";"))
}

// Sum returns the digest of what was added.
func (d *Digest) Sum() []byte { return d.sum.Sum(nil) }

func sign(key []byte, fields ...string) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(said(fields)))
	return mac.Sum(nil)
}

func said(fields []string) string {
	var text []byte
	for _, f := range fields {
		text = append(strconv.AppendInt(text, int64(len(f)), 10), ':')
		text = append(text, f...)
	}
	return string(text)
}

func number(n int64) string { return strconv.FormatInt(n, 10) }

func micro(t time.Time) string { return number(t.UnixMicro()) }
