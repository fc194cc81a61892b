package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"guichet/internal/account"
	"guichet/internal/booking"
)

// counters are what PostgreSQL has used and written so far, and this process.
type counters struct {
	server, own  time.Duration // processor time
	wal          int64
	updates, hot int64 // of bookings
	at           time.Time
}

func (p *place) count(ctx context.Context, conn *pgx.Conn) (c counters, err error) {
	var folder string
	err = conn.QueryRow(ctx, `
		SELECT current_setting('data_directory'), pg_current_wal_insert_lsn() - '0/0', n_tup_upd, n_tup_hot_upd
		FROM pg_stat_user_tables, pg_sleep(2) WHERE relname = 'bookings'`).Scan(&folder, &c.wal, &c.updates, &c.hot)
	if err != nil {
		return c, err
	}
	if c.server, err = serverTime(folder); err != nil {
		return c, err
	}
	var own syscall.Rusage
	err = syscall.Getrusage(syscall.RUSAGE_SELF, &own)
	c.own = time.Duration(own.Utime.Nano() + own.Stime.Nano())
	c.at = time.Now()
	return c, err
}

// serverTime is the processor time of a server's processes, those that ended included.
func serverTime(folder string) (time.Duration, error) {
	pid, err := os.ReadFile(filepath.Join(folder, "postmaster.pid")) //nolint:gosec // PostgreSQL's own
	if err != nil {
		return 0, err
	}
	master, _, _ := strings.Cut(string(pid), "\n")
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return 0, err
	}
	ticks := 0
	for _, path := range stats {
		stat, err := os.ReadFile(path) //nolint:gosec // of /proc
		if err != nil {
			continue // it ended meanwhile
		}
		// From the state on, which follows the name: parent is the 2nd, then utime, stime and those of ended children from the 12th.
		fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
		own, parent := filepath.Base(filepath.Dir(path)), fields[1]
		if own != master && parent != master {
			continue
		}
		for _, f := range fields[11:15] {
			n, err := strconv.Atoi(f)
			if err != nil {
				return 0, err
			}
			ticks += n
		}
	}
	return time.Duration(ticks) * 10 * time.Millisecond, nil
}

// since prints what n of something cost.
func (p *place) since(ctx context.Context, conn *pgx.Conn, before counters, name string, n int, took time.Duration, stdout io.Writer) error {
	now, err := p.count(ctx, conn)
	if err != nil {
		return err
	}
	each := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 / float64(n) }
	_, err = fmt.Fprintf(stdout, "%s: %6.0f a second; each: PostgreSQL %.2f ms, portal and simulator %.2f ms of processor, %.1f kB of WAL; HOT %d of %d updates of bookings\n",
		name, float64(n)/took.Seconds(), each(now.server-before.server), each(now.own-before.own), float64(now.wal-before.wal)/1000/float64(n),
		now.hot-before.hot, now.updates-before.updates)
	return err
}

// sales sells n times: quote, customer, book, pay, and then changes n states.
func sales(ctx context.Context, folder string, n, clients int, stdout io.Writer) (err error) {
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
	if err := p.sell(ctx, 20, clients); err != nil { // connections and plans
		return err
	}
	for _, prepare := range []string{`VACUUM bookings, booking_states, booking_supplier_ids`, `CHECKPOINT`} {
		if _, err := conn.Exec(ctx, prepare); err != nil {
			return err
		}
	}
	for range 2 {
		before, err := p.count(ctx, conn)
		if err != nil {
			return err
		}
		begun := time.Now()
		if err := p.sell(ctx, n, clients); err != nil {
			return err
		}
		if err := p.since(ctx, conn, before, "sales", n, time.Since(begun), stdout); err != nil {
			return err
		}
	}
	for name, which := range map[string]string{"changes of the last sales": `ORDER BY id DESC`, "changes of old bookings": `ORDER BY md5(ref)`} {
		if err := p.changes(ctx, conn, name, which, n, clients, stdout); err != nil {
			return err
		}
	}
	return nil
}

