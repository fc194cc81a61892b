// Package htmlcheck reads a rendered page and lists what breaks the rules that
// every page of the portal keeps: names for inputs, one h1, no inline code, the
// primary submit first. It is used by tests only.
//
// It must not know any page: its rules hold for all of them.
package htmlcheck

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// Problems returns one line for each rule that the page breaks, in the order of
// the page; an empty list is a good page.
func Problems(page []byte) []string {
	doc, err := html.Parse(bytes.NewReader(page))
	if err != nil {
		return []string{fmt.Sprintf("unreadable: %v", err)}
	}
	c := checker{ids: map[string]int{}, labelled: map[string]bool{}, count: map[string]int{}}
	for n := range doc.Descendants() {
		if n.Type == html.ElementNode {
			c.learn(n)
		}
	}
	for _, n := range c.elements {
		c.policy(n)
		c.references(n)
		c.control(n)
		c.part(n)
		c.code(n)
	}
	c.page()
	c.primaryFirst()
	return c.problems
}

type checker struct {
	elements []*html.Node
	ids      map[string]int  // how often an id occurs
	labelled map[string]bool // ids that a label names
	count    map[string]int  // elements by name
	problems []string
}

func (c *checker) report(format string, args ...any) {
	c.problems = append(c.problems, fmt.Sprintf(format, args...))
}

// learn collects what the rules need to know about the whole page.
func (c *checker) learn(n *html.Node) {
	c.elements = append(c.elements, n)
	c.count[n.Data]++
	if id, ok := attr(n, "id"); ok {
		c.ids[id]++
	}
	if target, ok := attr(n, "for"); ok && n.Data == "label" && text(n) != "" {
		c.labelled[target] = true
	}
}

// page checks what a page has once.
func (c *checker) page() {
	for _, name := range []string{"h1", "main", "title"} {
		if c.count[name] != 1 {
			c.report("%d <%s>, want exactly one", c.count[name], name)
		}
	}
	for id, n := range c.ids {
		if n > 1 {
			c.report("id %q occurs %d times", id, n)
		}
	}
	for _, n := range c.elements {
		if lang, _ := attr(n, "lang"); n.Data == "html" && lang == "" {
			c.report("<html> without lang")
		}
		if n.Data == "title" && text(n) == "" {
			c.report("empty <title>")
		}
	}
}

var forbiddenTypes = []string{"date", "time", "number", "datetime-local", "month", "week"}

// policy checks what the content security policy and our own rules refuse.
func (c *checker) policy(n *html.Node) {
	for _, a := range n.Attr {
		switch {
		case a.Key == "style":
			c.report("%s: style attribute", describe(n))
		case strings.HasPrefix(a.Key, "on"):
			c.report("%s: inline handler %s", describe(n), a.Key)
		case strings.HasPrefix(strings.ToLower(strings.TrimSpace(a.Val)), "javascript:"):
			c.report("%s: script in %s", describe(n), a.Key)
		case a.Key == "accesskey":
			c.report("%s: accesskey", describe(n))
		case a.Key == "maxlength": // it cuts what is pasted, and says nothing
			c.report("%s: maxlength", describe(n))
		case a.Key == "tabindex" && a.Val != "0" && a.Val != "-1":
			c.report("%s: tabindex %s", describe(n), a.Val)
		}
	}
	switch n.Data {
	case "style":
		c.report("<style> element")
	case "script":
		if src, _ := attr(n, "src"); src == "" {
			c.report("inline script")
		}
	case "meta":
		if v, _ := attr(n, "http-equiv"); strings.EqualFold(v, "refresh") {
			c.report("meta refresh")
		}
	case "img":
		if _, ok := attr(n, "alt"); !ok {
			c.report("%s: no alt", describe(n))
		}
	}
}

// parts are the roles of a table's parts.
var parts = map[string]string{"table": "table", "thead": "rowgroup", "tbody": "rowgroup", "tr": "row", "td": "cell"}

// part checks that what may be drawn as something else than a table, and so be taken
// for something else, says what it is.
func (c *checker) part(n *html.Node) {
	want := parts[n.Data]
	if scope, _ := attr(n, "scope"); n.Data == "th" {
		want = map[string]string{"col": "columnheader", "row": "rowheader"}[scope]
	}
	if role, _ := attr(n, "role"); (n.Data == "th" || want != "") && role != want && inside(n, "class", "table") {
		c.report("%s: role %q, want %q", describe(n), role, want)
	}
}

// codeText is a text that is a reference or a plate.
var codeText = regexp.MustCompile(`^(GU-[0-9A-Z]{4}-[0-9A-Z]{4}|[A-Z]{2}-[0-9]{3}-[A-Z]{2})$`)

