package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"guichet/internal/booking"
)

const zoneColumns = `environment, supplier_id, code, name, kind, city, country, timezone, timezone_set, meeting_points, services, fetched_at, withdrawn`

func scanZone(row pgx.CollectableRow) (booking.Zone, error) {
	var z booking.Zone
	err := row.Scan(&z.Environment, &z.ID, &z.Code, &z.Name, &z.Kind, &z.City, &z.Country, &z.Timezone, &z.TimezoneSet,
		&z.MeetingPoints, &z.Services, &z.FetchedAt, &z.Withdrawn)
	return z, err
}

// Zones returns the stored zones of an environment and how old they are.
func (s reads) Zones(ctx context.Context, env booking.Environment) (booking.ZoneList, error) {
	var list booking.ZoneList
	rows, err := s.db.Query(ctx, `
		SELECT `+zoneColumns+` FROM zones WHERE environment = $1 ORDER BY kind, name, supplier_id`, env)
	if err != nil {
		return list, domainError(err)
	}
	list.Zones, err = pgx.CollectRows(rows, scanZone)
	if err != nil {
		return list, domainError(err)
	}
	err = s.db.QueryRow(ctx, `
		SELECT coalesce(max(fetched_at), '0001-01-01Z'), coalesce(max(failed_at), '0001-01-01Z'), coalesce(bool_or(waiting), false),
			coalesce((SELECT missing FROM zone_refreshes WHERE environment = $1), '{}')
		FROM zone_refreshes WHERE environment = $1`, env).Scan(&list.FetchedAt, &list.FailedAt, &list.Waiting, &list.Missing)
	return list, domainError(err)
}

// SaveZones replaces the stored zones; those no longer listed are withdrawn.
func (s *Tx) SaveZones(ctx context.Context, env booking.Environment, zones []booking.Zone) error {
	if _, err := s.db.Exec(ctx, `UPDATE zones SET withdrawn = true WHERE environment = $1`, env); err != nil {
		return fmt.Errorf("withdraw zones: %w", domainError(err))
	}
	for _, z := range zones {
		_, err := s.db.Exec(ctx, `
			INSERT INTO zones (environment, supplier_id, code, name, kind, city, country, timezone, meeting_points, services, fetched_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, portal_now())
			ON CONFLICT (environment, supplier_id) DO UPDATE SET code = excluded.code, name = excluded.name, kind = excluded.kind,
				city = excluded.city, country = excluded.country,
				timezone = CASE WHEN excluded.timezone = '' THEN zones.timezone ELSE excluded.timezone END,
				timezone_set = zones.timezone_set AND excluded.timezone = '',
				meeting_points = excluded.meeting_points, services = excluded.services,
				fetched_at = excluded.fetched_at, withdrawn = false`,
			env, z.ID, z.Code, z.Name, z.Kind, z.City, z.Country, z.Timezone, orEmpty(z.MeetingPoints), orEmpty(z.Services))
		if err != nil {
			return fmt.Errorf("save zone %s: %w", z.Code, domainError(err))
		}
	}
	_, err := s.db.Exec(ctx, `
		INSERT INTO zone_refreshes (environment, fetched_at) VALUES ($1, portal_now())
		ON CONFLICT (environment) DO UPDATE SET fetched_at = excluded.fetched_at, failed_at = NULL, failure = '', waiting = false, missing = '{}'`, env)
	return domainError(err)
}

// NoteZones implements booking.Store.
func (s *Tx) NoteZones(ctx context.Context, env booking.Environment, waiting bool, missing []string, failure string) error {
	_, err := s.db.Exec(ctx, `
		INSERT INTO zone_refreshes (environment, failed_at, failure, waiting, missing) VALUES ($1, portal_now(), $2, $3, $4)
		ON CONFLICT (environment) DO UPDATE SET failed_at = excluded.failed_at, failure = excluded.failure,
			waiting = excluded.waiting, missing = excluded.missing`, env, failure, waiting, orEmpty(missing))
	return domainError(err)
}

// LockZone implements booking.Store.
func (s *Tx) LockZone(ctx context.Context, env booking.Environment, id string) (booking.Zone, error) {
	rows, err := s.db.Query(ctx, `
		SELECT `+zoneColumns+` FROM zones WHERE environment = $1 AND supplier_id = $2 AND NOT withdrawn FOR UPDATE`, env, id)
	if err != nil {
		return booking.Zone{}, domainError(err)
	}
	z, err := pgx.CollectExactlyOneRow(rows, scanZone)
	return z, domainError(err)
}

// SetZoneTimezone implements booking.Store.
func (s *Tx) SetZoneTimezone(ctx context.Context, env booking.Environment, id, timezone string) error {
	_, err := s.db.Exec(ctx, `UPDATE zones SET timezone = $3, timezone_set = true WHERE environment = $1 AND supplier_id = $2`, env, id, timezone)
	return domainError(err)
}

// orEmpty keeps JSON null out of the database.
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
