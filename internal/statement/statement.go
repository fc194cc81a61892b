// Package statement is the supplier's statement of what it bills: a file is read,
// its lines are matched with the bookings here, and what they say is compared with
// what stands here. What follows for a booking, booking.Service weighs and settles.
//
// It must not know how a booking moves from state to state, nor HTTP, SQL or pages.
package statement

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"guichet/internal/account"
	"guichet/internal/booking"
	"guichet/internal/bound"
	"guichet/internal/invalid"
	"guichet/internal/typed"
)

// About says what of a booking lies in a statement's period.
type About = booking.About

// What a period may be about.
const (
	AboutPayments = booking.AboutPayments
	AboutDropOffs = booking.AboutDropOffs
	AboutReturns  = booking.AboutReturns
)

// AllAbout lists what a period may be about.
func AllAbout() []About { return []About{AboutPayments, AboutDropOffs, AboutReturns} }

// longestPeriod is more days than any statement covers.
const longestPeriod = 366 * 24 * time.Hour

// Statement is what the supplier says of a period.
type Statement struct {
	ID          int64
	Handle      string // random, its address
	Environment booking.Environment
	FileName    string
	Digest      []byte // SHA-256 of the file
	UserID      int64
	UserName    string
	At          time.Time
	From, To    time.Time // days, at midnight UTC; both belong to the period
	About       About
	Header      []string
	Lines       int
	Columns     Columns   // nil before it was compared
	ComparedAt  time.Time // zero before
	ErasedAt    time.Time // when the cells were forgotten; zero while they stand
}

// ClassSum is how many lines are of a class, and what they say in one currency.
type ClassSum struct {
	Class booking.LineClass
	Lines int
	There booking.Money // no currency when none could be read
}

// Service imports statements and compares them with the bookings here.
type Service struct {
	store    Store
	bookings *booking.Service
}

// NewService returns a Service.
func NewService(store Store, bookings *booking.Service) *Service {
	return &Service{store: store, bookings: bookings}
}

// entry is what the audit log says of an act about a statement.
func entry(a account.Actor, did account.Action, st Statement) account.AuditEntry {
	e := a.AuditEntry(did)
	e.After = st.Handle
	return e
}

// Upload is a file and what was said about it.
type Upload struct {
	FileName string
	File     io.ReadSeeker
	From, To time.Time // days at midnight UTC; zero when not given
	About    About
}

// Import reads and keeps a file. When the same file is here already, the
// earlier statement is returned with ErrChanged. Other errors: booking.ErrForbidden,
// *InvalidError for the fields file, from, to and about.
func (s *Service) Import(ctx context.Context, actor account.Actor, up Upload) (Statement, error) {
	if actor.Role != account.CustomerService {
		return Statement{}, booking.ErrForbidden
	}
	now, err := s.store.Now(ctx)
	if err != nil {
		return Statement{}, err
	}
	digest, err := digestOf(up.File)
	if err != nil {
		return Statement{}, err
	}
	if digest != nil {
		st, err := s.store.StatementOfFile(ctx, s.bookings.Environment(), digest)
		if err == nil {
			return st, booking.ErrChanged
		}
		if !errors.Is(err, booking.ErrNotFound) {
			return Statement{}, err
		}
	}
	bad := up.check(now)
	file, err := Read(up.File)
	var wrong *invalid.Error
	switch {
	case errors.As(err, &wrong):
		bad.Add("file", wrong.Fields["file"].Key, wrong.Fields["file"].Args...)
	case err != nil:
		return Statement{}, err
	}
	if err := bad.OrNil(); err != nil {
		return Statement{}, err
	}
	st := Statement{
		Handle: strings.ToLower(rand.Text()), Environment: s.bookings.Environment(), FileName: shortName(up.FileName), Digest: digest,
		UserID: actor.UserID, UserName: actor.Name, From: up.From, To: up.To, About: up.About, Header: file.Header, Lines: file.Lines,
	}
	lines, err := file.Open()
	if err != nil {
		return Statement{}, err
	}
	err = s.store.InTx(ctx, func(tx Tx) error {
		if err := tx.AddStatement(ctx, &st, lines.Next); err != nil {
			return err
		}
		return tx.Audit(ctx, entry(actor, account.DidImportStatement, st))
	})
	if err != nil {
		if errors.Is(err, booking.ErrChanged) { // somebody was faster with the same file
			there, again := s.store.StatementOfFile(ctx, s.bookings.Environment(), digest)
			if again != nil {
				return Statement{}, again
			}
			return there, booking.ErrChanged
		}
		return Statement{}, fmt.Errorf("keep a statement: %w", err)
	}
	return st, nil
}

