// Package pseudo makes a language that nobody speaks of the English messages:
// each letter has an accent, each word is 40 % longer. Tests draw pages with it
// to find words that no catalogue has, and boxes that hold only short ones.
//
// It is used by tests only; no table of a running portal has its language.
package pseudo

import (
	"bytes"
	"fmt"
	"io/fs"
	"regexp"
	"strings"
	"testing/fstest"
	"unicode"

	"github.com/BurntSushi/toml"
	"golang.org/x/text/language"
	"golang.org/x/text/unicode/norm"

	"guichet/internal/locale"
)

// Lang is the language's code: English with accents, as CLDR calls it.
const Lang locale.Lang = "en-XA"

const (
	plain    = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	accented = "ȧƀƈḓḗƒɠħīĵķŀḿƞǿƥɋřşŧŭṽẇẋẏẑȦƁƇḒḖƑƓĦĪĴĶĿḾȠǾƤɊŘŞŦŬṼẆẊẎẐ"
)

var letters = func() map[rune]rune {
	m, to := map[rune]rune{}, []rune(accented)
	for i, r := range plain {
		m[r] = to[i]
	}
	return m
}()

// Add makes the language of the English messages, which are in the folder
// messages/en of fsys, and adds it to the table of this process. It must be
// called before anything is said: in TestMain.
func Add(fsys fs.FS) error {
	names, err := fs.Glob(fsys, "messages/en/*.toml")
	if err != nil || len(names) == 0 {
		return fmt.Errorf("pseudo: no English messages: %w", err)
	}
	made := fstest.MapFS{}
	for _, name := range names {
		var messages map[string]any
		if _, err := toml.DecodeFS(fsys, name, &messages); err != nil {
			return fmt.Errorf("pseudo: %w", err)
		}
		var out bytes.Buffer
		if err := toml.NewEncoder(&out).Encode(translate(messages)); err != nil {
			return fmt.Errorf("pseudo: %w", err)
		}
		made[strings.Replace(name, "/en/", "/"+string(Lang)+"/", 1)] = &fstest.MapFile{Data: out.Bytes()}
	}
	return locale.Add(made, locale.Language{
		Code: Lang, Name: Text("Accented"), Tag: language.MustParse(string(Lang)), Thousands: "\u202f", Decimal: ",",
	})
}

func translate(messages map[string]any) map[string]any {
	out := map[string]any{}
	for key, value := range messages {
		switch v := value.(type) {
		case string:
			out[key] = Text(v)
		case map[string]any: // plural forms
			out[key] = translate(v)
		}
	}
	return out
}

var placeholder = regexp.MustCompile(`\{\{[^}]*\}\}`)

// Text is an English text in the language; what a placeholder stands for stays.
func Text(english string) string {
	var b strings.Builder
	from := 0
	for _, at := range placeholder.FindAllStringIndex(english, -1) {
		b.WriteString(lengthen(english[from:at[0]]))
		b.WriteString(english[at[0]:at[1]])
		from = at[1]
	}
	b.WriteString(lengthen(english[from:]))
	return b.String()
}

// bare takes the accents from a text that has some already.
func bare(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFD.String(text))
}

// lengthen doubles two letters of five, the first of each word among them.
func lengthen(text string) string {
	var b strings.Builder
	due := 4 // fifths of a letter
	for _, r := range bare(text) {
		to, isLetter := letters[r]
		if !isLetter {
			b.WriteRune(r)
			due = 4
			continue
		}
		b.WriteRune(to)
		if due += 2; due >= 5 {
			b.WriteRune(to)
			due -= 5
		}
	}
	return b.String()
}

// Is reports whether a word is one of the language's.
func Is(word string) bool {
	return strings.Trim(word, accented) == ""
}