// sell makes n sales by several clients, of as many agencies as there are.
func (p *place) sell(ctx context.Context, n, clients int) error {
	var next atomic.Int64
	group, ctx := errgroup.WithContext(ctx)
	for range clients {
		group.Go(func() error {
			for i := next.Add(1); i <= int64(n); i = next.Add(1) {
				if err := p.sale(ctx, int(i)); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return group.Wait()
}

func (p *place) sale(ctx context.Context, i int) error {
	person, err := p.portal.People.PersonByEmail(ctx, fmt.Sprintf("agent%d@agency%d.test", i%2, i%agencies+1))
	if err != nil {
		return err
	}
	actor, service := account.ActorOf(person.User, person.Agency), p.portal.Bookings
	from := time.Now().UTC().AddDate(0, 0, 40).Truncate(24 * time.Hour).Add(6 * time.Hour)
	d, err := service.Quote(ctx, actor, booking.QuoteRequest{ZoneCode: "CDG", FromWall: from, ToWall: from.AddDate(0, 0, 8)})
	if err != nil {
		return err
	}
	if d, err = service.ChooseServices(ctx, actor, d.ID, []string{booking.CancellationInsurance}); err != nil {
		return err
	}
	plate := strings.ToUpper(strconv.FormatInt(time.Now().UnixNano()%1e12, 36)) + "9"
	d, err = service.SaveCustomer(ctx, actor, d.ID, booking.CustomerForm{
		FirstName: firstNames[i%len(firstNames)], LastName: title(surname(i)), Email: fmt.Sprintf("c%d@example.test", i), PhoneCountry: "FR", Phone: "01 99 00 12 34",
		Make: "Renault", Model: "Clio", Color: "blue", Plate: plate, Language: "fr",
	})
	if err != nil {
		return err
	}
	b, err := service.Book(ctx, actor, booking.BookRequest{DraftID: d.ID, Version: d.Version, PayMethod: "cash", SamePlate: true})
	if err != nil {
		return err
	}
	if b, err = service.Pay(ctx, actor, booking.PayRequest{Ref: b.Ref, Version: b.Version, Method: "cash"}); err == nil && b.State != booking.Confirmed {
		err = fmt.Errorf("%s is %s", b.Ref, b.State)
	}
	return err
}

// Changing a state and changing it back, as an action and its answer do.
const (
	toCancelling = `UPDATE bookings SET state = 'cancelling', version = version + 1, lease_ends = now() + interval '1 minute', changed_at = now() WHERE id = $1`
	toConfirmed  = `UPDATE bookings SET state = 'confirmed', version = version + 1, lease_ends = NULL, changed_at = now() WHERE id = $1`
)

// changes moves n paid bookings to another state and back.
func (p *place) changes(ctx context.Context, conn *pgx.Conn, name, order string, n, clients int, stdout io.Writer) error {
	rows, err := conn.Query(ctx, `SELECT id FROM bookings WHERE state = 'confirmed' AND insured `+order+` LIMIT $1`, n)
	if err != nil {
		return err
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return err
	}
	if _, err := conn.Exec(ctx, `CHECKPOINT`); err != nil {
		return err
	}
	before, err := p.count(ctx, conn)
	if err != nil {
		return err
	}
	begun := time.Now()
	var next atomic.Int64
	group, inner := errgroup.WithContext(ctx)
	for range clients {
		group.Go(func() (err error) {
			own, err := pgx.Connect(inner, p.owner)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, own.Close(context.WithoutCancel(inner))) }()
			for i := next.Add(1) - 1; i < int64(len(ids)); i = next.Add(1) - 1 {
				for _, change := range []string{toCancelling, toConfirmed} {
					if _, err := own.Exec(inner, change, ids[i]); err != nil {
						return err
					}
				}
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	return p.since(ctx, conn, before, name, 2*len(ids), time.Since(begun), stdout)
}