// digestOf is the SHA-256 of a file; nil for an empty one.
func digestOf(file io.ReadSeeker) ([]byte, error) {
	sum := sha256.New()
	_, err := file.Seek(0, io.SeekStart)
	if err == nil {
		var n int64
		if n, err = io.Copy(sum, file); n == 0 {
			return nil, err
		}
	}
	if err != nil {
		return nil, fmt.Errorf("read a statement: %w", err)
	}
	return sum.Sum(nil), nil
}

// shortName is a file's name without the folders that some browsers send.
func shortName(name string) string {
	name = typed.Clean(name[strings.LastIndexAny(name, `/\`)+1:])
	if r := []rune(name); len(r) > bound.StatementName {
		return string(r[:bound.StatementName])
	}
	return name
}

// earliestClock is how far the clocks of the first places are ahead: there it is
// tomorrow already.
const earliestClock = 14 * time.Hour

// check says what is wrong with a period: what lies ahead is not billed yet, and
// who travelled longer ago is forgotten.
func (up Upload) check(now time.Time) *invalid.Error {
	bad := &invalid.Error{}
	if !slices.Contains(AllAbout(), up.About) {
		bad.Add("about", "statement.about.choose")
	}
	switch {
	case up.From.IsZero():
		bad.Add("from", "statement.period.from")
	case up.From.After(now.Add(earliestClock)):
		bad.Add("from", "statement.period.ahead")
	case up.From.AddDate(0, booking.KeptMonths, 0).Before(now):
		bad.Add("from", "statement.period.old", "Months", booking.KeptMonths)
	}
	switch {
	case up.To.IsZero():
		bad.Add("to", "statement.period.to")
	case up.From.IsZero():
	case up.To.Before(up.From):
		bad.Add("to", "statement.period.backwards")
	case up.To.Sub(up.From) > longestPeriod:
		bad.Add("to", "statement.period.long")
	}
	return bad
}

// List returns the latest statements for staff, the newest first.
func (s *Service) List(ctx context.Context, actor account.Actor, limit int) ([]Statement, error) {
	if !actor.Role.Staff() {
		return nil, booking.ErrForbidden
	}
	return s.store.Statements(ctx, limit)
}

// Find returns a statement for staff, or booking.ErrNotFound.
func (s *Service) Find(ctx context.Context, actor account.Actor, handle string) (Statement, error) {
	if !actor.Role.Staff() {
		return Statement{}, booking.ErrForbidden
	}
	return s.store.Statement(ctx, handle)
}

// FirstLines returns the beginning of a statement as it stands in the file.
func (s *Service) FirstLines(ctx context.Context, st Statement, limit int) ([]Line, error) {
	return s.store.StatementLines(ctx, st.ID, "", 0, limit)
}

// LinesOf lists lines of a class, or of all, that come after a line's number.
func (s *Service) LinesOf(ctx context.Context, st Statement, class booking.LineClass, after, limit int) ([]Line, error) {
	return s.store.StatementLines(ctx, st.ID, class, after, limit)
}

// Unbilled lists bookings that are paid here in the period and in no line. That
// proves nothing and changes nothing.
func (s *Service) Unbilled(ctx context.Context, st Statement, after int64, limit int) ([]booking.Booking, error) {
	return s.store.Unbilled(ctx, st, after, limit)
}

// Sums sums up a statement by class and currency, those that are paid
// here and not billed included.
func (s *Service) Sums(ctx context.Context, st Statement) ([]ClassSum, error) {
	lines, err := s.store.StatementSums(ctx, st.ID)
	if err != nil {
		return nil, err
	}
	unbilled, err := s.store.UnbilledSums(ctx, st)
	return append(lines, unbilled...), err
}

// UsualColumns are the columns of a statement as they were last chosen for it,
// or for another file with the same header; else they are guessed.
func (s *Service) UsualColumns(ctx context.Context, st Statement) (Columns, error) {
	if st.Columns != nil {
		return st.Columns, nil
	}
	c, err := s.store.ColumnsOf(ctx, st.Header)
	if errors.Is(err, booking.ErrNotFound) {
		return GuessColumns(st.Header), nil
	}
	return c, err
}

// EraseOld forgets the cells of statements whose period ended so long ago that it
// is no longer known who travelled; it returns how many statements.
func (s *Service) EraseOld(ctx context.Context) (n int64, err error) {
	for more := true; more; {
		err := s.store.InTx(ctx, func(tx Tx) (err error) {
			more, err = tx.EraseStatement(ctx, booking.KeptMonths)
			return err
		})
		if err != nil {
			return n, fmt.Errorf("erase statements: %w", err)
		}
		if more {
			n++
		}
	}
	return n, nil
}
