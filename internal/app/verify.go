package app

import (
	"context"
	"fmt"
	"io"

	"github.com/jackc/pgx/v5/pgxpool"

	"guichet/internal/booking"
	"guichet/internal/postgres"
)

// Verify checks every booking's chain of events, its version, its state and
// its attempts, and prints what does not agree. It fails when something does.
func Verify(ctx context.Context, url string, stdout io.Writer) error {
	pool, err := pgxpool.New(ctx, url)
	if err != nil {
		return errDatabaseURL
	}
	defer pool.Close()
	store := postgres.NewStore(pool)
	records, problems := 0, 0
	err = store.EachRecord(ctx, func(r booking.Record) error {
		records++
		for _, problem := range r.Problems() {
			problems++
			if _, err := fmt.Fprintln(stdout, problem); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("verify: %w", err)
	}
	if _, err := fmt.Fprintf(stdout, "%d bookings, %d problems\n", records, problems); err != nil {
		return err
	}
	if problems > 0 {
		return fmt.Errorf("the records of %d bookings do not agree in %d places", records, problems)
	}
	return nil
}
