package booking_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"guichet/internal/booking"
	"guichet/internal/postgres"
	"guichet/internal/supplier"
)

// Thirty pay for one booking whose row somebody holds. One of them waits for it in
// the database; the connections of all others are free, so that another agency's
// list is drawn all the time.
func TestOneSalesLockStarvesNobody(t *testing.T) {
	t.Parallel()
	c := newEnv(t)
	b := c.held("AA-001-AA")
	config, err := postgres.PoolConfig(c.pool.Config().ConnString(), postgres.Timeouts{})
	if err != nil {
		t.Fatal(err)
	}
	config.MaxConns = 4
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	store := postgres.NewStore(pool)
	log := slog.New(slog.DiscardHandler)
	client, err := supplier.New(supplier.Options{BaseURL: c.url, Keys: func() []string { return c.keys }, Now: time.Now, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	node := booking.NewService(t.Context(), store, client, time.Now, log)
	holds, err := c.pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = holds.Rollback(context.WithoutCancel(t.Context())) }()
	if _, err := holds.Exec(t.Context(), `SELECT FROM bookings WHERE id = $1 FOR UPDATE`, b.ID); err != nil {
		t.Fatal(err)
	}
	paid := make(chan error, 30)
	for range cap(paid) {
		go func() {
			_, err := node.Pay(t.Context(), c.agent, c.payment(b))
			paid <- err
		}()
	}
	lists, most := 0, 0
	for answered := 0; answered < cap(paid); {
		select {
		case err := <-paid:
			answered++
			if !errors.Is(err, booking.ErrBusy) {
				t.Errorf("a payment: %v", err)
			}
			continue
		default:
		}
		if _, err := node.List(t.Context(), c.other.Scope(), booking.Filter{Limit: 10}); err != nil {
			t.Fatalf("another agency's list: %v", err)
		}
		lists++
		var waiting int
		const look = `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`
		if err := c.pool.QueryRow(t.Context(), look).Scan(&waiting); err != nil {
			t.Fatal(err)
		}
		most = max(most, waiting)
	}
	if most != 1 || lists == 0 {
		t.Errorf("up to %d wait in the database, %d lists were drawn", most, lists)
	}
	if err := holds.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	if p, err := node.Pay(t.Context(), c.agent, c.payment(b)); err != nil || p.State != booking.Confirmed {
		t.Errorf("afterwards: %s, %v", p.State, err)
	}
}
