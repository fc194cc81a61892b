package postgres_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"guichet/internal/account"
	"guichet/internal/auth"
	"guichet/internal/dbtest"
	"guichet/internal/postgres"
)

// Two pools stand for two nodes.
func TestParallelTriesAreCountedTogether(t *testing.T) {
	t.Parallel()
	pool := dbtest.New(t)
	other, err := pgxpool.New(t.Context(), pool.Config().ConnString())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(other.Close)
	var nodes []*auth.Service
	for _, p := range []*pgxpool.Pool{pool, other} {
		store := postgres.NewAccounts(p)
		nodes = append(nodes, auth.NewService(postgres.NewAuth(store), account.NewService(store)))
	}
	limit := auth.Limit{Name: "test", Max: 10, Per: time.Hour}
	var letIn, refused atomic.Int64
	var all sync.WaitGroup
	for i := range 200 {
		all.Go(func() {
			if nodes[i%2].Allow(context.Background(), limit, "somebody") == nil {
				letIn.Add(1)
			} else {
				refused.Add(1)
			}
		})
	}
	all.Wait()
	if letIn.Load() != 10 || refused.Load() != 190 {
		t.Errorf("%d let in and %d refused, want 10 and 190", letIn.Load(), refused.Load())
	}
}

func TestWindowEndsAndBeginsAgain(t *testing.T) {
	t.Parallel()
	pool := dbtest.New(t)
	ctx, store := t.Context(), postgres.NewAuth(postgres.NewAccounts(pool))
	hit := func(key string) (int, time.Duration) {
		t.Helper()
		hits, left, err := store.Hit(ctx, key, 10*time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		return hits, left
	}
	hit("a")
	if hits, left := hit("a"); hits != 2 || left <= 9*time.Minute || left > 10*time.Minute {
		t.Errorf("second use: %d, %s left", hits, left)
	}
	if hits, _ := hit("b"); hits != 1 {
		t.Errorf("another key has %d uses", hits)
	}
	dbtest.MoveClock(t, pool, 9*time.Minute)
	if hits, left := hit("a"); hits != 3 || left > time.Minute {
		t.Errorf("the window moved along: %d, %s left", hits, left)
	}
	dbtest.MoveClock(t, pool, 11*time.Minute)
	if n, err := store.SweepLimits(ctx); n != 2 || err != nil {
		t.Errorf("swept %d, %v", n, err)
	}
	hit("a")
	dbtest.MoveClock(t, pool, 22*time.Minute)
	if hits, left := hit("a"); hits != 1 || left <= 9*time.Minute {
		t.Errorf("after the window: %d, %s left", hits, left)
	}
	if err := store.Forget(ctx, "a"); err != nil {
		t.Fatal(err)
	}
	if hits, _ := hit("a"); hits != 1 {
		t.Errorf("forgotten key has %d uses", hits)
	}
}
