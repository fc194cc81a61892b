package booking

import (
	"context"
	"time"

	"golang.org/x/sync/errgroup"

	"guichet/internal/account"
)

// MaxCompared is how many other dates are asked for at once.
const MaxCompared = 8

// comparedAtOnce is how many of them the supplier is asked for at the same time.
const comparedAtOnce = 2

// Move is how many days later both ends of a stay are; earlier is negative.
type Move struct{ From, To int }

// Alternative is the stay of a draft on other dates.
type Alternative struct {
	Move
	FromWall, ToWall time.Time
	Possible         bool // such a stay can be asked for: it is not over, nor turned around
	Asked            bool // the supplier has answered
	Quote            Quote
}

// Compare asks for the price of a draft's stay on other dates, at most MaxCompared, at
// the same times of day. Nothing is kept: whoever chooses one asks for it anew. before
// runs ahead of each question. The first error, of before, the supplier (ErrSupplierDown
// and others of Quote) or ctx, leaves what comes after it unasked, and is returned beside
// what was answered.
func (s *Service) Compare(ctx context.Context, actor account.Actor, d Draft, moves []Move, before func() error) ([]Alternative, error) {
	if !actor.MaySell() {
		return nil, ErrForbidden
	}
	now, err := s.store.Now(ctx)
	if err != nil {
		return nil, err
	}
	zone, err := s.sellableZone(ctx, s.store, d.Stay.ZoneCode+"/"+d.Stay.ZoneID)
	if err != nil { // it may have another id by now
		zone, err = s.sellableZone(ctx, s.store, d.Stay.ZoneCode)
	}
	if err != nil {
		return nil, err
	}
	moves = moves[:min(len(moves), MaxCompared)]
	list := make([]Alternative, len(moves))
	asking, ctx := errgroup.WithContext(ctx)
	asking.SetLimit(comparedAtOnce)
	for i, m := range moves {
		a := &list[i]
		a.Move, a.FromWall, a.ToWall = m, d.Stay.FromWall.AddDate(0, 0, m.From), d.Stay.ToWall.AddDate(0, 0, m.To)
		stay, err := CheckStay(zone, QuoteRequest{FromWall: a.FromWall, ToWall: a.ToWall}, now)
		if a.Possible = err == nil; !a.Possible {
			continue
		}
		asking.Go(func() error {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err := before(); err != nil {
				return err
			}
			q, err := s.ask(ctx, stay, now)
			a.Quote, a.Asked = q, err == nil
			return err
		})
	}
	return list, asking.Wait()
}
