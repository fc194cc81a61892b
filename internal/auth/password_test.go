package auth

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/alexedwards/argon2id"
)

func TestCheckPassword(t *testing.T) {
	t.Parallel()
	for password, want := range map[string]error{
		"onze-lettre":               ErrPasswordShort,
		strings.Repeat("é", 11):     ErrPasswordShort, // 22 bytes
		strings.Repeat("ab c", 33):  ErrPasswordLong,
		"passwordpassword":          ErrPasswordCommon,
		"Password2026!!":            ErrPasswordCommon,
		"P@$$w0rd2026":              ErrPasswordCommon,
		"12345Soleil678!":           ErrPasswordCommon,
		"123456789012":              ErrPasswordCommon,
		"abcdefghijklm":             ErrPasswordCommon,
		"aaaaaaaaaaaaaaaa":          ErrPasswordCommon,
		"abcabcabcabc":              ErrPasswordCommon,
		"dragon-dragon-dragon":      ErrPasswordCommon,
		"AZERTYUIOPqsdfgh":          ErrPasswordCommon,
		"mon guichet prefere":       ErrPasswordNamed,
		"chez Voyages-Demo c'est":   ErrPasswordNamed,
		"Petit2026!!!!":             ErrPasswordNamed,
		"olivier.petit1":            ErrPasswordNamed,
		"agent@other.test":          ErrPasswordNamed,
		"other.test2026":            ErrPasswordNamed,
		"le petit chat boit du thé": nil,
		"Ector2026!!!!":             ErrPasswordCommon,
		"Mot2Passe2026":             ErrPasswordCommon,
		"Gu1chet2026!!":             ErrPasswordCommon,
		"AirFrance2026":             ErrPasswordCommon,
		"Roissy2026CDG":             ErrPasswordCommon,
		"cheval pile agrafe juste":  nil,
		"quatre mots sans chiffres": nil,
		"xkTq-48vB-pz0w":            nil,
		"été à la plage, hein":      nil,
	} {
		if err := CheckPassword(password, "Voyages Demo", "Olivier Petit", "agent@other.test", "other.test"); !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", password, err, want)
		}
	}
}

func TestPasswordMatchesItsHashOnly(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	hash, err := HashPassword(ctx, "caf\u00e9 du commerce")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("the hash costs less than it should: %.32s", hash)
	}
	for password, want := range map[string]bool{
		"caf\u00e9 du commerce":  true,
		"cafe\u0301 du commerce": true, // the same letters from another keyboard
		"cafe du commerce":       false,
		"":                       false,
	} {
		got, err := matches(ctx, password, hash)
		if err != nil || got != want {
			t.Errorf("%q: %v, %v", password, got, err)
		}
	}
	if ok, err := matches(ctx, "nobody's password", ""); ok || err != nil {
		t.Errorf("nobody has the decoy's password: %v, %v", ok, err)
	}
}

func TestDecoyCostsWhatAPasswordCosts(t *testing.T) {
	t.Parallel()
	hash, err := decoy()
	if err != nil {
		t.Fatal(err)
	}
	params, _, _, err := argon2id.DecodeHash(hash)
	if err != nil || *params != *hashing {
		t.Errorf("decoy has %+v, %v", params, err)
	}
}

func TestHashingWaitsForAFreeSlot(t *testing.T) {
	t.Parallel()
	slots := make(chan struct{}, 1)
	slots <- struct{}{}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	ran := false
	work := func() error { ran = true; return nil }
	if err := inSlot(ctx, slots, work); !errors.Is(err, context.Canceled) || ran {
		t.Errorf("worked although all slots are taken: %v", err)
	}
	<-slots
	if err := inSlot(t.Context(), slots, work); err != nil || !ran || len(slots) != 0 {
		t.Errorf("free slot: %v, ran %v, %d still taken", err, ran, len(slots))
	}
}

// Everything that hashes waits for the slots of the whole process.
func TestAllHashingIsBounded(t *testing.T) {
	t.Parallel()
	for range cap(slots) {
		slots <- struct{}{}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, hashed := HashPassword(ctx, "cheval pile agrafe juste")
	_, matched := matches(ctx, "cheval pile agrafe juste", "")
	for range cap(slots) {
		<-slots
	}
	for what, err := range map[string]error{"a new password": hashed, "one that is compared": matched} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s was hashed although all slots are taken: %v", what, err)
		}
	}
}
