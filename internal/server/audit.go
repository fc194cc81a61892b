package server

import (
	"net/http"
	"net/url"
	"slices"

	"guichet/internal/account"
	"guichet/internal/booking"
	"guichet/web"
)

// showAudit answers GET /admin/audit, the latest entries first.
func (s *Server) showAudit(w http.ResponseWriter, r *http.Request) error {
	q := query(r)
	f := account.AuditFilter{Action: account.Action(q.Get("action")), Limit: pageSize + 1}
	if !slices.Contains(account.Actions(), f.Action) {
		f.Action = ""
	}
	p := web.AuditPage{Action: f.Action, Timezone: timezone(r).String(), Now: s.Now()}
	if text := q.Get("before"); text != "" {
		c, ok := decodeCursor(text)
		f.Before, p.BadCursor = c.ID, !ok
	}
	list, err := s.Accounts.AuditLog(r.Context(), actor(r), f)
	if err != nil {
		return err
	}
	if len(list) > pageSize {
		list = list[:pageSize]
		last := list[pageSize-1]
		p.Pager.Next = auditURL(f.Action, encodeCursor(booking.Cursor{At: last.At, ID: last.ID}))
	}
	if f.Before != 0 {
		p.Pager.First = auditURL(f.Action, "")
	}
	p.Entries = list
	v := s.view(r, "audit.title")
	return s.render(w, r, http.StatusOK, web.Audit(v, p))
}

func auditURL(action account.Action, before string) string {
	q := url.Values{}
	if action != "" {
		q.Set("action", string(action))
	}
	if before != "" {
		q.Set("before", before)
	}
	return "/admin/audit?" + q.Encode()
}
