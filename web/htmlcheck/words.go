package htmlcheck

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// Word is a word that people read on a page, and where: the element and the text.
type Word struct{ Text, Where string }

// shown are the attributes whose values people read or hear; scripts show the last.
var shown = []string{
	"alt", "aria-label", "data-label", "placeholder", "title",
	"data-copied", "data-hide", "data-many", "data-minutes", "data-none", "data-one",
	"data-say-many", "data-say-one", "data-say-over", "data-seconds", "data-sent", "data-soon",
}

var (
	// noWords are addresses of mail, references, and identifiers, of which one in two
	// hundred happens to have no digit.
	noWords = regexp.MustCompile(`\S+@\S+|\b[A-Z]{2}(-[0-9A-Z]{4}){2}\b|\b(?:[a-z2-7]{16}|[a-z2-7]{26})\b`)
	// token may be a word, or hold digits: a plate, a terminal, an identifier.
	token = regexp.MustCompile(`[A-Za-z0-9-]*[0-9][A-Za-z0-9-]*`)
	word  = regexp.MustCompile(`\p{L}+`)
)

// Words returns the words of a page in its order. Left out is what has no language
// or another one than the page: elements that say so, code, addresses, references,
// and data, which are names and other texts that somebody typed.
func Words(page []byte, data ...string) ([]Word, error) {
	doc, err := html.Parse(bytes.NewReader(page))
	if err != nil {
		return nil, fmt.Errorf("htmlcheck: %w", err)
	}
	r := reader{data: anyOf(data)}
	r.read(doc)
	return r.words, nil
}

// anyOf matches each of the texts, the longest first, and whole identifiers, in
// which a short text may stand by chance.
func anyOf(texts []string) *regexp.Regexp {
	slices.SortFunc(texts, func(a, b string) int { return len(b) - len(a) })
	var list []string
	for _, text := range texts {
		list = append(list, regexp.QuoteMeta(text))
	}
	return regexp.MustCompile(strings.Join(append(list, token.String()), "|"))
}

type reader struct {
	lang  string
	data  *regexp.Regexp
	words []Word
}

func (r *reader) read(n *html.Node) {
	switch n.Type {
	case html.TextNode:
		r.split(n.Data, n.Parent)
	case html.ElementNode:
		if lang, ok := attr(n, "lang"); n.Data == "html" {
			r.lang = lang
		} else if ok && lang != r.lang {
			return
		}
		if slices.Contains([]string{"script", "style", "code"}, n.Data) {
			return
		}
		if class, _ := attr(n, "class"); slices.Contains(strings.Fields(class), "code") {
			return
		}
		for _, key := range shown {
			if value, ok := attr(n, key); ok {
				r.split(value, n)
			}
		}
	}
	for c := range n.ChildNodes() {
		r.read(c)
	}
}

func (r *reader) split(text string, in *html.Node) {
	bare := r.data.ReplaceAllStringFunc(noWords.ReplaceAllString(text, " "), func(found string) string {
		if token.FindString(found) == found {
			return withoutNumbers(found)
		}
		return " "
	})
	for _, w := range word.FindAllString(bare, -1) {
		r.words = append(r.words, Word{w, describe(in) + " " + strings.Join(strings.Fields(text), " ")})
	}
}

// withoutNumbers leaves of what holds digits only what may be a word and its number:
// small letters, and few of them ("52min").
func withoutNumbers(text string) string {
	if text == strings.ToUpper(text) || len(text) >= 8 {
		return " "
	}
	return text
}
