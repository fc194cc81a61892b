package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"guichet/internal/account"
	"guichet/internal/booking"
	"guichet/internal/report"
)

// kind is a page that people ask for, and the reading that it is about.
type kind struct {
	name string
	path string
	sql  func(ctx context.Context) error
}

// measured are the times of one kind, sorted.
type measured struct{ page, sql []time.Duration }

func at(d []time.Duration, percent int) time.Duration { return d[min(len(d)-1, len(d)*percent/100)] }

// pages prints how long pages take with the bookings of a folder; beside is
// another, smaller one to compare with, or empty.
func pages(ctx context.Context, folder, beside string, rounds int, stdout io.Writer) (err error) {
	small := map[string]measured{}
	if beside != "" {
		if small, err = times(ctx, beside, rounds, io.Discard); err != nil {
			return err
		}
	}
	large, err := times(ctx, folder, rounds, stdout)
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "\n%-34s %9s %9s %9s %9s %7s %9s\n", "kind, ms", "page p50", "page p99", "sql p50", "sql p99", "ratio", "x small") //nolint:errcheck // a terminal
	for _, name := range slices.Sorted(keys(large)) {
		m := large[name]
		times := ""
		if s, ok := small[name]; ok {
			times = fmt.Sprintf("%.2f", ratio(at(m.page, 50), at(s.page, 50)))
		}
		sql := []string{"", "", ""}
		if len(m.sql) > 0 {
			sql = []string{ms(at(m.sql, 50)), ms(at(m.sql, 99)), fmt.Sprintf("%.2f", ratio(at(m.page, 50), at(m.sql, 50)))}
		}
		fmt.Fprintf(stdout, "%-34s %9s %9s %9s %9s %7s %9s\n", name, ms(at(m.page, 50)), ms(at(m.page, 99)), sql[0], sql[1], sql[2], times) //nolint:errcheck // a terminal
	}
	return nil
}

// takeAlong measures the exports of a folder.
func takeAlong(ctx context.Context, folder string, stdout io.Writer) (err error) {
	p, err := open(ctx, folder)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.close()) }()
	conn, err := pgx.Connect(ctx, p.owner)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close(context.WithoutCancel(ctx))) }()
	v, err := p.enter(ctx)
	if err != nil {
		return err
	}
	defer v.close()
	return v.exports(ctx, conn, stdout)
}

func keys(m map[string]measured) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

func ratio(a, b time.Duration) float64 { return float64(a) / float64(b) }

func ms(d time.Duration) string { return fmt.Sprintf("%.1f", float64(d.Microseconds())/1000) }

// times measures all kinds on one folder, and the exports.
func times(ctx context.Context, folder string, rounds int, stdout io.Writer) (all map[string]measured, err error) {
	p, err := open(ctx, folder)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, p.close()) }()
	conn, err := pgx.Connect(ctx, p.owner)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, conn.Close(context.WithoutCancel(ctx))) }()
	if _, err := conn.Exec(ctx, `VACUUM ANALYZE bookings, booking_states, booking_supplier_ids`); err != nil {
		return nil, err
	}
	v, err := p.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer v.close()
	kinds, err := p.kinds(ctx, conn, v)
	if err != nil {
		return nil, err
	}
	before, err := scans(ctx, conn)
	if err != nil {
		return nil, err
	}
	all = map[string]measured{}
	for _, k := range kinds {
		if all[k.name], err = v.measure(ctx, k, rounds); err != nil {
			return nil, fmt.Errorf("%s: %w", k.name, err)
		}
		if n, err := scans(ctx, conn); err != nil || n > before {
			fmt.Fprintf(stdout, "%s: %d sequential scans of bookings\n", k.name, n-before) //nolint:errcheck // a terminal
			before = max(n, before)
			if err != nil {
				return nil, err
			}
		}
	}
	return all, nil
}

