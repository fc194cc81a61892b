package admin

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"time"

	"guichet/internal/account"
	"guichet/internal/booking"
	"guichet/internal/report"
	"guichet/web/ui"
)

// FiguresPage is the subject of Figures.
type FiguresPage struct {
	Path             string // "/admin" or "/agency/figures"
	Preset           string // "today", "7", "30", "month" or "free"
	FromText, ToText string // as they were typed
	From, To         time.Time
	Timezone         string
	Errors           map[string]string
	Report           report.Report
	Agencies         []account.Agency // admins only
	All              bool             // of all agencies
}

// figure is one of the six, with what it means and what was there before.
type figure struct {
	id, label, value, url, meaning, before string
	detail                                 string // "12 of 340"
	small                                  bool
}

func (p FiguresPage) presets(v ui.View) []ui.NavItem {
	var items []ui.NavItem
	for _, code := range []string{"today", "7", "30", "month"} {
		items = append(items, ui.NavItem{
			Label: v.T("figures.period." + code), URL: p.Path + "?" + url.Values{"period": {code}}.Encode(), Current: p.Preset == code,
		})
	}
	return items
}

func (p FiguresPage) field(v ui.View, name, value string) ui.Field {
	return ui.Field{ID: name, Name: name, Label: v.T("filter." + name), Hint: v.T("filter.date.hint"), Value: value, Width: "m"}.WithErrors(p.Errors)
}

func (p FiguresPage) from(v ui.View) ui.Field { return p.field(v, "from", p.FromText) }
func (p FiguresPage) to(v ui.View) ui.Field   { return p.field(v, "to", p.ToText) }

// days is the period in words.
func (p FiguresPage) days(v ui.View) string {
	return v.T("figures.days", "From", p.From, "To", p.To.AddDate(0, 0, -1), "Zone", v.ZoneName(p.Timezone))
}

// list is the address of the bookings behind a number.
func (p FiguresPage) list(f ui.ListFilter, states ...booking.State) string {
	for _, s := range states {
		f.States = append(f.States, string(s))
	}
	if f.From == "" {
		f.From, f.To = p.From.Format(time.DateOnly), p.To.AddDate(0, 0, -1).Format(time.DateOnly)
	}
	return f.At("/bookings")
}

func (p FiguresPage) figures(v ui.View) []figure {
	r := p.Report
	count := func(id string, now, before int, f ui.ListFilter, states []booking.State) figure {
		return figure{
			id: id, label: v.T("figures." + id), value: v.Lang.Number(int64(now)), url: p.list(f, states...),
			meaning: v.T("figures." + id + ".meaning"), before: v.T("figures.before", "Value", v.Lang.Number(int64(before))),
		}
	}
	rate := func(id string, now, before report.Ratio, f ui.ListFilter, states []booking.State) figure {
		x := count(id, now.Of, 0, f, states)
		x.value, x.small = rateText(v, now), now.Small()
		x.detail = v.T("figures.of", "Part", v.Lang.Number(int64(now.Of)), "Whole", v.Lang.Number(int64(now.In)))
		x.before = v.T("figures.before", "Value", rateText(v, before))
		return x
	}
	paid := count("paid", r.Total.Active, r.Before.Active, ui.ListFilter{}, booking.ActiveStates())
	revenue := paid
	revenue.id, revenue.label, revenue.meaning = "revenue", v.T("figures.revenue"), v.T("figures.revenue.meaning")
	revenue.value, revenue.before = sums(v, r.Total.Revenue), v.T("figures.before", "Value", sums(v, r.Before.Revenue))
	basket := paid
	basket.id, basket.label, basket.meaning = "basket", v.T("figures.basket"), v.T("figures.basket.meaning")
	basket.value, basket.before = basketText(v, r.Total), v.T("figures.before", "Value", basketText(v, r.Before))
	return []figure{
		paid, revenue, basket,
		rate("expiry", r.Total.Expiry(), r.Before.Expiry(), ui.ListFilter{}, []booking.State{booking.Expired}),
		rate("insurance", r.Total.Insurance(), r.Before.Insurance(), ui.ListFilter{Insured: "yes"}, booking.PaidStates()),
		count("cancelled", r.Total.Cancelled, r.Before.Cancelled, ui.ListFilter{}, []booking.State{booking.Cancelled}),
	}
}

// rateText writes tenths of a percent: "12,5 %".
func rateText(v ui.View, p report.Ratio) string {
	tenths, ok := p.Rate()
	if !ok {
		return "–"
	}
	return v.T("figures.percent", "Number", v.Lang.Tenths(tenths))
}

// sums writes amounts of several currencies.
func sums(v ui.View, list []booking.Money) string {
	text := ""
	for i, m := range list {
		if i > 0 {
			text += " + "
		}
		text += v.Money(m)
	}
	return cmp.Or(text, "–")
}

func basketText(v ui.View, f report.Figures) string {
	m, ok := f.AverageValue()
	if !ok {
		return "–"
	}
	return v.Money(m)
}

// bar is one line of a chart that is a table, too.
type bar struct {
	label, value, url, more string
	length                  int // of 1000
}

func lengths(bars []bar, values []int) []bar {
	most := max(1, slices.Max(append(values, 1)))
	for i := range bars {
		bars[i].length = values[i] * 1000 / most
	}
	return bars
}

func cents(list []booking.Money) int {
	sum := 0
	for _, m := range list {
		sum += int(m.Cents)
	}
	return sum
}

