package admin

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"guichet/internal/account"
	"guichet/internal/booking"
	"guichet/internal/bound"
	"guichet/internal/locale"
	"guichet/internal/server/site"
	"guichet/internal/sheet"
	pages "guichet/web/admin"
	"guichet/web/ui"
)

// auditMark stands in the places of the audit log, whose order is one.
const auditMark = "audit"

// ShowAudit answers GET /admin/audit, the latest entries first.
func (s *Handlers) ShowAudit(w http.ResponseWriter, r *http.Request) error {
	return s.drawAudit(w, r, http.StatusOK, "")
}

func (s *Handlers) drawAudit(w http.ResponseWriter, r *http.Request, status int, problem string) error {
	p, f, err := s.readAudit(r)
	if err != nil {
		return err
	}
	p.Problem = problem
	if text := site.Query(r).Get("before"); text != "" {
		c, ok := site.DecodeCursor(text, auditMark)
		f.Before, p.BadCursor = c.ID, !ok
	}
	v := s.View(r, "audit.title")
	if len(p.Errors) > 0 {
		v.Problem = true
		return s.Render(w, r, http.StatusUnprocessableEntity, pages.Audit(v, p))
	}
	v.Problem = problem != ""
	list, err := s.Accounts.AuditLog(r.Context(), site.Actor(r), f)
	if err != nil {
		return err
	}
	if len(list) > site.PageSize {
		list = list[:site.PageSize]
		last := list[site.PageSize-1]
		p.Pager.Next = auditURL(p.Filter, site.EncodeCursor(booking.Cursor{Key: last.At.UnixMicro(), ID: last.ID}, auditMark))
	}
	if f.Before != 0 {
		p.Pager.First = auditURL(p.Filter, "")
	}
	p.Entries = list
	return s.Render(w, r, status, pages.Audit(v, p))
}

// readAudit reads the filter of the log from the address.
func (s *Handlers) readAudit(r *http.Request) (pages.AuditPage, account.AuditFilter, error) {
	q := site.Query(r)
	p := pages.AuditPage{Timezone: site.Timezone(r).String(), Now: s.Now(), Errors: map[string]string{}, Formats: site.Formats()}
	p.Filter = pages.AuditFilter{
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

// ExportAudit answers POST /admin/audit/export with all entries of the filter.
func (s *Handlers) ExportAudit(w http.ResponseWriter, r *http.Request) error {
	sent, err := site.Form(r)
	if err != nil {
		return err
	}
	format := sheet.Format(sent.Get("format"))
	p, f, err := s.readAudit(r)
	switch {
	case err != nil:
		return err
	case !slices.Contains(sheet.Formats(), format):
		return s.drawAudit(w, r, http.StatusUnprocessableEntity, site.Lang(r).T("export.format.empty"))
	case len(p.Errors) > 0:
		return s.drawAudit(w, r, http.StatusUnprocessableEntity, "")
	}
	f.Limit = auditChunk
	v := ui.View{Lang: site.Lang(r)}
	t := site.Table{Format: format, Name: "audit", About: pages.AuditAbout(v, p), Head: pages.AuditHead(v), Mark: p.Filter.Action, Parts: []string{site.FileWord(p.Timezone)}}
	return s.Send(w, r, t, func(add func([]sheet.Cell) error) error {
		tz := site.Timezone(r)
		for {
			list, err := s.Accounts.AuditLog(r.Context(), site.Actor(r), f)
			if err != nil {
				return err
			}
			for _, e := range list {
				row := []sheet.Cell{e.At.In(tz)}
				for _, text := range pages.AuditRow(v, e) {
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
func (s *Handlers) auditFilter(r *http.Request, p *pages.AuditPage) account.AuditFilter {
	f := account.AuditFilter{Action: account.Action(p.Filter.Action), Who: p.Filter.Who, Network: p.Filter.Network, Limit: site.PageSize + 1}
	if !slices.Contains(account.Actions(), f.Action) {
		f.Action, p.Filter.Action = "", ""
	}
	for field, text := range map[string]string{"who": f.Who, "network": f.Network} {
		if site.TooLong(text) {
			p.Errors[field] = site.Lang(r).T("web.search.long", "Max", bound.Search)
		}
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
func (s *Handlers) dayOf(r *http.Request, p *pages.AuditPage, field, text string) time.Time {
	if strings.TrimSpace(text) == "" {
		return time.Time{}
	}
	tz := site.Timezone(r)
	day, err := locale.ParsePastDay(text, s.Now().In(tz))
	if err != nil {
		p.Errors[field] = site.Lang(r).T("audit.date.bad")
		return time.Time{}
	}
	return time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, tz)
}

func auditURL(f pages.AuditFilter, before string) string {
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
