package main

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"golang.org/x/net/html"

	"guichet/internal/booking"
	"guichet/internal/locale"
)

// sheet is a page as somebody reads it: its words, and where it lets one go.
type sheet struct {
	path   string
	lang   locale.Lang
	status int
	state  booking.State // the one that the page shows; empty when it shows none
	words  string        // of the main part, in lower case, with single spaces
	links  []string
	forms  []string            // where its forms lead
	tags   map[string][]string // of a list: the labels in the row of each reference
}

// read asks for a page and takes it apart.
func (v *visitor) read(ctx context.Context, path string) (sheet, error) {
	p, err := v.get(ctx, path)
	if err == nil && strings.HasPrefix(p.location, "/sign-in") { // the session is over when the world's clock has moved
		if err = v.signIn(ctx, v.email); err == nil {
			p, err = v.get(ctx, path)
		}
	}
	switch {
	case err != nil:
		return sheet{}, err
	case strings.HasPrefix(p.location, "/sign-in"), strings.HasPrefix(p.location, "/second-factor"):
		return sheet{}, fmt.Errorf("read %s: sent to %s", path, p.location)
	}
	s := sheet{path: path, lang: v.lang, status: p.status, tags: map[string][]string{}}
	if p.status != http.StatusOK {
		return s, nil
	}
	doc, err := html.Parse(strings.NewReader(p.body))
	if err != nil {
		return sheet{}, err
	}
	for n := range doc.Descendants() {
		if n.Data == "main" {
			s.take(n)
		}
	}
	return s, nil
}

// take goes through the main part of a page.
func (s *sheet) take(top *html.Node) {
	var words []string
	row := ""
	for n := range top.Descendants() {
		switch {
		case n.Type == html.TextNode:
			words = append(words, strings.Fields(n.Data)...)
		case n.Data == "tr":
			row = ""
		case n.Data == "a":
			s.links = append(s.links, attribute(n, "href"))
			if ref, ok := strings.CutPrefix(attribute(n, "href"), "/bookings/"); ok && row == "" && !strings.ContainsAny(ref, "/?#") {
				row = ref
			}
		case n.Data == "form":
			path, _, _ := strings.Cut(attribute(n, "action"), "#")
			s.forms = append(s.forms, path)
		case n.Data == "span" && slices.Contains(strings.Fields(attribute(n, "class")), "tag") && row != "":
			s.tags[row] = append(s.tags[row], strings.Join(strings.Fields(textOf(n)), " "))
		}
		if state := attribute(n, "data-state"); state != "" {
			s.state = booking.State(state)
		}
	}
	s.words = strings.ToLower(strings.Join(words, " "))
}

// offers reports that the page lets one go on to what ends so.
func (s sheet) offers(end string) bool {
	ends := func(path string) bool { return strings.HasSuffix(path, end) }
	return slices.ContainsFunc(s.links, ends) || slices.ContainsFunc(s.forms, ends)
}

// says reports that the page holds one of the words of a language.
func (s sheet) says(words map[locale.Lang][]string) bool {
	return slices.ContainsFunc(words[s.lang], func(w string) bool { return strings.Contains(s.words, w) })
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func textOf(top *html.Node) string {
	var text strings.Builder
	for n := range top.Descendants() {
		if n.Type == html.TextNode {
			text.WriteString(n.Data + " ")
		}
	}
	return text.String()
}
