package postgres

import (
	"context"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"guichet/internal/account"
	"guichet/internal/booking"
	"guichet/internal/report"
)

var _ report.Store = (*Store)(nil)

// counted is SQL for the figures of a group of bookings of one currency. Its
// arguments are the states, from $1 on.
const counted = `
	count(*) FILTER (WHERE state = ANY($1)), count(*) FILTER (WHERE state = ANY($2)), count(*) FILTER (WHERE state = ANY($3)),
	count(*) FILTER (WHERE state = ANY($4)), count(*) FILTER (WHERE insured AND state = ANY($3)),
	count(*) FILTER (WHERE state = 'expired'), count(*) FILTER (WHERE state = 'cancelled'),
	coalesce(sum(due_cents) FILTER (WHERE state = ANY($4)), 0), due_currency
	FROM booking_states WHERE state = ANY($9) AND created_at >= $5 AND created_at < $6 AND ($7 OR agency_id = $8) `

func countedArgs(scope account.Scope, from, to time.Time) []any {
	return []any{
		asText(booking.CreatedStates()), asText(booking.SettledStates()), asText(booking.PaidStates()), asText(booking.ActiveStates()),
		from, to, scope.All(), scope.Agency(), asText(booking.States()), // the index begins with the state
	}
}

// Report counts a period, and the one before it, in two readings of one index.
func (s *Store) Report(ctx context.Context, scope account.Scope, p report.Period) (report.Report, error) {
	var r report.Report
	err := s.withCustomPlan(ctx, func(tx pgx.Tx) error {
		if err := allowLong(ctx, tx, s.long); err != nil {
			return err
		}
		slices, err := readSlices(ctx, tx, `SELECT grouping(zone_code, agency_id), (created_at AT TIME ZONE $10)::date, zone_code, agency_id, `+counted+`
			GROUP BY due_currency, GROUPING SETS (((created_at AT TIME ZONE $10)::date), (zone_code), (agency_id))`,
			append(countedArgs(scope, p.From, p.To), p.Timezone)...)
		if err != nil {
			return err
		}
		r = groupRows(slices)
		before, err := readSlices(ctx, tx, `SELECT 3, NULL::date, NULL::text, NULL::bigint, `+counted+` GROUP BY due_currency`,
			countedArgs(scope, p.From.Add(-p.To.Sub(p.From)), p.From)...)
		if err != nil {
			return err
		}
		for _, part := range before {
			r.Before.Add(part.Figures)
		}
		return tx.QueryRow(ctx, `
			SELECT coalesce(sum(quoted), 0), coalesce(sum(available), 0), coalesce(sum(completed), 0)
			FROM quote_counts WHERE hour >= $1 AND hour < $2 AND ($3 OR agency_id = $4)`, p.From, p.To, scope.All(), scope.Agency()).
			Scan(&r.Funnel.Quoted, &r.Funnel.Available, &r.Funnel.Completed)
	})
	return r, domainError(err)
}

// What a row is about: the bits of grouping(zone_code, agency_id).
const (
	ofAgency = 2
	ofZone   = 1
	ofDay    = 3
)

type slice struct {
	report.Breakdown

	of int
}

func readSlices(ctx context.Context, tx pgx.Tx, sql string, args ...any) ([]slice, error) {
	rows, err := tx.Query(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (slice, error) {
		var p slice
		var day *time.Time
		var zone *string
		var agency *int64
		var earned booking.Money
		f := &p.Figures
		err := row.Scan(&p.of, &day, &zone, &agency, &f.Created, &f.Settled, &f.Paid, &f.Active, &f.Insured, &f.Expired, &f.Cancelled,
			&earned.Cents, &earned.Currency)
		if f.Active > 0 {
			f.Revenue = []booking.Money{earned}
		}
		if day != nil {
			p.Day = *day
		}
		if zone != nil {
			p.Zone = *zone
		}
		if agency != nil {
			p.Agency = *agency
		}
		return p, err
	})
}

// groupRows puts the rows in order, those of several currencies together.
func groupRows(rows []slice) report.Report {
	var r report.Report
	for _, row := range rows {
		switch row.of {
		case ofDay:
			r.Total.Add(row.Figures)
			r.Days = mergeSlice(r.Days, row.Breakdown)
		case ofZone:
			r.Zones = mergeSlice(r.Zones, row.Breakdown)
		case ofAgency:
			r.Agencies = mergeSlice(r.Agencies, row.Breakdown)
		}
	}
	slices.SortFunc(r.Days, func(a, b report.Breakdown) int { return a.Day.Compare(b.Day) })
	most := func(a, b report.Breakdown) int { return earned(b) - earned(a) }
	slices.SortStableFunc(r.Zones, most)
	slices.SortStableFunc(r.Agencies, most)
	return r
}

func earned(s report.Breakdown) int {
	sum := 0
	for _, m := range s.Revenue {
		sum += int(m.Cents)
	}
	return sum
}

func mergeSlice(list []report.Breakdown, s report.Breakdown) []report.Breakdown {
	i := slices.IndexFunc(list, func(o report.Breakdown) bool { return o.Day.Equal(s.Day) && o.Zone == s.Zone && o.Agency == s.Agency })
	if i < 0 {
		return append(list, s)
	}
	list[i].Add(s.Figures)
	return list
}
