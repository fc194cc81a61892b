package statement

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"guichet/internal/account"
	"guichet/internal/booking"
)

// compareBatch is how many lines are looked at together: 8 MiB at most.
const compareBatch = 500

// CompareRequest says how a statement is to be read.
type CompareRequest struct {
	Handle  string
	Columns Columns
	Words   func(file string, line int) string // names a line, as evidence
}

// Compared is what a comparison led to, this time.
type Compared struct {
	Proved int // unknown payments and cancellations that were confirmed
	Cases  int // cases that were opened, or stand open for something new
}

// Compare compares every line with the bookings here. What the lines of
// a booking prove together (see booking.Prove), those of other statements included,
// settles what nobody knew; other evidence opens a case. A line that is missing
// changes nothing.
//
// First every line is read, then follows what comes of them: so the order of
// files and lines does not matter. It may be repeated, also after a crash
// half-way: lines that have led to something do so once. Errors: ErrForbidden, ErrNotFound, ErrEnvironment,
// ErrChanged when the cells are forgotten or somebody else compares it with other columns, *InvalidError for the columns.
func (s *Service) Compare(ctx context.Context, actor account.Actor, req CompareRequest) (Statement, Compared, error) {
	var done Compared
	if actor.Role != account.CustomerService {
		return Statement{}, done, booking.ErrForbidden
	}
	st, err := s.store.Statement(ctx, req.Handle)
	if err != nil {
		return st, done, err
	}
	switch {
	case st.Environment != s.bookings.Environment():
		return st, done, booking.ErrEnvironment
	case !st.ErasedAt.IsZero():
		return st, done, booking.ErrChanged
	}
	if err := req.Columns.check(st.Header); err != nil {
		return st, done, err
	}
	c := comparison{s: s, st: st, actor: actor, req: req, seen: repeats{}, named: map[int64]bool{}, due: map[int64]bool{}}
	if err := c.run(ctx); err != nil {
		return st, c.done, fmt.Errorf("compare a statement: %w", err)
	}
	err = c.inTx(ctx, func(tx Tx) error { return tx.StatementCompared(ctx, st.ID, req.Columns, actor.UserID) })
	return st, c.done, err
}

// inTx is a transaction in which the columns are those of this comparison: lines
// that two people read differently at the same moment would be mixed.
func (c *comparison) inTx(ctx context.Context, do func(Tx) error) error {
	return c.s.store.InTx(ctx, func(tx Tx) error {
		if err := tx.StillReading(ctx, c.st.ID, c.req.Columns); err != nil {
			return err
		}
		return do(tx)
	})
}

// comparison is one statement that is being compared.
type comparison struct {
	s     *Service
	st    Statement
	actor account.Actor
	req   CompareRequest
	seen  repeats
	named map[int64]bool // bookings that a line has named so far
	due   map[int64]bool // of these, the ones that are already in tasks
	now   time.Time
	tasks []task // what follows, in the order of the file
	done  Compared
}

// task is a booking about which its lines say something that has consequences,
// or a line that was found by the car.
type task struct {
	bookingID int64
	byCar     *Line
}

func (c *comparison) run(ctx context.Context) error {
	store := c.s.store
	var err error
	if c.now, err = store.Now(ctx); err != nil {
		return err
	}
	err = store.InTx(ctx, func(tx Tx) error { // nothing follows from a comparison that is not in the audit log
		if err := tx.ReadingStatement(ctx, c.st.ID, c.req.Columns); err != nil {
			return err
		}
		return tx.Audit(ctx, entry(c.actor, account.DidCompareStatement, c.st))
	})
	if err != nil {
		return err
	}
	for after := 0; ; {
		lines, err := store.LinesToCompare(ctx, c.st.ID, after, compareBatch)
		if err != nil {
			return err
		}
		if len(lines) == 0 {
			break
		}
		after = lines[len(lines)-1].Number
		if err := c.batch(ctx, lines); err != nil {
			return err
		}
	}
	if err := c.inTx(ctx, func(tx Tx) error { return tx.StatementRead(ctx, c.st.ID, c.req.Columns) }); err != nil {
		return err
	}
	for _, t := range c.tasks {
		if err := c.follow(ctx, t); err != nil {
			return err
		}
	}
	return c.waiting(ctx)
}

// follow does what comes of a task.
func (c *comparison) follow(ctx context.Context, t task) error {
	if t.byCar != nil {
		if err := c.foundByCar(ctx, *t.byCar); err != nil {
			return fmt.Errorf("line %d: %w", t.byCar.Number, err)
		}
		return nil
	}
	done, err := c.s.bookings.Weigh(ctx, c.actor, t.bookingID, booking.Weighing{StatementID: c.st.ID, Words: c.req.Words})
	if done.Proved {
		c.done.Proved++
	}
	if done.Case {
		c.done.Cases++
	}
	return err
}