func (p FiguresPage) zones(v ui.View) []bar {
	var bars []bar
	var values []int
	for _, s := range p.Report.Zones {
		bars = append(bars, bar{
			label: s.Zone, value: v.Lang.Number(int64(s.Active)), more: sums(v, s.Revenue), url: p.list(ui.ListFilter{Zone: s.Zone}, booking.ActiveStates()...),
		})
		values = append(values, cents(s.Revenue))
	}
	return lengths(bars, values)
}

func (p FiguresPage) agencies(v ui.View) []bar {
	var bars []bar
	var values []int
	for _, s := range p.Report.Agencies {
		i := slices.IndexFunc(p.Agencies, func(a account.Agency) bool { return a.ID == s.Agency })
		if i < 0 {
			continue
		}
		bars = append(bars, bar{
			label: p.Agencies[i].Name, value: v.Lang.Number(int64(s.Active)), more: sums(v, s.Revenue),
			url: p.list(ui.ListFilter{Agency: p.Agencies[i].Code}, booking.ActiveStates()...),
		})
		values = append(values, cents(s.Revenue))
	}
	return lengths(bars, values)
}

// funnel is how far the wishes of the period came.
func (p FiguresPage) funnel(v ui.View) []bar {
	r := p.Report
	steps := []int{r.Funnel.Quoted, r.Funnel.Available, r.Funnel.Completed, r.Total.Created, r.Total.Paid}
	var bars []bar
	before := 0
	for i, n := range steps {
		b := bar{label: v.T("figures.step." + strconv.Itoa(i)), value: v.Lang.Number(int64(n))}
		if i > 0 {
			b.more = rateText(v, report.Ratio{Of: n, In: before})
		}
		before = n
		switch i {
		case 3:
			b.url = p.list(ui.ListFilter{}, booking.CreatedStates()...)
		case 4:
			b.url = p.list(ui.ListFilter{}, booking.PaidStates()...)
		}
		bars = append(bars, b)
	}
	return lengths(bars, steps)
}

// column is a day of a chart over time.
type column struct {
	day                                     time.Time
	paid, created, expired, settled         string
	paidURL, createdURL, expiredURL         string
	revenue, expiry                         string
	heightPaid, heightRevenue, heightExpiry int // of 1000
}

// columns are all days of the period, those without bookings too.
func (p FiguresPage) columns(v ui.View) []column {
	var list []column
	mostPaid, mostRevenue := 1, 1
	for _, s := range p.Report.Days {
		mostPaid, mostRevenue = max(mostPaid, s.Active), max(mostRevenue, cents(s.Revenue))
	}
	for d := civil(p.From); d.Before(civil(p.To)); d = d.AddDate(0, 0, 1) {
		var f report.Figures
		if i := slices.IndexFunc(p.Report.Days, func(s report.Breakdown) bool { return s.Day.Equal(d) }); i >= 0 {
			f = p.Report.Days[i].Figures
		}
		day := ui.ListFilter{From: d.Format(time.DateOnly), To: d.Format(time.DateOnly)}
		rate, _ := f.Expiry().Rate()
		list = append(list, column{
			day: d, paid: v.Lang.Number(int64(f.Active)), created: v.Lang.Number(int64(f.Created)), expired: v.Lang.Number(int64(f.Expired)),
			paidURL: p.list(day, booking.ActiveStates()...), createdURL: p.list(day, booking.CreatedStates()...), expiredURL: p.list(day, booking.Expired),
			revenue: sums(v, f.Revenue), expiry: rateText(v, f.Expiry()), settled: v.Lang.Number(int64(f.Settled)),
			heightPaid: f.Active * 1000 / mostPaid, heightRevenue: cents(f.Revenue) * 1000 / mostRevenue, heightExpiry: rate,
		})
	}
	return list
}

func civil(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
}

// best is the day with the most revenue, in words; empty without one.
func (p FiguresPage) best(v ui.View) string {
	if cents(p.Report.Total.Revenue) == 0 {
		return v.T("figures.none")
	}
	best := slices.MaxFunc(p.Report.Days, func(a, b report.Breakdown) int { return cents(a.Revenue) - cents(b.Revenue) })
	return v.T("figures.best", "Day", best.Day, "Number", v.Lang.Number(int64(best.Active)), "Total", sums(v, best.Revenue))
}

// place is where a column of a chart stands, and how high it is, in a picture of
// a thousand by a thousand.
type place struct{ x, y, width, height string }

func placeOf(i, n, height int) place {
	step := 1000 / float64(n)
	return place{
		strconv.FormatFloat(float64(i)*step+step/8, 'f', 1, 64), strconv.Itoa(1000 - height),
		strconv.FormatFloat(step*3/4, 'f', 1, 64), strconv.Itoa(height),
	}
}

// series is what is drawn of each day.
type series struct {
	id, title, finding string
	height             func(column) int
}

func (p FiguresPage) series(v ui.View) []series {
	return []series{
		{"paid", v.T("figures.chart.paid"), v.T("figures.chart.total", "Number", v.Lang.Number(int64(p.Report.Total.Active))), func(c column) int { return c.heightPaid }},
		{"revenue", v.T("figures.chart.revenue"), p.best(v), func(c column) int { return c.heightRevenue }},
		{"expiry", v.T("figures.chart.expiry"), v.T("figures.chart.rate", "Rate", rateText(v, p.Report.Total.Expiry())), func(c column) int { return c.heightExpiry }},
	}
}
