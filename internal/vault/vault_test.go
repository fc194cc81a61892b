package vault_test

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"guichet/internal/vault"
)

const (
	key   = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
	other = "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8="
)

func open(t *testing.T, key string) *vault.Vault {
	t.Helper()
	v, err := vault.New(key)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestWhatIsSealedOpensInItsRowOnly(t *testing.T) {
	t.Parallel()
	v, secret := open(t, key), []byte("a supplier's key")
	sealed, err := v.Seal("keys/1", secret)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(sealed, secret) {
		t.Error("it can be read")
	}
	if plain, err := v.Open("keys/1", sealed); err != nil || !bytes.Equal(plain, secret) {
		t.Errorf("%q, %v", plain, err)
	}
	again, err := v.Seal("keys/1", secret)
	if err != nil || bytes.Equal(again, sealed) {
		t.Errorf("the same text looks the same twice (%v)", err)
	}
	changed := bytes.Clone(sealed)
	changed[len(changed)-1] ^= 1
	for name, try := range map[string]struct {
		v      *vault.Vault
		row    string
		sealed []byte
	}{
		"another row": {v, "keys/2", sealed}, "another key": {open(t, other), "keys/1", sealed},
		"changed": {v, "keys/1", changed}, "cut off": {v, "keys/1", sealed[:5]}, "nothing": {v, "keys/1", nil},
	} {
		if plain, err := try.v.Open(try.row, try.sealed); !errors.Is(err, vault.ErrSealed) || plain != nil {
			t.Errorf("%s: %q, %v", name, plain, err)
		}
	}
}

func TestKeysThatAreNone(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"", "secret", key[:20], key[:24], key + key, key + ",", key + ",x", strings.Repeat("!", 44)} {
		if _, err := vault.New(bad); !errors.Is(err, vault.ErrKey) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	var none *vault.Vault
	if _, err := none.Seal("x", nil); !errors.Is(err, vault.ErrNoKey) {
		t.Errorf("seal without a key: %v", err)
	}
	if _, err := none.Open("x", nil); !errors.Is(err, vault.ErrNoKey) {
		t.Errorf("open without a key: %v", err)
	}
}

func TestFingerprints(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	for name, try := range map[string]struct {
		key  string
		p    vault.Purpose
		text string
	}{
		"a text": {key, vault.KnownBrowsers, "Lévy"}, "another": {key, vault.KnownBrowsers, "Levy"},
		"another key": {other, vault.KnownBrowsers, "Lévy"}, "another purpose": {key, vault.EarlySearches, "Lévy"},
	} {
		one, err := open(t, try.key).Fingerprint(try.p, try.text)
		two, err2 := open(t, try.key).Fingerprint(try.p, try.text)
		if err != nil || err2 != nil || one != two || len(one) != 16 || seen[one] != "" {
			t.Errorf("%s: %q and %q, like %q (%v)", name, one, two, seen[one], err)
		}
		seen[one] = name
	}
	var none *vault.Vault
	if _, err := none.Fingerprint(vault.KnownBrowsers, "x"); !errors.Is(err, vault.ErrNoKey) {
		t.Errorf("without a key: %v", err)
	}
}

// What was marked before keys had purposes is still found.
func TestEarlyMarksAreTheSame(t *testing.T) {
	t.Parallel()
	const want = "ec16deb94e85c46e" // of the release before
	v := open(t, key)
	got, err := v.Fingerprint(vault.EarlySearches, "Lévy")
	derived, err2 := v.Oldest(vault.EarlySearches)
	if err != nil || err2 != nil || got != want || vault.Mark(derived, "Lévy") != want {
		t.Errorf("%q, %q (%v, %v)", got, vault.Mark(derived, "Lévy"), err, err2)
	}
}

// A new key seals, and the one before still opens, until nothing needs it.
func TestANewKeyBesideTheOld(t *testing.T) {
	t.Parallel()
	old, both, fresh := open(t, key), open(t, other+","+key), open(t, other)
	for _, row := range []string{"second_factors/1/secret", "kept_forms/1", "sealed_keys/chain"} {
		sealed, err := old.Seal(row, []byte("x"))
		if err != nil {
			t.Fatal(err)
		}
		if plain, err := both.Open(row, sealed); err != nil || string(plain) != "x" {
			t.Errorf("%s: %q, %v", row, plain, err)
		}
		again, changed, err := both.Reseal(row, sealed)
		if err != nil || !changed {
			t.Fatal(row, changed, err)
		}
		if plain, err := fresh.Open(row, again); err != nil || string(plain) != "x" {
			t.Errorf("%s under the new key alone: %q, %v", row, plain, err)
		}
		if _, err := old.Open(row, again); !errors.Is(err, vault.ErrSealed) {
			t.Errorf("%s: the old key still opens it", row)
		}
		if same, changed, err := both.Reseal(row, again); err != nil || changed || !bytes.Equal(same, again) {
			t.Errorf("%s a second time: %v, %v", row, changed, err)
		}
	}
	mark, err := old.Fingerprint(vault.KnownBrowsers, "x")
	if err != nil {
		t.Fatal(err)
	}
	for name, k := range map[string]struct {
		v    *vault.Vault
		want bool
	}{"both": {both, true}, "the new one": {fresh, false}} {
		if is, err := k.v.IsFingerprint(vault.KnownBrowsers, "x", mark); err != nil || is != k.want {
			t.Errorf("%s: %v, %v", name, is, err)
		}
	}
}

// A form and a second factor are under different keys, although the row alone would
// tell them apart.
func TestTablesHaveKeysOfTheirOwn(t *testing.T) {
	t.Parallel()
	raw, err := base64.StdEncoding.DecodeString(key)
	if err != nil {
		t.Fatal(err)
	}
	block, err := aes.NewCipher(raw)
	if err != nil {
		t.Fatal(err)
	}
	first, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		t.Fatal(err)
	}
	for row, isFirst := range map[string]bool{"second_factors/1/secret": true, "supplier_keys/x/1": true, "kept_forms/1": false, "sealed_keys/chain": false} {
		sealed, err := open(t, key).Seal(row, []byte("x"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := first.Open(nil, nil, sealed, []byte(row)); (err == nil) != isFirst {
			t.Errorf("%s: %v", row, err)
		}
	}
}
