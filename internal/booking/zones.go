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
		return errors.Join(fmt.Errorf("refresh zones: %w", err), s.store.NoteZones(ctx, env, stored.Waiting, stored.Missing, "unreachable"))
	}
	if missing := missingFrom(fresh, stored.Listed()); 2*len(missing) > len(stored.Listed()) {
		s.log.WarnContext(ctx, "zone list lost more than half; the old one stays", "missing", len(missing), "new", len(fresh))
		return s.store.NoteZones(ctx, env, true, missing, "shrunk")
	}
	return s.store.SaveZones(ctx, env, fresh)
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
	if err := s.RefreshZones(ctx, false); err != nil {
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
		return errors.Join(ErrChanged, s.store.NoteZones(ctx, env, true, missing, "shrunk"))
	}
	return s.store.SaveZones(ctx, env, fresh)
}

// SetTimezone says which timezone a zone has of which the supplier names none
// that exists, and returns the zone as it was. It counts for new quotes; what is
// sold keeps its own. Errors: ErrForbidden, ErrNotFound, ErrChanged (the supplier
// names one), *InvalidError.
func (s *Service) SetTimezone(ctx context.Context, actor account.Actor, zoneID, name string) (before Zone, err error) {
	if actor.Role != account.Admin {
		return Zone{}, ErrForbidden
	}
	env := s.supplier.Environment()
	err = s.store.InTx(ctx, func(tx Store) error {
		if before, err = tx.LockZone(ctx, env, zoneID); err != nil {
			return err
		}
		if !before.TimezoneOurs() {
			return ErrChanged
		}
		if !KnownTimezone(name) {
			var bad invalid.Error
			bad.Add("timezone", "problem.zone_timezone.bad")
			return &bad
		}
		return tx.SetZoneTimezone(ctx, env, zoneID, name)
	})
	return before, err
}
