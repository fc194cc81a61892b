package admin

import (
	"net/url"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"guichet/internal/booking"
	"guichet/web/ui"
)

// ours are the zones whose timezone an admin may set.
func (p SupplierPage) ours() []booking.Zone {
	return slices.DeleteFunc(p.Zones.Listed(), func(z booking.Zone) bool { return !z.TimezoneOurs() })
}

func (p SupplierPage) zoneField(v ui.View, i int, z booking.Zone) ui.Field {
	f := ui.Field{
		ID: "timezone-" + number(i+1), Name: "timezone", Label: v.T("zones.timezone", "Zone", z.Code+" · "+z.Name),
		Hint: v.T("zones.timezone.hint"), Value: z.Timezone, Capitalize: "none", Width: "m", Code: true,
	}
	if p.ZoneError != "" && p.WrongZone == z.ID {
		f.Error, f.Value = p.ZoneError, p.Typed
	}
	return f
}

func zoneAddress(z booking.Zone) templ.SafeURL {
	return templ.SafeURL("/admin/supplier/zones/" + url.PathEscape(z.ID) + "/timezone")
}

// agreed is the yes to the list that waits; without one there is nothing to tick.
func (p SupplierPage) agreed(v ui.View) ui.ChoiceGroup {
	g := ui.ChoiceGroup{ID: "agreed", Name: "agreed", Legend: v.T("zones.agreed.legend"), Error: p.AcceptError}
	if p.Zones.Waiting {
		g.Choices = []ui.Choice{{ID: "agreed-1", Value: "1", Label: v.T("zones.agreed")}}
	}
	return g
}

// age says when the list was fetched and when that happens next.
func (p SupplierPage) age(v ui.View) string {
	if p.Zones.FetchedAt.IsZero() {
		return v.T("zones.never")
	}
	return v.T("zones.age", "When", v.At(p.Zones.FetchedAt, p.Now, p.Timezone), "Next", v.At(p.Zones.FetchedAt.Add(booking.ZoneAge), p.Now, p.Timezone))
}

// lost names the zones that the waiting list lacks.
func (p SupplierPage) lost() string {
	var names []string
	for _, z := range p.Zones.Lost() {
		names = append(names, z.Code)
	}
	return strings.Join(names, ", ")
}

// sellable says whether a zone is sold, or why not.
func sellable(v ui.View, z booking.Zone) string {
	switch {
	case z.Withdrawn:
		return v.T("zones.withdrawn")
	case !z.Sellable():
		return v.T("zones.no_timezone")
	default:
		return v.T("zones.sold")
	}
}

// zoneTimezone is a zone's timezone, and whose word it is.
func zoneTimezone(v ui.View, z booking.Zone) string {
	switch {
	case z.Timezone == "":
		return "–"
	case z.TimezoneSet:
		return v.T("zones.timezone.set", "Timezone", z.Timezone)
	default:
		return z.Timezone
	}
}

// zoneServices names the services of a zone.
func zoneServices(v ui.View, z booking.Zone) string {
	var codes []string
	for _, o := range z.Services {
		codes = append(codes, o.Code)
	}
	return v.Services(booking.Quote{Offers: z.Services}, codes)
}
