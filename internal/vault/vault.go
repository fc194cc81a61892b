// Package vault seals what the database must hold and nobody may read there:
// second factors, the supplier's keys, forms that wait for a sign-in. AES-256 in
// Galois/Counter Mode, each value bound to the row that it belongs to.
//
// It knows no database and no other package of the portal.
package vault

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
)

// keyBytes makes it AES-256.
const keyBytes = 32

// Errors of this package.
var (
	ErrKey    = errors.New("vault: the key is not the base64 form of 32 bytes")
	ErrNoKey  = errors.New("vault: there is no key")
	ErrSealed = errors.New("vault: sealed with another key, for another row, or changed")
)

// Vault seals and opens with one key. A nil Vault does neither: ErrNoKey.
type Vault struct {
	seal cipher.AEAD
	mac  []byte // a key of its own
}

// New returns a vault with a key in base64; ErrKey when it is none.
func New(key string) (*Vault, error) {
	raw, err := base64.StdEncoding.DecodeString(key)
	if err != nil || len(raw) != keyBytes {
		return nil, ErrKey
	}
	block, err := aes.NewCipher(raw)
	if err != nil {
		return nil, fmt.Errorf("vault: %w", err)
	}
	seal, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, fmt.Errorf("vault: %w", err)
	}
	mac, err := hkdf.Expand(sha256.New, raw, "guichet: fingerprints", keyBytes)
	if err != nil {
		return nil, fmt.Errorf("vault: %w", err)
	}
	return &Vault{seal, mac}, nil
}

// Seal returns what may be stored. row names where: only there it opens again.
func (v *Vault) Seal(row string, plain []byte) ([]byte, error) {
	if v == nil {
		return nil, ErrNoKey
	}
	return v.seal.Seal(nil, nil, plain, []byte(row)), nil //nolint:gosec // this mode makes its own nonce
}

// Open returns what was sealed for the row; ErrSealed when it was not, or was
// changed since.
func (v *Vault) Open(row string, sealed []byte) ([]byte, error) {
	if v == nil {
		return nil, ErrNoKey
	}
	plain, err := v.seal.Open(nil, nil, sealed, []byte(row))
	if err != nil {
		return nil, ErrSealed
	}
	return plain, nil
}

// Fingerprint tells texts apart without giving them away: the beginning of an
// HMAC-SHA-256, 64 bits in hex. The same text has the same one.
func (v *Vault) Fingerprint(text string) (string, error) {
	if v == nil {
		return "", ErrNoKey
	}
	mac := hmac.New(sha256.New, v.mac)
	mac.Write([]byte(text))
	return hex.EncodeToString(mac.Sum(nil))[:16], nil
}