// scans is how often the whole table was read. The counters of a session arrive
// within a second of its end.
func scans(ctx context.Context, conn *pgx.Conn) (n int, err error) {
	_, err = conn.Exec(ctx, `SELECT pg_sleep(2)`)
	if err == nil {
		err = conn.QueryRow(ctx, `SELECT sum(seq_scan) FROM pg_stat_user_tables WHERE relname IN ('bookings', 'booking_states', 'booking_supplier_ids')`).Scan(&n)
	}
	return n, err
}

// kinds are the pages that are measured; what they look for is there.
func (p *place) kinds(ctx context.Context, conn *pgx.Conn, v *visitors) ([]kind, error) {
	var b booking.Booking
	err := conn.QueryRow(ctx, `
		SELECT ref, supplier_id, last_name, phone, plate, email FROM bookings WHERE state = 'confirmed' AND lower(last_name) <> ALL($1) AND last_name !~ '[-’]'
			AND id > (SELECT max(id) / 3 FROM bookings) ORDER BY id LIMIT 1`, common).
		Scan(&b.Ref, &b.SupplierID, &b.Customer.LastName, &b.Customer.Phone, &b.Car.Plate, &b.Customer.Email)
	if err != nil {
		return nil, err
	}
	var agency int64
	if err := conn.QueryRow(ctx, `SELECT min(id) FROM agencies`).Scan(&agency); err != nil {
		return nil, err
	}
	now := time.Now()
	month := report.Period{From: now.AddDate(0, 0, -30), To: now, Timezone: "Europe/Paris"}
	desk, admin := account.Actor{Role: account.CustomerService}, account.Actor{Role: account.Admin}
	list := func(f booking.Filter, scope account.Scope) func(context.Context) error {
		f.Limit = 51
		return func(ctx context.Context) error {
			_, err := p.portal.Bookings.List(ctx, scope, f)
			return err
		}
	}
	everything, own := account.Everything(), account.Only(agency)
	search := func(name, text string) kind {
		return kind{"search: " + name, "/desk?q=" + escape(text), list(booking.Filter{Text: text}, everything)}
	}
	national := "0" + b.Customer.Phone[3:]
	deep, cursor, err := v.deep(ctx, conn)
	if err != nil {
		return nil, err
	}
	return []kind{
		search("name of 11,000", "martin"), search("name of few", b.Customer.LastName), search("two names, any order", "dupont camille"), search("no such name", "zzyzx"),
		search("phone as typed", spaced(national)), search("end of a phone", national[6:]), search("plate", b.Car.Plate[:2]+"-"+b.Car.Plate[2:]), search("e-mail", b.Customer.Email),
		{"search: reference", "/desk?q=" + b.Ref, nil},
		{"search: supplier's id", "/desk?q=" + b.SupplierID, nil},
		{"list: first page, all agencies", "/bookings", list(booking.Filter{}, everything)},
		{"list: deep page, all agencies", deep, list(booking.Filter{Before: cursor}, everything)},
		{"list: to pay", "/bookings?view=to_pay", list(booking.Filter{States: []booking.State{booking.Held}, Sort: booking.DueFirst}, everything)},
		{"list: one zone, refused", "/bookings?zone=PTP&state=refused", list(booking.Filter{Zones: []string{"PTP"}, States: []booking.State{booking.Refused}}, everything)},
		{"list: five states", "/bookings?view=over", list(booking.Filter{States: []booking.State{booking.Refused, booking.Expired, booking.Dropped, booking.Cancelled, booking.Voided}}, everything)},
		{"list: by drop-off, next month", "/bookings?on=dropoff&sort=dropoff&from=" + now.Format(time.DateOnly), list(booking.Filter{By: booking.ByDropOff, From: now, Sort: booking.DropOffFirst}, everything)},
		{"list: an agency's own", "own:/bookings", list(booking.Filter{}, own)},
		{"queue", "/desk/queue", func(ctx context.Context) error {
			_, err := p.portal.Bookings.Queue(ctx, desk, 100)
			return err
		}},
		{"booking", "/bookings/" + b.Ref, nil},
		{"figures of 30 days", "admin:/admin", func(ctx context.Context) error {
			_, err := p.portal.Reports.Report(ctx, admin, month)
			return err
		}},
	}, nil
}
