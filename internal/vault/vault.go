// Package vault seals what the database must hold and nobody may read there:
// second factors, the supplier's keys, the keys of the history, forms that wait for
// a sign-in. AES-256 in Galois/Counter Mode, each value bound to the row that it
// belongs to.
//
// It knows no database and no other package of the portal.
package vault

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// keyBytes makes it AES-256.
const keyBytes = 32

// Errors of this package.
var (
	ErrKey    = errors.New("vault: a key is not the base64 form of 32 bytes")
	ErrNoKey  = errors.New("vault: there is no key")
	ErrSealed = errors.New("vault: sealed with another key, for another row, or changed")
)

// Purpose is what a fingerprint is for. Each has a key of its own: who can have a text
// marked for one of them has no mark for another.
type Purpose string

// The purposes.
const (
	KnownBrowsers Purpose = "known browsers"

	// EarlySearches is what the audit log marked searches with before it had a
	// random key.
	EarlySearches Purpose = "fingerprints"
)

// ownKey are the tables whose values are sealed with a key of their own. The others
// stay under the first one, which the release before opens them with.
var ownKey = []string{"kept_forms", "sealed_keys", "sessions"}

// Vault seals with one key and opens with any of its keys. A nil Vault does neither:
// ErrNoKey.
type Vault struct{ keys [][]byte }

// New returns a vault with the keys of a text: each in base64, separated by commas.
// The first one seals, all of them open; ErrKey when one of them is none.
func New(keys string) (*Vault, error) {
	v := &Vault{}
	for key := range strings.SplitSeq(keys, ",") {
		raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(key))
		if err != nil || len(raw) != keyBytes {
			return nil, ErrKey
		}
		v.keys = append(v.keys, raw)
	}
	return v, nil
}

// Seal returns what may be stored. row names where, beginning with the table and a
// slash: only there it opens again.
func (v *Vault) Seal(row string, plain []byte) ([]byte, error) {
	if v == nil {
		return nil, ErrNoKey
	}
	seal, err := cipherOf(v.keys[0], row)
	if err != nil {
		return nil, err
	}
	return seal.Seal(nil, nil, plain, []byte(row)), nil //nolint:gosec // this mode makes its own nonce
}

// Open returns what was sealed for the row; ErrSealed when it was not, or was
// changed since.
func (v *Vault) Open(row string, sealed []byte) ([]byte, error) {
	if v == nil {
		return nil, ErrNoKey
	}
	for _, key := range v.keys {
		open, err := cipherOf(key, row)
		if err != nil {
			return nil, err
		}
		if plain, err := open.Open(nil, nil, sealed, []byte(row)); err == nil {
			return plain, nil
		}
	}
	return nil, ErrSealed
}

func cipherOf(key []byte, row string) (cipher.AEAD, error) {
	table, _, _ := strings.Cut(row, "/")
	if slices.Contains(ownKey, table) {
		key = derive(key, "sealed "+table)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("vault: %w", err)
	}
	c, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, fmt.Errorf("vault: %w", err)
	}
	return c, nil
}

// derive returns the key of a purpose; of a key of this length there always is one.
func derive(key []byte, purpose string) []byte {
	derived, err := hkdf.Expand(sha256.New, key, "guichet: "+purpose, keyBytes)
	if err != nil {
		panic(fmt.Errorf("vault: %w", err))
	}
	return derived
}

// Fingerprint tells texts apart without giving them away: the beginning of an
// HMAC-SHA-256, 64 bits in hex. The same text has the same one, for one purpose.
func (v *Vault) Fingerprint(p Purpose, text string) (string, error) {
	if v == nil {
		return "", ErrNoKey
	}
	return Mark(derive(v.keys[0], string(p)), text), nil
}

// IsFingerprint reports whether mark is what one of the keys makes of a text.
func (v *Vault) IsFingerprint(p Purpose, text, mark string) (bool, error) {
	if v == nil {
		return false, ErrNoKey
	}
	for _, key := range v.keys {
		if hmac.Equal([]byte(Mark(derive(key, string(p)), text)), []byte(mark)) {
			return true, nil
		}
	}
	return false, nil
}

// Mark is the fingerprint of a text under a key.
func Mark(key []byte, text string) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(text))
	return hex.EncodeToString(mac.Sum(nil))[:16]
}

// Oldest returns the key of a purpose under the oldest key: the last one.
func (v *Vault) Oldest(p Purpose) ([]byte, error) {
	if v == nil {
		return nil, ErrNoKey
	}
	return derive(v.keys[len(v.keys)-1], string(p)), nil
}

// Reseal returns what sealed becomes under the first key, and whether it is another
// than that already; ErrSealed as of Open.
func (v *Vault) Reseal(row string, sealed []byte) (again []byte, changed bool, err error) {
	if v == nil {
		return nil, false, ErrNoKey
	}
	first := &Vault{keys: v.keys[:1]}
	if _, err := first.Open(row, sealed); err == nil {
		return bytes.Clone(sealed), false, nil
	}
	plain, err := v.Open(row, sealed)
	if err != nil {
		return nil, false, err
	}
	again, err = v.Seal(row, plain)
	return again, true, err
}
