package admin

import (
	"net/http"
	"time"

	"guichet/internal/account"
	"guichet/internal/locale"
	"guichet/internal/report"
	"guichet/internal/server/site"
	pages "guichet/web/admin"
)

// longestPeriod is how many days figures are asked for at once.
const longestPeriod = 366

// ShowFigures answers GET /admin and GET /agency/figures.
func (s *Handlers) ShowFigures(w http.ResponseWriter, r *http.Request) error {
	q := site.Query(r)
	p := pages.FiguresPage{
		Path: r.URL.Path, Preset: q.Get("period"), FromText: q.Get("from"), ToText: q.Get("to"),
		Timezone: site.Timezone(r).String(), Errors: map[string]string{}, All: site.Actor(r).Role == account.Admin,
	}
	p.From, p.To = s.presetOf(r, &p)
	v := s.View(r, "figures.title")
	if len(p.Errors) > 0 {
		v.Problem = true
		return s.Render(w, r, http.StatusUnprocessableEntity, pages.Figures(v, p))
	}
	counted, err := s.Reports.Report(r.Context(), site.Actor(r), report.Period{From: p.From, To: p.To, Timezone: p.Timezone})
	if err != nil {
		return err
	}
	p.Report = counted
	if p.All {
		if p.Agencies, err = s.Accounts.Agencies(r.Context()); err != nil {
			return err
		}
	}
	return s.Render(w, r, http.StatusOK, pages.Figures(v, p))
}

// presetOf is the period: one of those that are offered, or what was typed.
func (s *Handlers) presetOf(r *http.Request, p *pages.FiguresPage) (from, to time.Time) {
	tz := site.Timezone(r)
	now := s.Now().In(tz)
	today := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, tz)
	tomorrow := today.AddDate(0, 0, 1)
	if p.FromText != "" || p.ToText != "" {
		p.Preset = "free"
		return s.freePeriod(r, p, today)
	}
	switch p.Preset {
	case "today":
		return today, tomorrow
	case "7":
		return tomorrow.AddDate(0, 0, -7), tomorrow
	case "month":
		return time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, tz), tomorrow
	}
	p.Preset = "30"
	return tomorrow.AddDate(0, 0, -30), tomorrow
}

// freePeriod reads what was typed; an end that was left open is today.
func (s *Handlers) freePeriod(r *http.Request, p *pages.FiguresPage, today time.Time) (from, to time.Time) {
	l, tz := site.Lang(r), site.Timezone(r)
	day := func(field, text string) time.Time {
		if text == "" {
			return today
		}
		d, err := locale.ParsePastDay(text, today)
		if err != nil {
			p.Errors[field] = l.T("filter.date.bad")
			return today
		}
		return time.Date(d.Year(), d.Month(), d.Day(), 0, 0, 0, 0, tz)
	}
	from, to = day("from", p.FromText), day("to", p.ToText)
	switch {
	case len(p.Errors) > 0:
	case to.Before(from):
		p.Errors["to"] = l.T("filter.to.early", "Day", from)
	case to.After(from.AddDate(0, 0, longestPeriod-1)):
		p.Errors["to"] = l.T("figures.too_long", "Count", longestPeriod)
	}
	return from, to.AddDate(0, 0, 1)
}
