package server

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"guichet/internal/account"
	"guichet/internal/booking"
	"guichet/internal/locale"
	"guichet/internal/sheet"
	"guichet/web/admin"
	"guichet/web/ui"
)

// auditMark stands in the places of the audit log, whose order is one.
const auditMark = "audit"

// showAudit answers GET /admin/audit, the latest entries first.
func (s *Server) showAudit(w http.ResponseWriter, r *http.Request) error {
	return s.drawAudit(w, r, http.StatusOK, "")
}

func (s *Server) drawAudit(w http.ResponseWriter, r *http.Request, status int, problem string) error {
	p, f, err := s.readAudit(r)
	if err != nil {
		return err
	}
	p.Problem = problem
	if text := query(r).Get("before"); text != "" {
		c, ok := decodeCursor(text, auditMark)
		f.Before, p.BadCursor = c.ID, !ok
	}
	v := s.view(r, "audit.title")
	if len(p.Errors) > 0 {
		v.Problem = true
		return s.render(w, r, http.StatusUnprocessableEntity, admin.Audit(v, p))
	}
	v.Problem = problem != ""
	list, err := s.Accounts.AuditLog(r.Context(), actor(r), f)
	if err != nil {
		return err
	}
	if len(list) > pageSize {
		list = list[:pageSize]
		last := list[pageSize-1]
		p.Pager.Next = auditURL(p.Filter, encodeCursor(booking.Cursor{Key: last.At.UnixMicro(), ID: last.ID}, auditMark))
	}
	if f.Before != 0 {
		p.Pager.First = auditURL(p.Filter, "")
	}
	p.Entries = list
	return s.render(w, r, status, admin.Audit(v, p))
}

// readAudit reads the filter of the log from the address.
func (s *Server) readAudit(r *http.Request) (admin.AuditPage, account.AuditFilter, error) {
	q := query(r)
	p := admin.AuditPage{Timezone: timezone(r).String(), Now: s.Now(), Errors: map[string]string{}, Formats: formats()}
	p.Filter = admin.AuditFilter{
		Action: q.Get("action"), Who: strings.TrimSpace(q.Get("who")), Agency: q.Get("agency"),
		Network: strings.TrimSpace(q.Get("network")), From: q.Get("from"), To: q.Get("to"),
	}
	var err error
	if p.Agencies, err = s.Accounts.Agencies(r.Context()); err != nil {
		return p, account.AuditFilter{}, err
	}
	return p, s.auditFilter(r, &p), nil
}

// auditChunk is how many entries of an export are read at a time.
const auditChunk = 1000

// exportAudit answers POST /admin/audit/export with all entries of the filter.
func (s *Server) exportAudit(w http.ResponseWriter, r *http.Request) error {
	sent, err := form(r)
	if err != nil {
		return err
	}
	format := sheet.Format(sent.Get("format"))
	p, f, err := s.readAudit(r)
	switch {
	case err != nil:
		return err
	case !slices.Contains(sheet.Formats(), format):
		return s.drawAudit(w, r, http.StatusUnprocessableEntity, lang(r).T("export.format.empty"))
	case len(p.Errors) > 0:
		return s.drawAudit(w, r, http.StatusUnprocessableEntity, "")
	}
	f.Limit = auditChunk
	v := ui.View{Lang: lang(r)}
	t := table{format: format, name: "audit", about: admin.AuditAbout(v, p), head: admin.AuditHead(v), mark: p.Filter.Action, parts: []string{fileWord(p.Timezone)}}
	return s.send(w, r, t, func(add func([]sheet.Cell) error) error {
		tz := timezone(r)
		for {
			list, err := s.Accounts.AuditLog(r.Context(), actor(r), f)
			if err != nil {
				return err
			}
			for _, e := range list {
				row := []sheet.Cell{e.At.In(tz)}
				for _, text := range admin.AuditRow(v, e) {
					row = append(row, text)
				}
				if err := add(row); err != nil {
					return err
				}
			}
			if len(list) < auditChunk {
				return nil
			}
			f.Before = list[len(list)-1].ID
		}
	})
}

// auditFilter reads what was typed. What names nothing is left out; a date that
// is none stands in the errors.
func (s *Server) auditFilter(r *http.Request, p *admin.AuditPage) account.AuditFilter {
	f := account.AuditFilter{Action: account.Action(p.Filter.Action), Who: p.Filter.Who, Network: p.Filter.Network, Limit: pageSize + 1}
	if !slices.Contains(account.Actions(), f.Action) {
		f.Action, p.Filter.Action = "", ""
	}
	i := slices.IndexFunc(p.Agencies, func(a account.Agency) bool { return a.Code == p.Filter.Agency })
	if i >= 0 {
		f.AgencyID = p.Agencies[i].ID
	} else {
		p.Filter.Agency = ""
	}
	f.From = s.dayOf(r, p, "from", p.Filter.From)
	if f.To = s.dayOf(r, p, "to", p.Filter.To); !f.To.IsZero() {
		f.To = f.To.AddDate(0, 0, 1)
	}
	return f
}

// dayOf reads the beginning of a day where the visitor is.
func (s *Server) dayOf(r *http.Request, p *admin.AuditPage, field, text string) time.Time {
	if strings.TrimSpace(text) == "" {
		return time.Time{}
	}
	tz := timezone(r)
	today := s.Now().In(tz)
	yearAgo := today.AddDate(-1, 0, 1) // a day without a year is the last one, not the next
	day, err := locale.ParseDate(text, today, &yearAgo)
	if err != nil {
		p.Errors[field] = lang(r).T("audit.date.bad")
		return time.Time{}
	}
	return time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, tz)
}

func auditURL(f admin.AuditFilter, before string) string {
	q := url.Values{}
	for name, value := range map[string]string{
		"action": f.Action, "who": f.Who, "agency": f.Agency, "network": f.Network, "from": f.From, "to": f.To, "before": before,
	} {
		if value != "" {
			q.Set(name, value)
		}
	}
	return "/admin/audit?" + q.Encode()
}