// code checks that no browser translates what only looks like words.
func (c *checker) code(n *html.Node) {
	class, _ := attr(n, "class")
	names := strings.Fields(class)
	is := slices.Contains(names, "code") || slices.Contains(names, "gate")
	for t := range n.ChildNodes() {
		is = is || t.Type == html.TextNode && codeText.MatchString(strings.TrimSpace(t.Data)) && n.Data != "option" && n.Data != "title"
	}
	if is && n.Data != "input" && n.Data != "textarea" && !inside(n, "translate", "no") {
		c.report("%s: may be translated", describe(n))
	}
}

// inside reports that an element, or one around it, has an attribute with that word.
func inside(n *html.Node, key, word string) bool {
	for ; n != nil; n = n.Parent {
		if value, _ := attr(n, key); n.Type == html.ElementNode && slices.Contains(strings.Fields(value), word) {
			return true
		}
	}
	return false
}

// references checks that every id that is named exists.
func (c *checker) references(n *html.Node) {
	for _, key := range []string{"for", "aria-describedby", "aria-labelledby", "aria-controls", "data-copy", "data-dialog", "data-show"} {
		value, _ := attr(n, key)
		for id := range strings.FieldsSeq(value) {
			if c.ids[id] == 0 {
				c.report("%s: %s names %q, which does not exist", describe(n), key, id)
			}
		}
	}
	if href, _ := attr(n, "href"); n.Data == "a" && len(href) > 1 && href[0] == '#' && c.ids[href[1:]] == 0 {
		c.report("%s: link to %s, which does not exist", describe(n), href)
	}
}

// control checks buttons, forms and everything that is filled in.
func (c *checker) control(n *html.Node) {
	kind, hasType := attr(n, "type")
	switch n.Data {
	case "button":
		if !hasType {
			c.report("%s: no type", describe(n))
		}
		if label, _ := attr(n, "aria-label"); label == "" && text(n) == "" {
			c.report("%s: no name", describe(n))
		}
	case "form":
		if _, ok := attr(n, "novalidate"); !ok {
			c.report("%s: no novalidate", describe(n))
		}
	case "input":
		if kind == "hidden" || kind == "submit" || kind == "button" {
			return
		}
		if !hasType {
			c.report("%s: no type", describe(n))
		}
		if slices.Contains(forbiddenTypes, kind) {
			c.report("%s: type=%s", describe(n), kind)
		}
		c.filled(n, kind)
	case "select", "textarea":
		c.filled(n, kind)
	}
}

// filled checks the name of a control, and what the browser may fill in.
func (c *checker) filled(n *html.Node, kind string) {
	if _, ok := attr(n, "autocomplete"); !ok && kind != "checkbox" && kind != "radio" && kind != "file" {
		c.report("%s: no autocomplete", describe(n))
	}
	id, _ := attr(n, "id")
	label, _ := attr(n, "aria-label")
	by, _ := attr(n, "aria-labelledby")
	if !c.labelled[id] && label == "" && by == "" && !insideLabel(n) {
		c.report("%s: no label", describe(n))
	}
}

// primaryFirst checks that Enter in a field does what the form is for.
func (c *checker) primaryFirst() {
	submits := map[string][]*html.Node{}
	var order []string
	for _, n := range c.elements {
		if kind, _ := attr(n, "type"); (n.Data != "button" && n.Data != "input") || kind != "submit" {
			continue
		}
		owner := formOf(n)
		if owner == "" {
			c.report("%s: submits no form", describe(n))
			continue
		}
		if submits[owner] == nil {
			order = append(order, owner)
		}
		submits[owner] = append(submits[owner], n)
	}
	for _, owner := range order {
		first := submits[owner][0]
		class, _ := attr(first, "class")
		names := strings.Fields(class)
		if len(submits[owner]) > 1 && !slices.Contains(names, "primary") && !slices.Contains(names, "danger") {
			c.report("%s: the first submit of its form is not the primary one", describe(first))
		}
	}
}

// formOf identifies the form of a control: by id, or by its place in the tree.
func formOf(n *html.Node) string {
	if id, ok := attr(n, "form"); ok {
		return "#" + id
	}
	for p := n.Parent; p != nil; p = p.Parent {
		if p.Type != html.ElementNode || p.Data != "form" {
			continue
		}
		if id, ok := attr(p, "id"); ok {
			return "#" + id
		}
		return fmt.Sprintf("%p", p)
	}
	return ""
}

func insideLabel(n *html.Node) bool {
	for p := n.Parent; p != nil; p = p.Parent {
		if p.Type == html.ElementNode && p.Data == "label" && text(p) != "" {
			return true
		}
	}
	return false
}

func attr(n *html.Node, key string) (string, bool) {
	for _, a := range n.Attr {
		if a.Namespace == "" && a.Key == key {
			return a.Val, true
		}
	}
	return "", false
}

func text(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return strings.TrimSpace(b.String())
}

func describe(n *html.Node) string {
	var b strings.Builder
	b.WriteString("<" + n.Data)
	for _, key := range []string{"id", "name", "type", "class"} {
		if v, ok := attr(n, key); ok {
			fmt.Fprintf(&b, " %s=%q", key, v)
		}
	}
	return b.String() + ">"
}
