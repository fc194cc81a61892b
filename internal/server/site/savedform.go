package site

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html"

	"guichet/internal/account"
	"guichet/internal/auth"
	"guichet/internal/bound"
	"guichet/internal/locale"
	"guichet/web/ui"
)

// formPages are the pages of forms whose own address is not a page, or another
// one: a refused form stands there.
var formPages = map[string]string{
	"/quotes":         "/quotes/new",
	UsersOfAgency:     UsersOfAgency + "/new",
	UsersOfAll:        UsersOfAll + "/new",
	"/admin/agencies": "/admin/agencies/new",
}

// formPage is the page on which the form of a request stands.
func formPage(r *http.Request) string {
	page := pageOf(r)
	if at, found := formPages[page]; found && !reads(r) {
		return at
	}
	return page
}

// saveForm keeps the form of a request for the one who has typed it, unless it is
// larger than any that a page has.
func (s *Site) saveForm(r *http.Request, userID int64) error {
	r.Body = http.MaxBytesReader(nil, r.Body, bound.Body)
	fields, err := Form(r)
	if tooBig := new(http.MaxBytesError); errors.As(err, &tooBig) || errors.Is(err, errManyFields) {
		return nil
	}
	if err != nil {
		return err
	}
	if r.URL.Path == QuotesPath {
		return s.SaveQuote(r, userID, fields)
	}
	for name := range fields {
		if secretField(name) {
			fields.Del(name)
		}
	}
	err = s.Auth.SaveForm(r.Context(), userID, auth.SavedForm{Action: r.URL.Path, Fields: fields})
	if errors.Is(err, auth.ErrFormTooBig) {
		return nil
	}
	return err
}

// draftKeeps reports that a draft keeps what is typed into a form of the sale.
func draftKeeps(action string) bool { return strings.HasPrefix(action, QuotesPath+"/") }

// keepTyped lets the page of a form that is refused show again what was typed, except
// where that is a secret. A page is worth more than this, so an error only goes to the
// log.
func (s *Site) keepTyped(r *http.Request, status int) {
	names := slices.Collect(maps.Keys(r.PostForm))
	if status < http.StatusBadRequest || len(names) == 0 || slices.ContainsFunc(names, secretField) || draftKeeps(r.URL.Path) {
		return
	}
	if err := s.saveForm(r, Person(r).ID); err != nil {
		s.LogMissing(r, "keep what was typed", err)
		return
	}
	if r.URL.Path != QuotesPath {
		s.SessionManager.Put(r.Context(), keyKept, r.URL.Path)
	}
}

// FormIsSent forgets what waits for a form, which is now sent, or kept elsewhere.
func (s *Site) FormIsSent(r *http.Request, action string) error {
	if s.SessionManager.GetString(r.Context(), keyKept) != action {
		return nil
	}
	s.SessionManager.Remove(r.Context(), keyKept)
	return s.Auth.DropForm(r.Context(), Person(r).ID)
}

// secretField reports whether a field is never kept, wherever it stands.
func secretField(name string) bool {
	return slices.ContainsFunc([]string{"password", "code", "key", "answer"}, func(s string) bool { return strings.Contains(name, s) })
}

