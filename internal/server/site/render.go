package site

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // a host need not have timezones

	"github.com/a-h/templ"

	"guichet/internal/account"
	"guichet/internal/auth"
	"guichet/internal/booking"
	"guichet/internal/locale"
	"guichet/web/ui"
)

// Render draws a page completely before the answer begins, so that a page that
// cannot be drawn is a 500 and never half a page.
func (s *Site) Render(w http.ResponseWriter, r *http.Request, status int, page templ.Component) error {
	var buf bytes.Buffer
	if err := page.Render(r.Context(), &buf); err != nil {
		return fmt.Errorf("draw the page: %w", err)
	}
	body, err := s.withSavedForm(r, buf.Bytes())
	if err != nil {
		return err
	}
	if answersForm(r, status) { // then it is noted when it is shown
		s.keepTyped(r, status)
		to, err := s.keepAnswer(r, status, w.Header().Get("Retry-After"), body)
		if err == nil {
			RequestInfoOf(r).rec.means = status
			return Redirect(w, r, to)
		}
		s.LogMissing(r, "keep a page", err) // it is shown all the same, once
	}
	if err := s.auditShown(r, shownOn(r, body)); err != nil {
		return err
	}
	writePage(w, status, body)
	return nil
}

// Redirect leads to a page of the portal by GET, as after every change.
func Redirect(w http.ResponseWriter, r *http.Request, path string) error {
	http.Redirect(w, r, path, http.StatusSeeOther) //nolint:gosec // callers pass paths of the portal
	return nil
}

// View is what the layout of every page needs. It takes the banner that the
// last action left, so it is called once.
func (s *Site) View(r *http.Request, title string, args ...any) ui.View {
	f := RequestInfoOf(r)
	v := ui.View{
		Lang:         f.lang,
		Title:        f.lang.T(title, args...),
		Environment:  string(s.Environment),
		SupportPhone: s.SupportPhone,
		Build:        s.Build,
		Path:         pageOf(r),
		Banner:       s.popFlash(r),
		SimpleHeader: f.Person == nil,
		Frozen:       f.frozen,
	}
	if p := f.Person; p != nil {
		v.Theme, v.Compact, v.ShortcutsOff = p.Theme, p.Compact(), p.ShortcutsOff
		v.User = &ui.User{Name: p.Name, Role: s.roleName(r), AgencyName: p.Agency.Name}
		v.Queue = s.queueCount(r, p.Actor())
		v.Nav, v.NavMore = navigation(f.lang, p.Actor(), r.URL.Path, v.Queue)
		if CustomerService(p.Actor()) {
			v.Overdue = v.Queue.Due
		}
		v.MayUnfreeze = Admins(p.Actor())
		v.KeyAlert = s.keyAlert(r, p.Actor())
		v.Due = s.due(r, p.Actor())
		ends := s.sessionEnds(r, *p)
		v.SessionUntil = f.lang.Time(ends.In(Timezone(r)))
		v.SessionLeft = int(ends.Sub(f.Now).Seconds())
		if strings.HasPrefix(r.URL.Path, "/bookings") {
			v.Search = r.URL.Query().Get("q")
		}
	}
	return v
}

// due reminds the people of an agency of what they still have to pay. A page
// is worth more than its reminder, so an error only goes to the log.
func (s *Site) due(r *http.Request, a account.Actor) *ui.Due {
	if !a.MaySell() || fragment(r) || RequestInfoOf(r).away {
		return nil
	}
	unpaid, err := s.Bookings.Unpaid(r.Context(), a.Scope())
	if err != nil {
		s.LogMissing(r, "count what is to pay", err)
		return nil
	}
	d := &ui.Due{Count: unpaid.Count, Next: Lang(r).Time(unpaid.PayBy.In(Timezone(r))), URL: "/bookings?view=to_pay"}
	switch unpaid.Count {
	case 0:
		return nil
	case 1:
		d.URL = "/bookings/" + unpaid.Ref
	}
	return d
}

// Allow counts one use of a limit by the agency of the request's person.
func (s *Site) Allow(r *http.Request, l auth.Limit) error {
	return s.Auth.Allow(r.Context(), l, strconv.FormatInt(Actor(r).AgencyID, 10))
}

// GiveBack takes back one use of a limit when nothing came of it because something
// else than the visitor failed. A page is worth more than the count.
func (s *Site) GiveBack(r *http.Request, l auth.Limit, cause error) {
	if f := failureOf(cause); f.Status < http.StatusInternalServerError && !errors.Is(cause, booking.ErrBusy) {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), 2*time.Second)
	defer cancel()
	if err := s.Auth.Return(ctx, l, strconv.FormatInt(Actor(r).AgencyID, 10)); err != nil {
		s.LogMissing(r, "take back a use", err)
	}
}

