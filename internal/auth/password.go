package auth

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/alexedwards/argon2id"
	"golang.org/x/text/unicode/norm"
)

// How long a password may be, in characters.
const (
	MinPassword = 12
	MaxPassword = 128
)

// Why a password cannot be chosen.
var (
	ErrPasswordShort  = errors.New("auth: password shorter than 12 characters")
	ErrPasswordLong   = errors.New("auth: password longer than 128 characters")
	ErrPasswordCommon = errors.New("auth: password is a common one")
	ErrPasswordNamed  = errors.New("auth: password contains a name that anybody would try")
)

// hashing costs 19 MiB and about 50 ms of one core each time.
var hashing = &argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// slots bounds how many hashes run at once in this process: a flood of
// sign-ins must wait for memory instead of taking all of it.
var slots = make(chan struct{}, max(2, runtime.GOMAXPROCS(0)))

// decoy is what the password of an unknown address is compared with, so that
// the answer takes as long as for a known one.
var decoy = sync.OnceValues(func() (string, error) {
	return argon2id.CreateHash("nobody's password", hashing)
})

//go:embed common.txt
var commonText string

// common holds the skeletons of passwords that are tried first.
var common = sync.OnceValue(func() map[string]bool {
	set := map[string]bool{}
	for line := range strings.Lines(commonText) {
		set[skeleton(strings.TrimSpace(line))] = true
	}
	delete(set, "")
	return set
})

// CheckPassword reports why a password cannot be chosen: ErrPasswordShort,
// ErrPasswordLong, ErrPasswordCommon, or ErrPasswordNamed when it contains the
// product's name or one of names (the agency's, the person's). There are no
// rules of composition.
func CheckPassword(password string, names ...string) error {
	password = norm.NFC.String(password)
	switch n := utf8.RuneCountInString(password); {
	case n < MinPassword:
		return ErrPasswordShort
	case n > MaxPassword:
		return ErrPasswordLong
	}
	if tooCommon(password) {
		return ErrPasswordCommon
	}
	plain := letters(password)
	for _, name := range append([]string{"guichet"}, names...) {
		if name = letters(name); utf8.RuneCountInString(name) >= 4 && strings.Contains(plain, name) {
			return ErrPasswordNamed
		}
	}
	return nil
}

// HashPassword returns the argon2id hash of a password as it is stored. It
// waits while too many hashes run, and fails only when ctx ends meanwhile.
func HashPassword(ctx context.Context, password string) (string, error) {
	var hash string
	err := inSlot(ctx, slots, func() (err error) {
		hash, err = argon2id.CreateHash(norm.NFC.String(password), hashing)
		return err
	})
	return hash, err
}

// matches reports whether password belongs to hash; an empty hash costs the
// same and matches nothing.
func matches(ctx context.Context, password, hash string) (bool, error) {
	known := hash != ""
	if !known {
		var err error
		if hash, err = decoy(); err != nil {
			return false, fmt.Errorf("make the decoy: %w", err)
		}
	}
	var match bool
	err := inSlot(ctx, slots, func() (err error) {
		match, err = argon2id.ComparePasswordAndHash(norm.NFC.String(password), hash)
		return err
	})
	return match && known, err
}

func inSlot(ctx context.Context, slots chan struct{}, work func() error) error {
	select {
	case slots <- struct{}{}:
		defer func() { <-slots }()
		if err := work(); err != nil {
			return fmt.Errorf("hash a password: %w", err)
		}
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait to hash a password: %w", ctx.Err())
	}
}

// tooCommon sees through the decorations that people add to a common word:
// capitals, digits for letters, a year or exclamation marks at the end, the
// word written twice.
func tooCommon(password string) bool {
	s := skeleton(password)
	if s == "" || common()[s] || sequence(password) {
		return true
	}
	for n := 1; n <= len(s)/2; n++ {
		if len(s)%n == 0 && strings.Repeat(s[:n], len(s)/n) == s && (n < 4 || common()[s[:n]]) {
			return true
		}
	}
	return false
}

var lookAlikes = strings.NewReplacer("0", "o", "1", "i", "3", "e", "4", "a", "5", "s", "7", "t", "@", "a", "$", "s", "!", "i")

// skeleton is what is left of a password without its decorations; nothing when
// it has no letter.
func skeleton(password string) string {
	trimmed := strings.TrimFunc(strings.ToLower(password), func(r rune) bool {
		return r < 'a' && r < utf8.RuneSelf
	})
	if letters(trimmed) == "" {
		return ""
	}
	return lookAlikes.Replace(strings.NewReplacer(" ", "", "-", "", "_", "", ".", "").Replace(trimmed))
}

// letters returns the letters and digits of s in lower case.
func letters(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= utf8.RuneSelf || (r >= 'a' && r <= 'z') || (r >= '0' && r <= '9') {
			return r
		}
		return -1
	}, strings.ToLower(s))
}

// sequence reports whether nearly every character is the neighbour of the one
// before: "abcdefghijkl", "987654321098", "aaaaaaaaaaaa".
func sequence(password string) bool {
	runes := []rune(strings.ToLower(password))
	steps := 0
	for i := 1; i < len(runes); i++ {
		if slices.Contains([]rune{-1, 0, 1}, runes[i]-runes[i-1]) {
			steps++
		}
	}
	return steps >= len(runes)-2
}
