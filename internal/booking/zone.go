package booking

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"guichet/internal/account"
	"guichet/internal/invalid"
)

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

// ZoneAge is how old the stored zones may be at start before they are fetched.
const ZoneAge = 24 * time.Hour

// Zones returns the stored zones of the configured environment.
func (s *Service) Zones(ctx context.Context) (ZoneList, error) {
	return s.store.Zones(ctx, s.supplier.Environment())
}

// RefreshZones fetches the zones and stores them. When the supplier does not
// answer, the last good copy stays; a list that lost more than half of its
// zones waits for an admin. When onlyStale, a copy younger than ZoneAge stays.
func (s *Service) RefreshZones(ctx context.Context, onlyStale bool) error {
	return s.refreshZones(ctx, onlyStale, nil)
}

// refreshZones is RefreshZones, with the entry of whoever asked for it.
func (s *Service) refreshZones(ctx context.Context, onlyStale bool, asked *account.AuditEntry) error {
	env := s.supplier.Environment()
	stored, err := s.store.Zones(ctx, env)
	if err != nil {
		return err
	}
	now, err := s.store.Now(ctx)
	if err != nil {
		return err
	}
	if onlyStale && now.Sub(stored.FetchedAt) < ZoneAge {
		return nil
	}
	fresh, err := s.supplier.Zones(ctx)
	if err != nil {
		return errors.Join(fmt.Errorf("refresh zones: %w", err), s.keepZones(ctx, nil, func(tx Tx) error {
			return tx.NoteZones(ctx, env, stored.Waiting, stored.Missing, "unreachable")
		}))
	}
	if missing := missingFrom(fresh, stored.Listed()); 2*len(missing) > len(stored.Listed()) {
		s.log.WarnContext(ctx, "zone list lost more than half; the old one stays", "missing", len(missing), "new", len(fresh))
		return s.keepZones(ctx, asked, func(tx Tx) error { return tx.NoteZones(ctx, env, true, missing, "shrunk") })
	}
	return s.keepZones(ctx, asked, func(tx Tx) error { return tx.SaveZones(ctx, env, fresh) })
}

// keepZones writes what came of a refresh, and in the audit log who asked for it.
func (s *Service) keepZones(ctx context.Context, asked *account.AuditEntry, write func(Tx) error) error {
	return s.store.InTx(ctx, func(tx Tx) error {
		if asked == nil {
			return write(tx)
		}
		before, err := tx.Zones(ctx, s.supplier.Environment())
		if err != nil {
			return err
		}
		if err := write(tx); err != nil {
			return err
		}
		after, err := tx.Zones(ctx, s.supplier.Environment())
		if err != nil {
			return err
		}
		asked.Before, asked.After = before.counts(), after.counts()
		return tx.Audit(ctx, *asked)
	})
}

// counts is a list of zones as the audit log keeps it.
func (l ZoneList) counts() string {
	text := fmt.Sprintf("zones=%d", len(l.Listed()))
	if l.Waiting {
		text += fmt.Sprintf(" lacking=%d", len(l.Lost()))
	}
	return text
}

// missingFrom lists the ids of those zones that a list lacks.
func missingFrom(list, zones []Zone) []string {
	var missing []string
	for _, z := range zones {
		if !slices.ContainsFunc(list, func(o Zone) bool { return o.ID == z.ID }) {
			missing = append(missing, z.ID)
		}
	}
	return missing
}

// RefreshZonesNow fetches the zones at an admin's word and returns what is stored
// then. ErrSupplierDown: the last good copy stays.
func (s *Service) RefreshZonesNow(ctx context.Context, actor account.Actor) (ZoneList, error) {
	if actor.Role != account.Admin {
		return ZoneList{}, ErrForbidden
	}
	asked := actor.AuditEntry(account.DidRefreshZones)
	if err := s.refreshZones(ctx, false, &asked); err != nil {
		return ZoneList{}, err
	}
	return s.Zones(ctx)
}

// AcceptZones fetches the zones and stores them although the list lost more than
// half, at the word of an admin who was told that so many zones are withdrawn by
// it. ErrChanged: no list waits, or it lacks other zones by now; ErrSupplierDown.
func (s *Service) AcceptZones(ctx context.Context, actor account.Actor, told int) error {
	if actor.Role != account.Admin {
		return ErrForbidden
	}
	env := s.supplier.Environment()
	stored, err := s.store.Zones(ctx, env)
	if err != nil {
		return err
	}
	if !stored.Waiting || len(stored.Lost()) != told {
		return ErrChanged
	}
	fresh, err := s.supplier.Zones(ctx)
	if err != nil {
		return fmt.Errorf("accept zones: %w", err)
	}
	missing := missingFrom(fresh, stored.Listed())
	if slices.ContainsFunc(missing, func(id string) bool { return !slices.Contains(stored.Missing, id) }) {
		return errors.Join(ErrChanged, s.keepZones(ctx, nil, func(tx Tx) error { return tx.NoteZones(ctx, env, true, missing, "shrunk") }))
	}
	asked := actor.AuditEntry(account.DidAcceptZones)
	return s.keepZones(ctx, &asked, func(tx Tx) error { return tx.SaveZones(ctx, env, fresh) })
}

// SetTimezone says which timezone a zone has of which the supplier names none
// that exists. It counts for new quotes; what is
// sold keeps its own. Errors: ErrForbidden, ErrNotFound, ErrChanged (the supplier
// names one), *InvalidError.
func (s *Service) SetTimezone(ctx context.Context, actor account.Actor, zoneID, name string) error {
	if actor.Role != account.Admin {
		return ErrForbidden
	}
	env := s.supplier.Environment()
	return s.store.InTx(ctx, func(tx Tx) error {
		z, err := tx.LockZone(ctx, env, zoneID)
		if err != nil {
			return err
		}
		if !z.TimezoneOurs() {
			return ErrChanged
		}
		if !KnownTimezone(name) {
			var bad invalid.Error
			bad.Add("timezone", "problem.zone_timezone.bad")
			return &bad
		}
		if err := tx.SetZoneTimezone(ctx, env, zoneID, name); err != nil {
			return err
		}
		e := actor.AuditEntry(account.DidSetTimezone)
		e.Before, e.After = z.Code+" timezone="+z.Timezone, z.Code+" timezone="+name
		return tx.Audit(ctx, e)
	})
}
