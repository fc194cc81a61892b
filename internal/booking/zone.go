package booking

import (
	"slices"
	"time"

	"guichet/internal/invalid"
)

// Money is an amount in the currency's minor unit.
type Money struct {
	Cents    int64  `json:"cents"`
	Currency string `json:"currency"` // ISO 4217
}

// Plus returns the sum; both amounts are of one currency.
func (m Money) Plus(o Money) Money { return Money{m.Cents + o.Cents, m.Currency} }

// Environment is which of the supplier's systems a row belongs to.
type Environment string

// The environments; which one it is follows from the supplier's host alone.
const (
	Production Environment = "production"
	Sandbox    Environment = "sandbox"
	Simulator  Environment = "simulator"
)

// Codes of services whose meaning the portal knows.
const (
	CancellationInsurance = "cancellation_insurance"
	CoveredParking        = "covered_parking"
)

// Zone is an airport or station at which cars are taken over.
type Zone struct {
	Environment   Environment
	ID            string // the supplier's
	Code          string // such as "CDG"
	Name          string
	Kind          string // "airport" or "station"
	City          string
	Country       string // ISO 3166 alpha-2
	Timezone      string // IANA name; empty when the supplier's is not loadable
	TimezoneSet   bool   // by an admin, since the supplier's is not loadable
	MeetingPoints []MeetingPoint
	Services      []Offer
	FetchedAt     time.Time
	Withdrawn     bool // no longer in the supplier's list
}

// Sellable reports whether quotes may be asked for: a zone without a loadable
// timezone is kept but cannot be sold.
func (z Zone) Sellable() bool {
	return !z.Withdrawn && KnownTimezone(z.Timezone)
}

// TimezoneOurs reports whether an admin may say which timezone the zone has: the
// supplier names none that exists.
func (z Zone) TimezoneOurs() bool {
	return !z.Withdrawn && (z.TimezoneSet || !KnownTimezone(z.Timezone))
}

// KnownTimezone reports whether a text is the name of a timezone, the same on
// every machine: names of this machine's own ("Local", "localtime", "right/…")
// are none.
func KnownTimezone(name string) bool {
	if name == "" || name == "Local" || name[0] > 'Z' {
		return false
	}
	_, err := time.LoadLocation(name)
	return err == nil
}

// MeetingPoint is where in the zone the driver waits.
type MeetingPoint struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Offer is a service that can be added, with its price for this stay.
type Offer struct {
	Code  string `json:"code"`
	Name  string `json:"name"` // the supplier's label
	Price Money  `json:"price"`
}

// ZoneList is the stored copy of the supplier's zones.
type ZoneList struct {
	Zones     []Zone
	FetchedAt time.Time // of the last good copy; zero when there never was one
	FailedAt  time.Time // of the last failed try since; zero when the last try was good
	Waiting   bool      // a list that lost more than half waits for an admin
	Missing   []string  // ids of the zones that the waiting list lacks
}

// Listed are the zones that the supplier has not withdrawn.
func (l ZoneList) Listed() []Zone {
	return slices.DeleteFunc(slices.Clone(l.Zones), func(z Zone) bool { return z.Withdrawn })
}

// Sold are the zones for which quotes may be asked.
func (l ZoneList) Sold() []Zone {
	return slices.DeleteFunc(slices.Clone(l.Zones), func(z Zone) bool { return !z.Sellable() })
}

// Lost are the zones that would be withdrawn if the waiting list were taken.
func (l ZoneList) Lost() []Zone {
	return slices.DeleteFunc(l.Listed(), func(z Zone) bool { return !slices.Contains(l.Missing, z.ID) })
}

// ZoneKey names a zone among those that are sold: by its code, and by the
// supplier's id as well when another one has the same code.
func ZoneKey(zones []Zone, z Zone) string {
	for _, o := range zones {
		if o.Code == z.Code && o.ID != z.ID && o.Sellable() {
			return z.fullKey()
		}
	}
	return z.Code
}

func (z Zone) fullKey() string { return z.Code + "/" + z.ID }

// FindZone returns the zone that is sold under a key of ZoneKey, under a code that
// only one has, or under the supplier's id. *InvalidError for the field zone: there
// is none, or the code says too little.
func FindZone(zones []Zone, key string) (Zone, error) {
	var byCode, byID []Zone
	for _, z := range zones {
		switch {
		case !z.Sellable():
		case z.fullKey() == key:
			return z, nil
		case z.Code == key:
			byCode = append(byCode, z)
		case z.ID == key:
			byID = append(byID, z)
		}
	}
	var bad invalid.Error
	switch {
	case len(byCode) == 1:
		return byCode[0], nil
	case len(byCode) > 1:
		bad.Add("zone", "problem.zone.ambiguous", "Code", key)
	case len(byID) == 1:
		return byID[0], nil
	default:
		bad.Add("zone", "problem.zone.empty")
	}
	return Zone{}, &bad
}
