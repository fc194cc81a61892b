// Package typed says what a text may hold that people type, and that others send:
// letters, marks and signs of any script, and nothing that cannot be seen or that
// changes the order in which a line is read.
//
// It knows the error for fields, and nothing else of ours.
package typed

import (
	"fmt"
	"strings"
	"unicode"

	"guichet/internal/invalid"
)

// Line returns a text as one line: runs of spaces of any kind are one plain space,
// none at the ends, where invisible marks are left out, too. Empty when nothing of it
// can be seen. What it may not hold is a problem of the field.
func Line(bad *invalid.Error, field, text string) string {
	text = trim(text)
	var line strings.Builder
	space := false
	for i, r := range text {
		if r == '\t' || unicode.Is(unicode.Zs, r) {
			space = true
			continue
		}
		if strange(r) {
			addStrange(bad, field, text[:i], r)
			return text
		}
		if space {
			line.WriteByte(' ')
		}
		space = false
		line.WriteRune(r)
	}
	return visible(line.String())
}

var lineBreaks = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\v", "\n", "\f", "\n", "\u0085", "\n", "\u2028", "\n", "\u2029", "\n")

// Lines returns a text of several lines, which all end with "\n". Other control
// characters are dropped: they come along with what is pasted, and mean nothing.
// Otherwise as Line, but spaces stay as they are.
func Lines(bad *invalid.Error, field, text string) string {
	text = trim(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, lineBreaks.Replace(text)))
	for i, r := range text {
		if r != '\n' && r != '\t' && strange(r) {
			addStrange(bad, field, text[:i], r)
			return text
		}
	}
	return visible(text)
}

// Clean is for what nobody can be asked to type anew, such as the name of a file: one
// line without what a text may not hold.
func Clean(text string) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r), unicode.IsControl(r):
			return ' '
		case strange(r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, ""))
	return visible(strings.Join(strings.Fields(text), " "))
}

// Seen is what can be seen of an address: without the marks of breaks, joints and the
// order of bytes that copying brings along, and without spaces around. What turns a
// line around stays, and is refused.
func Seen(text string) string {
	return strings.TrimFunc(strings.Map(func(r rune) rune {
		if strings.ContainsRune("\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff", r) {
			return -1
		}
		return r
	}, text), unicode.IsSpace)
}

// OK reports that a text holds nothing that it may not, spaces and breaks included.
func OK(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return strange(r) || unicode.IsSpace(r) })
}

// Joiners are part of words: the shape of letters depends on them.
const (
	nonJoiner = '\u200c'
	joiner    = '\u200d'
)

// strange are characters that cannot be seen and change what others are (control,
// direction, tags), the breaks of lines, and those that mean nothing to others
// (private use, none at all).
func strange(r rune) bool {
	switch {
	case r == nonJoiner || r == joiner:
		return false
	case r&0xfffe == 0xfffe, r >= 0xfdd0 && r <= 0xfdef: // no characters
		return true
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs, unicode.Zl, unicode.Zp)
}

// trim leaves out at the ends what copying brings along.
func trim(text string) string {
	return strings.TrimFunc(text, func(r rune) bool {
		return r == '\n' || r == '\r' || r == '\t' || unicode.Is(unicode.Zs, r) || strings.ContainsRune("\u00ad\u200b\u2060\ufeff", r)
	})
}

// visible returns a text of which something can be seen; else an empty one.
func visible(text string) string {
	seen := strings.ContainsFunc(text, func(r rune) bool {
		blank := strings.ContainsRune("\u034f\u115f\u1160\u2800\u3164\uffa0", r) // letters and signs without a shape
		return !blank && !unicode.IsSpace(r) && !unicode.In(r, unicode.Cf, unicode.Mn, unicode.Me)
	})
	if !seen {
		return ""
	}
	return text
}

// before is how much of the text before a character tells where it stands.
const before = 12

func addStrange(bad *invalid.Error, field, text string, r rune) {
	code, front := fmt.Sprintf("U+%04X", r), []rune(strings.TrimSpace(text))
	if len(front) == 0 {
		bad.Add(field, "problem.character.first", "Code", code)
		return
	}
	bad.Add(field, "problem.character", "Code", code, "Before", string(front[max(0, len(front)-before):]))
}
