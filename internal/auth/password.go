package auth

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sort"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/alexedwards/argon2id"
	"golang.org/x/text/unicode/norm"

	"guichet/internal/account"
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

// commonWords are words that passwords are made of, the longest first.
var commonWords = sync.OnceValue(func() (words [][]rune) {
	for _, w := range strings.Fields(commonText) {
		words = append(words, []rune(w))
	}
	slices.SortStableFunc(words, func(a, b []rune) int { return len(b) - len(a) })
	return words
})

// commonHashes are of the passwords that are tried first; tools/passwords says where
// they come from, and writes them.
//
//go:embed common.bin
var commonHashes string

// CheckPassword reports why a password cannot be chosen: ErrPasswordShort,
// ErrPasswordLong, ErrPasswordCommon, or ErrPasswordNamed when it contains the
// product's name or one of names (the agency's, the person's, the address), or is made of
// words of these. There are no rules of composition.
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
	if madeOf(password, wordsOf(names)) {
		return ErrPasswordNamed
	}
	return nil
}

// namesOf are the names that no password of a person may be made of.
func namesOf(p account.Person) []string {
	_, domain, _ := strings.Cut(p.Email, "@")
	return []string{p.Agency.Name, p.Name, p.Email, domain}
}

// wordsOf are the words of names that have four letters or more, in lower case.
func wordsOf(names []string) (words [][]rune) {
	for _, name := range names {
		for word := range strings.FieldsFuncSeq(strings.ToLower(norm.NFC.String(name)), func(r rune) bool { return !unicode.IsLetter(r) }) {
			if utf8.RuneCountInString(word) >= 4 {
				words = append(words, []rune(word))
			}
		}
	}
	return words
}

// madeOf reports whether a password is little more than words, common ones among them,
// with the decorations that people add.
func madeOf(password string, words [][]rune) bool {
	plain := []rune(withoutSigns.Replace(strings.ToLower(password)))
	n, left := remains(plain, words)
	return n > 0 && n <= fewWords && left <= fewLetters
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

// What is left of a password is too little when there is no more than this beside
// digits, signs, keyboard walks and common words.
const (
	fewWords   = 2 // different ones
	fewLetters = 2
	shortChunk = 6 // of a password that is one text over and over
	longWalk   = 5 // on the keyboard: no accident
)

// withoutSigns leaves out what people put between words.
var withoutSigns = strings.NewReplacer(" ", "", "-", "", "_", "", ".", "", "'", "", "’", "")

// tooCommon reports whether a password is one of those that are tried first, or a
// common word or two with the decorations that people add: capitals, digits for
// letters, a year, exclamation marks, the word written twice.
func tooCommon(password string) bool {
	low := strings.ToLower(password)
	if listed(low) || !strings.ContainsFunc(low, unicode.IsLetter) {
		return true
	}
	plain := []rune(withoutSigns.Replace(low))
	if chunk := repeated(plain); len(chunk) < len(plain) {
		if len(chunk) < shortChunk {
			return true
		}
		plain = chunk
	}
	words, left := remains(plain, nil)
	return words <= fewWords && left <= fewLetters
}

// listed reports whether a password, in lower case, has one of the hashes.
func listed(low string) bool {
	sum := sha256.Sum256([]byte(low))
	want := string(sum[:4])
	_, found := sort.Find(len(commonHashes)/4, func(i int) int { return strings.Compare(want, commonHashes[4*i:4*i+4]) })
	return found
}

// repeated returns the shortest text that s is made of, over and over; s itself
// when it is not.
func repeated(s []rune) []rune {
	for n := 1; n <= len(s)/2; n++ {
		if slices.Equal(s[n:], s[:len(s)-n]) {
			return s[:n]
		}
	}
	return s
}

// remains counts the different words of a text, common ones or more, and the letters
// beside them.
// Walks on the keyboard, in the alphabet and of one character are nothing; so are
// digits and signs, unless the text has no word and no long walk at all.
func remains(s []rune, more [][]rune) (words, left int) {
	seen, walked, others := map[string]bool{}, false, 0
	for len(s) > 0 {
		n := walk(s)
		if w := longest(beginsWith(s, commonWords()), beginsWith(s, more)); len(w) > n {
			seen[string(w)], n = true, len(w)
		}
		switch {
		case n > 0:
			walked = walked || n >= longWalk
		case unicode.IsLetter(s[0]):
			left, n = left+1, 1
		default:
			others, n = others+1, 1
		}
		s = s[n:]
	}
	if len(seen) == 0 && !walked {
		left += others
	}
	return len(seen), left
}

// lookAlikes are written for letters.
var lookAlikes = map[rune]string{
	'0': "o", '1': "il", '2': "z", '3': "e", '4': "a", '5': "s", '7': "t", '8': "b", '9': "g", '@': "a", '$': "s", '!': "i", '€': "e", '+': "t",
	'é': "e", 'è': "e", 'ê': "e", 'à': "a", 'â': "a", 'ç': "c", 'î': "i", 'ï': "i", 'ô': "o", 'ù': "u", 'û': "u",
}

func longest(a, b []rune) []rune {
	if len(b) > len(a) {
		return b
	}
	return a
}

// beginsWith returns the first of words that s begins with, whatever stands for its
// letters; nil when there is none.
func beginsWith(s []rune, words [][]rune) []rune {
	for _, w := range words {
		if len(w) <= len(s) && slices.EqualFunc(w, s[:len(w)], func(want, got rune) bool {
			return got == want || strings.ContainsRune(lookAlikes[got], want)
		}) {
			return w
		}
	}
	return nil
}

// walks are ways over a keyboard; they are walked in both directions.
var walks = sync.OnceValue(func() string {
	const ways = "abcdefghijklmnopqrstuvwxyzabc 01234567890123 qwertyuiop asdfghjkl zxcvbnm azertyuiop qsdfghjklm wxcvbn qwertzuiop yxcvbnm " +
		"1qaz2wsx3edc4rfv5tgb6yhn7ujm 1qazxsw23edcvfr45tgbnhy67ujm qazwsxedcrfvtgbyhnujm qweasdzxc azeqsdwxc rtyfghvbn 1q2w3e4r5t6y7u8i9o0p 1a2z3e4r5t6y7u8i9o0p " +
		"q1w2e3r4t5y6 a1z2e3r4t5y6 a1b2c3d4e5f6g7 1a2b3c4d5e6f7 123qwe asd zxc 456rty 789uio 123aze qsd wxc aqwzsxedcrfv 1qw23er45ty6 zaq12wsxcde34rfv !@#$%^&*()"
	runes := []rune(ways)
	slices.Reverse(runes)
	return ways + " " + string(runes)
})

// walk returns how many characters s begins with that are one way, or one character
// over and over; 0 for fewer than three.
func walk(s []rune) int {
	n := 1
	for n < len(s) && s[n] == s[0] {
		n++
	}
	for n < len(s) && strings.Contains(walks(), string(s[:n+1])) {
		n++
	}
	if n < 3 {
		return 0
	}
	return n
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
