//go:build records

package main

import (
	"context"
	"errors"

	"guichet/internal/booking"
)

// With the tag "records" a scenario is judged by the portal's records and the
// supplier's ledger alone: pages and router take ten times as long to build as
// all that a sale needs, and each mutant is built.

type readers struct{ agent, desk *visitor }

func (*readers) close() {}

func (w *world) openReaders(context.Context) (*readers, error) {
	return nil, errors.New("this build reads no pages")
}

func (w *world) readPages(context.Context, []record, ledger) ([]string, error) { return nil, nil }

// verify looks for the same as `portal verify`.
func (w *world) verify(ctx context.Context) (bad []string, err error) {
	store, err := newStore(w.pool)
	if err != nil {
		return nil, err
	}
	err = store.EachRecord(ctx, func(r booking.Record) error {
		bad = append(bad, r.Problems()...)
		return nil
	})
	return bad, err
}
