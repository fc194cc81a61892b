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

// shown is who travels in what a page shows: in the booking that it is about, or else in
// those to which it leads.
type shown struct {
	Ref      string // of the booking; empty for none
	AgencyID int64
	Lists    string // the names to which the page leads
}

// shownOn finds it in a page, so that no list has to say that it is one. What a page
// fetches again and again to keep up to date shows nobody.
func shownOn(r *http.Request, body []byte) shown {
	info := RequestInfoOf(r)
	switch {
	case info.noted || fragment(r) || info.Person == nil || !Actor(r).Role.Staff():
		return shown{}
	case info.shows != nil:
		return shown{Ref: info.shows.Ref, AgencyID: info.shows.AgencyID}
	}
	return shown{Lists: listed(body)}
}

// auditShown notes that staff sees who travels.
func (s *Site) auditShown(r *http.Request, x shown) error {
	switch {
	case x.Ref != "":
		return s.Accounts.AuditBooking(r.Context(), Actor(r), account.DidView, x.Ref, x.AgencyID)
	case x.Lists != "":
		return s.Accounts.AuditList(r.Context(), Actor(r), x.Lists)
	}
	return nil
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
