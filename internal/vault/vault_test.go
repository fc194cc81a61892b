package vault_test

import (
	"bytes"
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
	for _, bad := range []string{"", "secret", key[:20], key + key, strings.Repeat("!", 44)} {
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
	for name, try := range map[string]struct{ key, text string }{
		"a text": {key, "Lévy"}, "another": {key, "Levy"}, "another key": {other, "Lévy"},
	} {
		one, err := open(t, try.key).Fingerprint(try.text)
		two, err2 := open(t, try.key).Fingerprint(try.text)
		if err != nil || err2 != nil || one != two || len(one) != 16 || seen[one] != "" {
			t.Errorf("%s: %q and %q, like %q (%v)", name, one, two, seen[one], err)
		}
		seen[one] = name
	}
	var none *vault.Vault
	if _, err := none.Fingerprint("x"); !errors.Is(err, vault.ErrNoKey) {
		t.Errorf("without a key: %v", err)
	}
}
