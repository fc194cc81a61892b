package postgres

import (
	"context"
	"slices"
	"strings"

	"guichet/internal/account"
	"guichet/internal/booking"
)

// List returns bookings of the scope, newest first, by keyset.
func (s *Store) List(ctx context.Context, scope account.Scope, f booking.Filter) ([]booking.Booking, error) {
	var where []string
	args := []any{}
	add := func(sql string, values ...any) {
		for _, v := range values {
			args = append(args, v)
			sql = strings.Replace(sql, "?", placeholder(len(args)), 1)
		}
		where = append(where, sql)
	}
	if !scope.All() {
		add(`b.agency_id = ?`, scope.Agency())
	}
	if len(f.States) > 0 {
		add(`b.state = ANY(?)`, f.States)
	}
	if f.Text != "" {
		exact, plain := strings.ToLower(strings.TrimSpace(f.Text)), compact(f.Text)
		name := startOfName(f.Text)
		add(`(b.plate = ? OR b.supplier_id = ? OR lower(b.supplier_ref) = ? OR lower(b.email) = ? OR lower(b.agency_ref) = ? OR b.phone LIKE ?
			OR `+folded(`b.last_name || ' ' || b.first_name`)+` LIKE ? OR `+folded(`b.first_name || ' ' || b.last_name`)+` LIKE ?)`,
			plain, plain, exact, exact, exact, partOfPhone(f.Text), name, name)
	}
	order := `ORDER BY b.created_at DESC, b.id DESC`
	switch {
	case f.Before.ID != 0:
		add(`(b.created_at, b.id) < (?, ?)`, f.Before.At, f.Before.ID)
	case f.After.ID != 0:
		add(`(b.created_at, b.id) > (?, ?)`, f.After.At, f.After.ID)
		order = `ORDER BY b.created_at, b.id`
	}
	rest := order + ` LIMIT ` + placeholder(len(args)+1)
	args = append(args, f.Limit)
	if len(where) > 0 {
		rest = `WHERE ` + strings.Join(where, " AND ") + " " + rest
	}
	list, err := s.bookings(ctx, rest, args...)
	if f.Before.ID == 0 && f.After.ID != 0 {
		slices.Reverse(list)
	}
	return list, err
}

// Unpaid sums up the held bookings of the scope that can still be paid.
func (s *Store) Unpaid(ctx context.Context, scope account.Scope) (booking.Unpaid, error) {
	var u booking.Unpaid
	err := s.q().QueryRow(ctx, `
		SELECT count(*), coalesce((array_agg(ref ORDER BY pay_by))[1], ''), coalesce(min(pay_by), '0001-01-01Z')
		FROM bookings WHERE state = 'held' AND pay_by > (SELECT portal_now()) AND ($1 OR agency_id = $2)`,
		scope.All(), scope.Agency()).Scan(&u.Count, &u.Ref, &u.PayBy)
	return u, domainError(err)
}
