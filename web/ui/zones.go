package ui

import (
	"slices"
	"strings"

	"guichet/internal/booking"
	"guichet/internal/locale"
)

// ZoneGroups offers zones by their kind.
func ZoneGroups(v View, zones []booking.Zone) (groups []OptionGroup) {
	for _, kind := range []struct {
		code  string
		label locale.Key
	}{{"airport", "sale.zone.airports"}, {"station", "sale.zone.stations"}, {"", "sale.zone.others"}} {
		g := OptionGroup{Label: v.T(string(kind.label))}
		for _, z := range zones {
			if z.Kind == kind.code || (kind.code == "" && z.Kind != "airport" && z.Kind != "station") {
				g.Options = append(g.Options, zoneOption(v, zones, z))
			}
		}
		if len(g.Options) > 0 {
			groups = append(groups, g)
		}
	}
	return groups
}

// zoneOption says of a zone whose code others have, too, what tells it apart: its
// city and its kind, and the supplier's id where these are the same.
func zoneOption(v View, zones []booking.Zone, z booking.Zone) Option {
	o := Option{Value: booking.ZoneKey(zones, z), Label: z.Code + " – " + z.Name, Code: z.Code, Alias: aliases[z.Code], Far: far[z.Code]}
	if !strings.Contains(z.Name, z.City) {
		o.Alias = strings.TrimSpace(o.Alias + " " + z.City)
	}
	if o.Value != z.Code {
		o.Label = v.apart(z)
		if slices.ContainsFunc(zones, func(other booking.Zone) bool { return other.ID != z.ID && v.apart(other) == o.Label }) {
			o.Label += " · " + z.ID
		}
	}
	return o
}

// apart is a zone in full.
func (v View) apart(z booking.Zone) string {
	text := z.Code + " – " + z.Name
	if z.City != "" && !strings.Contains(z.Name, z.City) {
		text += ", " + z.City
	}
	return text + " · " + v.ZoneKind(z)
}

// aliases are other names by which callers know a place. The city is one too.
var aliases = map[string]string{
	"CDG": "Roissy", "ORY": "Orly", "LYS": "Satolas St-Exupéry St-Ex", "MRS": "Marignane", "TLS": "Blagnac",
	"BOD": "Mérignac", "NTE": "Bouguenais", "BVA": "Tillé", "GVA": "Cointrin", "BRU": "Zaventem",
	"ZYR": "Brussels Midi", "XRF": "St-Charles", "LIS": "Portela", "RUN": "Saint-Denis Gillot", "PTP": "Pointe-à-Pitre",
}

// far are airports that bear the name of a city an hour away: whoever types the city
// means another one first.
var far = map[string]bool{"BVA": true, "XCR": true, "CRL": true, "HHN": true, "NRN": true, "GRO": true, "REU": true, "BGY": true, "TSF": true, "NYO": true}

// ZoneKind says what kind of place a zone is.
func (v View) ZoneKind(z booking.Zone) string {
	switch z.Kind {
	case "airport":
		return v.T("zones.airport")
	case "station":
		return v.T("zones.station")
	default:
		return z.Kind
	}
}
