package server

import (
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// find returns the first element whose attribute has the value; nil when there
// is none.
func (a *answer) find(attribute, value string) *html.Node {
	for n := range a.doc.Descendants() {
		for _, at := range n.Attr {
			if at.Key == attribute && at.Val == value {
				return n
			}
		}
	}
	return nil
}

// first returns the text of the first element of a kind, such as "h1".
func (a *answer) first(element string) string {
	for n := range a.doc.Descendants() {
		if n.Type == html.ElementNode && n.Data == element {
			return textOf(n)
		}
	}
	return ""
}

// text returns all words of the page.
func (a *answer) text() string { return textOf(a.doc) }

func textOf(n *html.Node) string {
	if n == nil {
		return ""
	}
	var words []string
	for d := range n.Descendants() {
		if d.Type == html.TextNode && (d.Parent == nil || d.Parent.Data != "script") {
			words = append(words, strings.Fields(d.Data)...)
		}
	}
	return strings.Join(words, " ")
}

// attr returns an attribute of an element; empty when either is missing.
func attr(n *html.Node, name string) string {
	if n != nil {
		for _, at := range n.Attr {
			if at.Key == name {
				return at.Val
			}
		}
	}
	return ""
}

// has reports whether an element has an attribute, such as "checked".
func has(n *html.Node, name string) bool {
	return n != nil && slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name })
}
