package sale

import (
	"errors"
	"time"

	"guichet/internal/booking"
	"guichet/internal/invalid"
	"guichet/internal/locale"
	"guichet/internal/server/site"
	"guichet/internal/walltime"
	pages "guichet/web/sale"
	"guichet/web/ui"
)

// echoes says both ends of the stay in words, as far as they can be read, and why
// they would be refused, or may be. loc is the zone's, or the visitor's while none is
// chosen.
func echoes(l locale.Lang, f pages.QuoteForm, zone booking.Zone, loc *time.Location) (from, to ui.Echo) {
	today := site.CivilToday(f.Now, loc)
	unread := &invalid.Error{}
	a := site.ReadWhen(unread, "from", f.FromDate, f.FromTime, today, nil)
	b := site.ReadWhen(unread, "to", f.ToDate, f.ToTime, today, &a)
	from.Text, to.Text = inWords(l, a, today, zone), inWords(l, b, today, zone)
	if to.Text != "" && !a.IsZero() && b.After(a) {
		to.Text += " · " + l.Days(walltime.Days(a, b))
	}
	if a.IsZero() || len(f.Errors) > 0 { // what is wrong stands beside the fields
		return from, to
	}
	zone.Timezone = loc.String()
	if zone.City == "" {
		zone.City = l.ZoneCity(zone.Timezone)
	}
	stay, err := booking.CheckStay(zone, booking.QuoteRequest{FromWall: a, ToWall: b, FromFold: site.FoldOf(f.FromFold), ToFold: site.FoldOf(f.ToFold)}, f.Now)
	var bad *invalid.Error
	if errors.As(err, &bad) {
		from.Warning = refusal(l, bad, "from_date", "from_time")
	}
	if from.Warning == "" && stay.AtShortNotice(f.Now) {
		from.Warning = l.T("sale.doubt.soon")
	}
	switch {
	case b.IsZero():
	case bad != nil:
		to.Warning = refusal(l, bad, "to_date", "to_time")
	case stay.Short():
		to.Warning = l.T("sale.doubt.short")
	}
	return from, to
}

// refusal is what is wrong with one of some fields.
func refusal(l locale.Lang, bad *invalid.Error, fields ...string) string {
	for _, field := range fields {
		if p, wrong := bad.Fields[field]; wrong {
			return site.Say(l, p)
		}
	}
	return ""
}

// inWords is one end of a stay; empty when it cannot be read.
func inWords(l locale.Lang, wall, today time.Time, zone booking.Zone) string {
	if wall.IsZero() {
		return ""
	}
	text := l.DateLong(wall) + ", " + l.Time(wall)
	if zone.Timezone != "" {
		text += ", " + l.ZoneName(zone.Timezone)
	}
	if wall.Year() == today.Year()+1 {
		text += " · " + l.T("sale.echo.next_year")
	}
	return text
}
