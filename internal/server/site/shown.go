package site

import (
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"guichet/internal/account"
)

// mostListed is how many names an entry of the audit log holds: a page's and some more.
const mostListed = 60

// named are the links by which pages name what bears travellers: bookings, files of the
// supplier, and what only the supplier knows.
var named = regexp.MustCompile(`"/(?:bookings/(GU-[0-9A-Z]{4}-[0-9A-Z]{4})|desk/(statements|unknown)/([0-9A-Za-z-]+))[/"?#]`)

// auditShown notes that staff sees who travels: in the booking that a page is about, or
// else in those to which it leads, so that no list has to say that it is one. What a
// page fetches again and again to keep up to date shows nobody.
func (s *Site) auditShown(r *http.Request, body []byte) error {
	info := RequestInfoOf(r)
	if info.noted || fragment(r) || info.Person == nil || !Actor(r).Role.Staff() {
		return nil
	}
	if b := info.shows; b != nil {
		return s.Accounts.AuditBooking(r.Context(), Actor(r), account.DidView, b.Ref, b.AgencyID)
	}
	if info.lists = listed(body); info.lists == "" {
		return nil
	}
	return s.Accounts.AuditList(r.Context(), Actor(r), info.lists)
}

// listed are the names to which a page leads, each once, in its order, with the code of
// what is no booking; and how many more there are.
func listed(body []byte) string {
	var names []string
	seen := map[string]bool{}
	for _, m := range named.FindAllSubmatch(body, -1) {
		name := string(m[1])
		if name == "" {
			name = string(m[2]) + "=" + string(m[3])
		}
		if seen[name] {
			continue
		}
		if seen[name] = true; len(seen) <= mostListed {
			names = append(names, name)
		}
	}
	if more := len(seen) - len(names); more > 0 {
		names = append(names, "+"+strconv.Itoa(more))
	}
	return strings.Join(names, " ")
}

// auditAgain notes that a page that was kept is shown.
func (s *Site) auditAgain(r *http.Request, a answered) error {
	switch {
	case !Actor(r).Role.Staff():
		return nil
	case a.Ref != "":
		return s.Accounts.AuditBooking(r.Context(), Actor(r), account.DidView, a.Ref, a.AgencyID)
	case a.Lists != "":
		return s.Accounts.AuditList(r.Context(), Actor(r), a.Lists)
	}
	return nil
}
