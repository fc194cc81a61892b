package booking

import (
	"context"
	"fmt"

	"guichet/internal/account"
)

// compareBatch is how many lines are looked at together.
const compareBatch = 2000

// CompareRequest says how a statement is to be read.
type CompareRequest struct {
	Handle  string
	Columns Columns
	Words   func(line int) string // names a line of the file, as evidence
}

// Compared is what a comparison led to, this time.
type Compared struct {
	Proved int // unknown payments that were confirmed
	Cases  int // lines that opened a case, or found it open
}

// CompareStatement compares every line with the bookings here. A line with the
// supplier's id confirms a payment of which nobody knew; other evidence about
// unknown payments and about what is over opens a case. A line that is missing
// changes nothing.
//
// It may be repeated, also after a crash half-way: lines that have led to
// something are left alone. Errors: ErrForbidden, ErrNotFound, ErrEnvironment,
// ErrChanged when the cells are forgotten, *InvalidError for the columns.
func (s *Service) CompareStatement(ctx context.Context, actor account.Actor, req CompareRequest) (Statement, Compared, error) {
	var done Compared
	if actor.Role != account.CustomerService {
		return Statement{}, done, ErrForbidden
	}
	st, err := s.store.Statement(ctx, req.Handle)
	if err != nil {
		return st, done, err
	}
	switch {
	case st.Environment != s.Environment():
		return st, done, ErrEnvironment
	case !st.ErasedAt.IsZero():
		return st, done, ErrChanged
	}
	if err := req.Columns.check(st.Header); err != nil {
		return st, done, err
	}
	c := comparison{s: s, st: st, actor: actor, req: req, seen: repeats{}}
	if err := c.run(ctx); err != nil {
		return st, c.done, fmt.Errorf("compare a statement: %w", err)
	}
	err = s.store.StatementCompared(ctx, st.ID, req.Columns, actor.UserID)
	return st, c.done, err
}

// comparison is one statement that is being compared.
type comparison struct {
	s     *Service
	st    Statement
	actor account.Actor
	req   CompareRequest
	seen  repeats
	done  Compared
}

func (c *comparison) run(ctx context.Context) error {
	for after := 0; ; {
		lines, err := c.s.store.LinesToCompare(ctx, c.st.ID, after, compareBatch)
		if err != nil || len(lines) == 0 {
			return err
		}
		after = lines[len(lines)-1].Number
		if err := c.batch(ctx, lines); err != nil {
			return err
		}
	}
}

// batch classifies lines together and writes them at once; those that lead to
// something follow one by one, each in a transaction of its own.
func (c *comparison) batch(ctx context.Context, lines []StatementLine) error {
	for i := range lines {
		if lines[i].ActedAt.IsZero() && len(lines[i].Cells) > 0 {
			lines[i].parse(c.req.Columns)
		}
	}
	known, err := c.find(ctx, lines)
	if err != nil {
		return err
	}
	var plain, acting []StatementLine
	for _, l := range lines {
		switch {
		case !l.ActedAt.IsZero():
			c.seen.mark(&l) // only so that those after it know
			continue
		case len(l.Cells) == 0:
			continue // forgotten
		}
		known.classify(&l)
		c.seen.mark(&l)
		switch l.Class {
		case lineIsPending, LineByPlate, LineExpired, LineCancelled:
			acting = append(acting, l)
		default:
			plain = append(plain, l)
		}
	}
	if err := c.s.store.SaveLines(ctx, c.st.ID, plain); err != nil {
		return err
	}
	for _, l := range acting {
		if err := c.act(ctx, l); err != nil {
			return fmt.Errorf("line %d: %w", l.Number, err)
		}
	}
	return nil
}

// find reads the bookings that the lines may mean: by the supplier's names for
// them first, and by the car where those are not known.
func (c *comparison) find(ctx context.Context, lines []StatementLine) (directory, error) {
	var ids, refs, plates []string
	for _, l := range lines {
		switch {
		case l.SupplierID != "":
			ids = append(ids, l.SupplierID)
		case l.SupplierRef != "":
			refs = append(refs, l.SupplierRef)
		}
	}
	env := c.st.Environment
	named, err := c.s.store.Candidates(ctx, env, ids, refs, nil)
	if err != nil {
		return directory{}, err
	}
	d := newDirectory(named)
	for _, l := range lines {
		_, byID := d.byID[l.SupplierID]
		if !byID && len(d.byRef[l.SupplierRef]) == 0 && l.Plate != "" {
			plates = append(plates, l.Plate)
		}
	}
	if len(plates) == 0 {
		return d, nil
	}
	cars, err := c.s.store.Candidates(ctx, env, nil, nil, plates)
	d.byCar = newDirectory(cars).byCar
	return d, err
}

// act does what follows from a line, and writes the line with it. The booking is
// locked and looked at again: it may have moved since.
func (c *comparison) act(ctx context.Context, l StatementLine) error {
	return c.s.store.InTx(ctx, func(tx Store) error {
		b, err := tx.LockBookingByID(ctx, l.BookingID)
		if err != nil {
			return err
		}
		how := l.Reason
		if l.Class == lineIsPending {
			how = ""
		}
		l.decide(candidateOf(b), how)
		why := map[LineClass]string{
			LineByPlate: CaseStatementPlate, LineExpired: CaseStatementBilled, LineCancelled: CaseStatementBilled, lineIsPending: "proof",
		}[l.Class]
		if why == "" { // what it would have led to is done
			return tx.SaveLines(ctx, c.st.ID, []StatementLine{l})
		}
		proof := l.Class == lineIsPending
		if proof {
			l.Class = LineProved
		}
		first, err := tx.ActedOn(ctx, c.st.ID, l)
		if err != nil || !first {
			return err
		}
		if proof {
			c.done.Proved++
			return c.prove(ctx, tx, &b, l)
		}
		c.done.Cases++
		now, err := tx.Now(ctx)
		if err != nil {
			return err
		}
		return tx.OpenCase(ctx, b.ID, why, now)
	})
}

// prove confirms a payment of which nobody knew: transition 12.
func (c *comparison) prove(ctx context.Context, tx Store, b *Booking, l StatementLine) error {
	if err := c.s.ours(*b); err != nil {
		return err
	}
	f, err := facts(ctx, tx, *b)
	if err != nil {
		return err
	}
	return settle(ctx, tx, b, f, settlement{event: LatePaid, actor: c.actor, found: Found{
		Finding: FoundPaid, Source: FromStatement, StatementID: c.st.ID, Line: l.Number,
		Evidence: Evidence{Channel: "statement", Reference: c.st.Handle, Text: c.req.Words(l.Number)},
	}})
}

// candidateOf is a booking as lines are compared with it.
func candidateOf(b Booking) Candidate {
	return Candidate{
		ID: b.ID, State: b.State, SupplierID: b.SupplierID, SupplierRef: b.SupplierRef, Plate: b.Car.Plate,
		From: b.Stay.FromWall, To: b.Stay.ToWall, Due: b.Due(),
	}
}