// RestoreForm lets the session fill in a form that waits for its person.
func (s *Site) RestoreForm(r *http.Request, userID int64) error {
	kept, err := s.Auth.SavedForm(r.Context(), userID)
	if errors.Is(err, account.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	s.SessionManager.Put(r.Context(), keyKept, kept.Action)
	return nil
}

// withSavedForm restores a saved form if this page contains it, until that is sent.
func (s *Site) withSavedForm(r *http.Request, page []byte) ([]byte, error) {
	f := RequestInfoOf(r)
	if f.Person == nil || !f.session || fragment(r) || !reads(r) {
		return page, nil
	}
	action := s.SessionManager.GetString(r.Context(), keyKept)
	if action == "" || !bytes.Contains(page, []byte(`action="`+html.EscapeString(action))) {
		return page, nil
	}
	kept, err := s.Auth.SavedForm(r.Context(), f.Person.ID)
	if errors.Is(err, account.ErrNotFound) { // half an hour is over
		s.SessionManager.Remove(r.Context(), keyKept)
		return page, nil
	}
	if err != nil {
		return nil, err
	}
	if kept.Action != action { // another form has taken its place
		s.SessionManager.Remove(r.Context(), keyKept)
		return page, nil
	}
	filled, err := refill(page, kept, f.lang)
	if err != nil || filled == nil {
		return page, err
	}
	return filled, nil
}

// refill draws a page once more with what had been typed in one of its forms;
// nil when that form is not there, or has nothing to fill in. Hidden fields stay
// as they are: versions and prices are those of today.
func refill(page []byte, kept auth.SavedForm, l locale.Lang) ([]byte, error) {
	doc, err := html.Parse(bytes.NewReader(page))
	if err != nil {
		return nil, fmt.Errorf("fill a kept form in: %w", err)
	}
	form := formTo(doc, kept.Action)
	if form == nil {
		return nil, nil
	}
	filled := false
	for field := range form.Descendants() {
		filled = refillField(field, kept.Fields) || filled
	}
	if !filled {
		return nil, nil
	}
	form.Parent.InsertBefore(keptNote(l), form)
	var out bytes.Buffer
	if err := html.Render(&out, doc); err != nil {
		return nil, fmt.Errorf("fill a kept form in: %w", err)
	}
	return out.Bytes(), nil
}

// formTo finds the form of a page that is posted to an address.
func formTo(doc *html.Node, action string) *html.Node {
	for n := range doc.Descendants() {
		to, _, _ := strings.Cut(attribute(n, "action"), "#")
		if n.Type == html.ElementNode && n.Data == "form" && to == action && attribute(n, "method") == "post" {
			return n
		}
	}
	return nil
}

// keptNote says above the form why it is filled in.
func keptNote(l locale.Lang) *html.Node {
	note := &html.Node{Type: html.ElementNode, Data: "div"}
	setAttribute(note, "class", "note "+string(ui.Info))
	setAttribute(note, "data-testid", "kept-form")
	text := &html.Node{Type: html.ElementNode, Data: "p"}
	text.AppendChild(&html.Node{Type: html.TextNode, Data: l.T("session.kept")})
	note.AppendChild(text)
	return note
}

// refillField fills one field in, and reports whether it can be seen.
func refillField(n *html.Node, typed url.Values) bool {
	name := attribute(n, "name")
	values := typed[name]
	if n.Type != html.ElementNode || name == "" || secretField(name) {
		return false
	}
	switch {
	case n.Data == "textarea" && len(values) > 0:
		for c := n.FirstChild; c != nil; c = n.FirstChild {
			n.RemoveChild(c)
		}
		n.AppendChild(&html.Node{Type: html.TextNode, Data: values[0]})
	case n.Data == "select" && len(values) > 0:
		for o := range n.Descendants() {
			if o.Data == "option" {
				setFlag(o, "selected", attribute(o, "value") == values[0])
			}
		}
	case n.Data == "input":
		return refillInput(n, values)
	default:
		return false
	}
	return true
}

func refillInput(n *html.Node, values []string) bool {
	switch attribute(n, "type") {
	case "hidden", "password", "submit", "file":
		return false
	case "checkbox", "radio":
		setFlag(n, "checked", slices.Contains(values, attribute(n, "value")))
	default:
		if len(values) > 0 {
			setAttribute(n, "value", values[0])
		}
	}
	return true
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func setAttribute(n *html.Node, name, value string) {
	setFlag(n, name, false)
	n.Attr = append(n.Attr, html.Attribute{Key: name, Val: value})
}

func setFlag(n *html.Node, name string, on bool) {
	n.Attr = slices.DeleteFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name })
	if on {
		n.Attr = append(n.Attr, html.Attribute{Key: name})
	}
}