// navigation is where each role goes: the links of the header, of which one row has
// room for five, and those of its menu.
func navigation(l locale.Lang, a account.Actor, path string, queue ui.QueueCount) (links, more []ui.NavItem) {
	item := func(key locale.Key, url, shortcut string) ui.NavItem {
		return ui.NavItem{Label: l.T(string(key)), URL: url, Key: shortcut, Current: path == url}
	}
	sell, today, list := item("nav.new_quote", "/quotes/new", "n"), item("today.title", "/today", ""), item("nav.bookings", "/bookings", "")
	find, waiting := item("nav.desk", "/desk", ""), item("nav.queue", "/desk/queue", "")
	if queue.Open > 0 {
		waiting.Label += " (" + l.Number(int64(queue.Open)) + ")"
	}
	statements := item("statement.title", PathOfStatements, "")
	switch a.Role {
	case account.Agent:
		return []ui.NavItem{sell, today, list}, nil
	case account.Manager:
		return []ui.NavItem{sell, today, list, item("figures.title", "/agency/figures", "")}, []ui.NavItem{item("people.title", UsersAt(a), "")}
	case account.CustomerService:
		return []ui.NavItem{find, waiting, list}, []ui.NavItem{statements}
	case account.Admin:
		return []ui.NavItem{item("figures.title", "/admin", ""), list, waiting, item("supplier.title", "/admin/supplier", "")},
			[]ui.NavItem{find, statements, item("people.title", UsersAt(a), ""), item("agency.title", "/admin/agencies", ""), item("audit.title", "/admin/audit", "")}
	default:
		return nil, nil
	}
}

var roleKeys = map[account.Role]locale.Key{
	account.Agent:           "role.agent",
	account.Manager:         "role.manager",
	account.CustomerService: "role.customer_service",
	account.Admin:           "role.admin",
}

func (s *Site) roleName(r *http.Request) string {
	f := RequestInfoOf(r)
	if f.Person == nil {
		return ""
	}
	return f.lang.T(string(roleKeys[f.Person.Role]))
}

// Timezone is the one in which the request's person reads deadlines.
func Timezone(r *http.Request) *time.Location {
	if p := RequestInfoOf(r).Person; p != nil {
		return TimezoneOf(*p)
	}
	return Paris
}

// TimezoneOf is where a person's agency is.
func TimezoneOf(p account.Person) *time.Location {
	if p.Agency.Timezone != "" {
		if tz, err := time.LoadLocation(p.Agency.Timezone); err == nil {
			return tz
		}
	}
	return Paris
}

// Paris is the timezone where nothing else says.
var Paris = func() *time.Location {
	tz, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		panic(err) // it is part of the binary
	}
	return tz
}()

// leftBanner is a banner between two requests: a key, since the language may
// change meanwhile.
type leftBanner struct {
	Kind ui.Kind
	Key  locale.Key
	Args []any
}

// SetFlash lets the next page begin with a message. args are names and
// values in turn; values are strings and ints.
func (s *Site) SetFlash(r *http.Request, kind ui.Kind, key locale.Key, args ...any) error {
	b, err := json.Marshal(leftBanner{kind, key, args})
	if err != nil {
		return fmt.Errorf("leave a banner: %w", err)
	}
	s.SessionManager.Put(r.Context(), keyBanner, string(b))
	return nil
}

// RedirectWithFlash redirects to a page that begins with a message.
func (s *Site) RedirectWithFlash(w http.ResponseWriter, r *http.Request, path string, kind ui.Kind, key locale.Key) error {
	if err := s.SetFlash(r, kind, key); err != nil {
		return err
	}
	return Redirect(w, r, path)
}

func (s *Site) popFlash(r *http.Request) *ui.Banner {
	if fragment(r) || RequestInfoOf(r).away || !RequestInfoOf(r).session || !s.SessionManager.Exists(r.Context(), keyBanner) {
		return nil
	}
	var b leftBanner
	if err := json.Unmarshal([]byte(s.SessionManager.PopString(r.Context(), keyBanner)), &b); err != nil {
		s.Log.ErrorContext(r.Context(), "read the banner", "request", RequestInfoOf(r).id, "error", err)
		return nil
	}
	for i, arg := range b.Args {
		if n, ok := arg.(float64); ok {
			b.Args[i] = int(n)
		}
	}
	return &ui.Banner{Kind: b.Kind, Text: Lang(r).T(string(b.Key), b.Args...)}
}

// keyAlert tells admins that the supplier has refused a live key. A page is
// worth more than this, so an error only goes to the log.
func (s *Site) keyAlert(r *http.Request, a account.Actor) string {
	if !Admins(a) || fragment(r) || RequestInfoOf(r).away {
		return ""
	}
	keys, err := s.Keys.List(r.Context(), a, string(s.Environment))
	if err != nil {
		s.LogMissing(r, "look for refused keys", err)
		return ""
	}
	for _, k := range keys {
		if !k.RefusedAt.IsZero() {
			at := k.RefusedAt.In(Timezone(r))
			return Lang(r).T("keys.refused", "Key", k.Tail, "When", at, "WhenTime", at)
		}
	}
	return ""
}

// queueCount is what the header says of the queue. A page is worth more than
// its reminder, so an error only goes to the log.
func (s *Site) queueCount(r *http.Request, a account.Actor) ui.QueueCount {
	var c ui.QueueCount
	var err error
	if !a.Role.Staff() || fragment(r) || RequestInfoOf(r).away {
		return c
	}
	if c.Open, c.Due, err = s.Bookings.QueueCount(r.Context(), a); err != nil {
		s.LogMissing(r, "count the queue", err)
	}
	return c
}