// foundByCar opens the case of a line that names nothing but a car, and writes
// the line with it. The booking is locked and looked at again.
func (c *comparison) foundByCar(ctx context.Context, l Line) error {
	first := false
	err := c.inTx(ctx, func(tx Tx) error {
		b, err := tx.LockBookingByID(ctx, l.BookingID)
		if err != nil {
			return err
		}
		if l.decide(b.Candidate()); l.Class != booking.LineByPlate { // what it would have led to is done
			return tx.SaveLines(ctx, c.st.ID, []Line{l})
		}
		if first, err = tx.ActedOn(ctx, c.st.ID, l); err != nil || !first {
			return err
		}
		now, err := tx.Now(ctx)
		if err != nil {
			return err
		}
		return tx.OpenCase(ctx, b.ID, booking.CaseStatementPlate, now)
	})
	if err == nil && first {
		c.done.Cases++
	}
	return err
}

// waiting looks again at bookings whose lines waited until this statement was
// read. Of two that are compared at once, the one that is read last does it.
func (c *comparison) waiting(ctx context.Context) error {
	ids, err := c.s.store.Waiting(ctx, c.st.Environment)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if c.due[id] { // just weighed
			continue
		}
		if err := c.follow(ctx, task{bookingID: id}); err != nil {
			return err
		}
	}
	return nil
}

// batch reads lines and writes them at once, those about which nothing more has
// to be said with their class; the others become tasks.
func (c *comparison) batch(ctx context.Context, lines []Line) error {
	for i := range lines {
		if lines[i].ActedAt.IsZero() && len(lines[i].Cells) > 0 {
			lines[i].parse(c.req.Columns)
		}
	}
	known, err := c.find(ctx, lines)
	if err != nil {
		return err
	}
	others, err := c.others(ctx, known)
	if err != nil {
		return err
	}
	plain := make([]Line, 0, len(lines))
	for _, l := range lines {
		fresh := l.ActedAt.IsZero() && len(l.Cells) > 0
		booked, named := known.named(&l)
		switch {
		case named:
			c.name(booked, &l, others[booked.ID], fresh)
		case !fresh:
			c.seen.mark(&l) // only so that those after it know
		default:
			if c.seen.mark(&l); l.Class == booking.LineByPlate {
				found := l
				c.tasks = append(c.tasks, task{byCar: &found})
				continue
			}
		}
		if fresh {
			plain = append(plain, l)
		}
	}
	return c.inTx(ctx, func(tx Tx) error { return tx.SaveLines(ctx, c.st.ID, plain) })
}

// others are the lines of other statements about the bookings of a batch.
func (c *comparison) others(ctx context.Context, known directory) (map[int64][]booking.ProofLine, error) {
	var ids, refs []string
	of := map[string]int64{}
	for _, b := range known.byID {
		ids = append(ids, b.SupplierID)
		of[b.SupplierID] = b.ID
	}
	refOf := map[string]int64{}
	for _, list := range known.byRef {
		if len(list) == 1 {
			refs = append(refs, list[0].SupplierRef)
			refOf[list[0].SupplierRef] = list[0].ID
			if id := list[0].SupplierID; of[id] == 0 {
				ids = append(ids, id)
				of[id] = list[0].ID
			}
		}
	}
	lines, err := c.s.store.ProofLines(ctx, c.st.Environment, ids, refs, c.st.ID)
	out := map[int64][]booking.ProofLine{}
	for _, l := range lines {
		id := of[l.SupplierID]
		if l.SupplierID == "" {
			id = refOf[l.SupplierRef]
		}
		out[id] = append(out[id], l)
	}
	return out, err
}

// name gives a line the class that it has with the lines of other statements, or
// puts its booking on the list: when something follows from them, when the file
// names it more than once, or when other lines say something else so far.
func (c *comparison) name(b booking.Candidate, l *Line, others []booking.ProofLine, fresh bool) {
	c.seen.seen("booking " + strconv.FormatInt(b.ID, 10))
	own := []booking.ProofLine{{Line: l.Line, StatementID: c.st.ID, First: c.st.From, Last: c.st.To, About: c.st.About}}
	v := booking.Prove(b, append(own, others...), c.now)
	v.Classify(own)
	stale := fresh && slices.ContainsFunc(others, func(o booking.ProofLine) bool { return o.Class != v.Class || !o.ActedAt.IsZero() })
	follows := v.Finding != "" || v.Case != "" || c.named[b.ID] || stale
	c.named[b.ID] = true
	if !follows {
		l.Line = own[0].Line
		return
	}
	if fresh && l.Class != booking.LineUnreadable {
		l.Class, l.Reason = "", ""
	}
	if !c.due[b.ID] {
		c.due[b.ID] = true
		c.tasks = append(c.tasks, task{bookingID: b.ID})
	}
}

// find reads the bookings that the lines may mean: by the supplier's names for
// them first, and by the car where those are not known.
func (c *comparison) find(ctx context.Context, lines []Line) (directory, error) {
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
