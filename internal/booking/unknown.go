package booking

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"
	"time"

	"guichet/internal/account"
	"guichet/internal/bound"
	"guichet/internal/contact"
	"guichet/internal/invalid"
	"guichet/internal/locale"
	"guichet/internal/walltime"
)

// UnknownBooking is one that the supplier bills and that is not known here: it was
// sold before a restore lost it, or it is not ours.
type UnknownBooking struct {
	Handle      string // random, its address
	SupplierID  string
	SupplierRef string
	Plate       string
	From, To    time.Time // wall fields in UTC; zero when the line does not say
	Amount      Money
	StatementID int64
	Statement   string // its handle
	Line        int
	OpenedAt    time.Time
	PaidAt      time.Time   // the line's date, else when its statement was read
	Proposed    *TakeOverAs // what the first person would make of it; nil before
	ProposedBy  int64
	Proposer    string // the first person’s name
	Version     int    // of what is proposed; a page carries it to whoever agrees
	Ending      string // empty while it is open
	EndedAt     time.Time
	EndedBy     string      // empty when nobody had to
	Ref         string      // of the booking here that has its id now
	Lines       []ProofLine // all that name it, in every statement that is read
}

// Net is what its lines come to, with credits; false when they may come to
// something else.
func (u UnknownBooking) Net() (Money, bool) {
	n := sumUp(Candidate{Due: u.Amount}, u.Lines, u.OpenedAt)
	return Money{Cents: n.cents, Currency: u.Amount.Currency}, n.unreadable == "" && !n.foreign && !n.overlap && n.every == n.cents
}

// Credited reports that a line of it is a credit.
func (u UnknownBooking) Credited() bool {
	return slices.ContainsFunc(u.Lines, func(l ProofLine) bool { return l.Amount.Cents < 0 })
}

// TakeOverAs is what an unknown booking becomes here.
type TakeOverAs struct {
	Agency    string    `json:"agency"` // code
	Zone      string    `json:"zone"`   // code
	FromWall  time.Time `json:"from_wall"`
	ToWall    time.Time `json:"to_wall"`
	FirstName string    `json:"first_name"`
	LastName  string    `json:"last_name"`
	Plate     string    `json:"plate"` // with Written as of a Car
	Written   string    `json:"written,omitempty"`
	Evidence  Evidence  `json:"evidence"`
}

// UnknownBookings lists the supplier's bookings that are not known here, for staff.
func (s *Service) UnknownBookings(ctx context.Context, actor account.Actor, limit int) ([]UnknownBooking, error) {
	if !actor.Role.Staff() {
		return nil, ErrForbidden
	}
	list, err := s.store.OpenUnknown(ctx, s.Environment(), limit)
	if err != nil {
		return nil, err
	}
	return list, billed(ctx, s.store, s.Environment(), list)
}

// billed adds the lines that name unknown bookings: what several of them charge
// together is the amount.
func billed(ctx context.Context, r Reader, env Environment, list []UnknownBooking) error {
	var ids, refs []string
	for _, u := range list {
		ids = append(ids, u.SupplierID)
		if u.SupplierRef != "" {
			refs = append(refs, u.SupplierRef)
		}
	}
	lines, err := r.ProofLines(ctx, env, ids, refs, 0)
	if err != nil {
		return err
	}
	for i := range list {
		u := &list[i]
		u.Lines = slices.DeleteFunc(slices.Clone(lines), func(l ProofLine) bool { return !u.named(l) })
		if net, certain := u.Net(); certain && !u.Credited() && net.Cents > 0 {
			u.Amount = net
		}
	}
	return nil
}

// named reports that a line names the booking: by its id, or where it has none by
// its reference.
func (u UnknownBooking) named(l ProofLine) bool {
	if l.SupplierID != "" {
		return l.SupplierID == u.SupplierID
	}
	return l.SupplierRef != "" && strings.EqualFold(l.SupplierRef, u.SupplierRef)
}

// UnknownBooking returns one, open or ended, for staff; ErrNotFound.
func (s *Service) UnknownBooking(ctx context.Context, actor account.Actor, handle string) (UnknownBooking, error) {
	if !actor.Role.Staff() {
		return UnknownBooking{}, ErrForbidden
	}
	u, err := s.store.UnknownBooking(ctx, s.Environment(), handle)
	if err != nil {
		return u, err
	}
	one := []UnknownBooking{u}
	err = billed(ctx, s.store, s.Environment(), one)
	return one[0], err
}

// lockUnknown locks the open one that a page showed. ErrChanged: it showed another
// proposal.
func (s *Service) lockUnknown(ctx context.Context, tx Tx, handle string, version int) (UnknownBooking, error) {
	u, err := tx.LockUnknown(ctx, s.Environment(), handle)
	if err == nil && u.Version != version {
		err = ErrChanged
	}
	return u, err
}

// NotOurs ends an unknown booking by the supplier's word that it is not ours.
// ErrChanged: the page showed another proposal than there is.
func (s *Service) NotOurs(ctx context.Context, actor account.Actor, handle string, version int, e Evidence) error {
	if actor.Role != account.CustomerService {
		return ErrForbidden
	}
	if err := e.check(); err != nil {
		return err
	}
	return s.store.InTx(ctx, func(tx Tx) error {
		u, err := s.lockUnknown(ctx, tx, handle, version)
		if err != nil {
			return err
		}
		return tx.EndUnknown(ctx, u.Handle, "not_ours", actor.UserID, e)
	})
}

// ProposeTakeOver keeps what an unknown booking is to become, until a second
// person agrees. A later proposal replaces the one that the page showed; ErrChanged:
// there is another one. *InvalidError: a field.
func (s *Service) ProposeTakeOver(ctx context.Context, actor account.Actor, handle string, version int, t TakeOverAs) error {
	if actor.Role != account.CustomerService {
		return ErrForbidden
	}
	if _, _, err := s.readTakeOver(ctx, s.store, &t); err != nil {
		return err
	}
	return s.store.InTx(ctx, func(tx Tx) error {
		u, err := s.lockUnknown(ctx, tx, handle, version)
		if err != nil {
			return err
		}
		return tx.ProposeUnknown(ctx, u.Handle, t, actor.UserID)
	})
}

// readTakeOver checks what was typed, and resolves its place and its agency.
func (s *Service) readTakeOver(ctx context.Context, r Reader, t *TakeOverAs) (Stay, account.Agency, error) {
	bad := &invalid.Error{}
	t.LastName = contact.ReadName(bad, "last_name", t.LastName)
	if strings.TrimSpace(t.FirstName) != "" {
		t.FirstName = contact.ReadName(bad, "first_name", t.FirstName)
	}
	plate := contact.ReadPlate(bad, "plate", t.Plate)
	t.Plate, t.Written = plate.Key, plate.Written
	agency, err := r.AgencyByCode(ctx, t.Agency)
	if errors.Is(err, ErrNotFound) {
		bad.Add("agency", "problem.takeover.agency")
	} else if err != nil {
		return Stay{}, agency, err
	}
	zone, err := s.sellableZone(ctx, r, t.Zone)
	var refused *invalid.Error
	if err != nil && !errors.As(err, &refused) {
		return Stay{}, agency, err
	}
	stay := Stay{}
	if refused != nil {
		bad.Add("zone", "problem.zone.empty")
	} else if stay, err = stayAt(zone, t.FromWall, t.ToWall, bad); err != nil {
		return stay, agency, err
	}
	var evidence *invalid.Error
	if errors.As(t.Evidence.check(), &evidence) {
		for field, p := range evidence.Fields {
			bad.Add(field, p.Key, p.Args...)
		}
	}
	return stay, agency, bad.OrNil()
}

// stayAt is a stay that was sold, whenever it was: by the first of two readings
// where a clock change leaves two.
func stayAt(z Zone, from, to time.Time, bad *invalid.Error) (Stay, error) {
	loc, err := time.LoadLocation(z.Timezone)
	if err != nil {
		return Stay{}, err
	}
	s := Stay{
		ZoneID: z.ID, ZoneCode: z.Code, ZoneName: z.Name, ZoneKind: z.Kind, City: z.City, Timezone: z.Timezone, FromWall: from, ToWall: to,
	}
	whole := true
	for _, leg := range []struct {
		name string
		wall time.Time
		at   *time.Time
	}{{"from", from, &s.From}, {"to", to, &s.To}} {
		if leg.wall.IsZero() {
			whole = false
			bad.Add(leg.name+"_date", "problem."+leg.name+"_date.empty")
			continue
		}
		before := len(bad.Fields)
		*leg.at = resolveField(bad, leg.name+"_time", z, leg.wall, loc, walltime.FoldBefore)
		whole = whole && len(bad.Fields) == before
	}
	if whole && !s.To.After(s.From) {
		if to.Truncate(24 * time.Hour).Equal(from.Truncate(24 * time.Hour)) {
			bad.Add("to_time", "problem.to_time.order", "Time", from)
		} else {
			bad.Add("to_date", "problem.to_date.order", "Date", from)
		}
	}
	return s, nil
}

// TakeOver makes the supplier's booking one of an agency, as another person has
// proposed: transition 25. It is paid; that it is insured has yet to be found out.
// ErrForbidden: the proposer cannot agree. ErrTransition: nobody has proposed.
// ErrChanged: the page showed another proposal.
func (s *Service) TakeOver(ctx context.Context, actor account.Actor, handle string, version int) (Booking, error) {
	if actor.Role != account.CustomerService {
		return Booking{}, ErrForbidden
	}
	var b Booking
	err := s.store.InTx(ctx, func(tx Tx) error {
		u, err := s.lockUnknown(ctx, tx, handle, version)
		switch {
		case err != nil:
			return err
		case u.Proposed == nil:
			return ErrTransition
		}
		one := []UnknownBooking{u}
		if err := billed(ctx, tx, s.Environment(), one); err != nil {
			return err
		}
		u = one[0]
		stay, agency, err := s.readTakeOver(ctx, tx, u.Proposed)
		if err != nil {
			return err
		}
		f := Facts{SecondPerson: u.ProposedBy != actor.UserID, Environment: s.Environment()}
		if f.Now, err = tx.Now(ctx); err != nil {
			return err
		}
		if _, err := Next(New, TakeOver, f); err != nil {
			return err
		}
		if err := tx.EndUnknown(ctx, u.Handle, "taken_over", actor.UserID, Evidence{}); err != nil {
			return err
		}
		b = u.booking(actor, agency, stay, f.Now, s.Environment())
		first := by(actor, HistoryEntry{Event: TakeOver, Before: New, After: Confirmed, Reason: string(FoundPaid), At: f.Now})
		if err := tx.AddTakenOver(ctx, &b, first); err != nil {
			return err
		}
		if err := u.keep(ctx, tx, actor, b, f.Now); err != nil {
			return err
		}
		return doubtLines(ctx, tx, b, f.Now)
	})
	return b, err
}

// doubtLines opens the case that the lines of a booking are that was just taken
// over: the one that bills it may be credited by another.
func doubtLines(ctx context.Context, tx Tx, b Booking, at time.Time) error {
	lines, err := linesOf(ctx, tx, b)
	if err != nil {
		return err
	}
	if v := Prove(b.Candidate(), lines, at); v.Case != "" {
		return tx.OpenCase(ctx, b.ID, v.Case, at)
	}
	return nil
}

// keep writes what both people found out.
func (u UnknownBooking) keep(ctx context.Context, tx Tx, actor account.Actor, b Booking, at time.Time) error {
	said := Note{BookingID: b.ID, Kind: "proposal", Finding: FoundPaid, Evidence: u.Proposed.Evidence, ActorID: u.ProposedBy}
	if err := tx.AddNote(ctx, &said); err != nil {
		return err
	}
	if err := tx.AnswerProposal(ctx, said.ID); err != nil {
		return err
	}
	return settlement{actor: actor, first: &said, found: Found{
		Act: ActFound, Operation: OpPay, Finding: FoundPaid, Source: FromStatement, StatementID: u.StatementID, Line: u.Line,
		Evidence: Evidence{Channel: u.Proposed.Evidence.Channel, SupplierID: u.SupplierID},
	}}.keep(ctx, tx, b, at)
}

func (u UnknownBooking) booking(actor account.Actor, agency account.Agency, stay Stay, now time.Time, env Environment) Booking {
	deadline := now.Add(HoldTime)
	return Booking{
		Ref: NewRef(), State: Confirmed, Version: 1, AgencyID: agency.ID, AgencyName: agency.Name, UserID: actor.UserID, UserName: actor.Name,
		Environment: env, DraftID: newID(), SaleID: newID(), TakenOver: true,
		Stay: stay, Quote: Quote{Available: true, Base: u.Amount, QuotedAt: now}, Total: u.Amount,
		Customer: Customer{FirstName: u.Proposed.FirstName, LastName: u.Proposed.LastName, Language: string(locale.Default())}, Car: Car{Plate: u.Proposed.Plate, Written: u.Proposed.Written},
		SupplierID: u.SupplierID, SupplierRef: u.SupplierRef, Booked: u.Amount,
		T0: now, Deadline: deadline, PayBy: deadline.Add(-PayMargin), Fence: deadline.Add(FenceTime), CreatedAt: now, ChangedAt: now, PaidAt: u.PaidAt,
	}
}

// anID is what the supplier's ids may be; it is kept where nothing is erased.
var anID = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._:-]{0,79}$`)

// UnnamedLines lists them for staff, each booking once.
func (s *Service) UnnamedLines(ctx context.Context, actor account.Actor, limit int) ([]UnnamedLine, error) {
	if !actor.Role.Staff() {
		return nil, ErrForbidden
	}
	return s.store.UnnamedLines(ctx, s.Environment(), limit)
}

// NameLine records which of the supplier's bookings such a line bills, as the supplier
// has told; it is an unknown booking from then on, whose handle is returned, until it
// is taken over or is not ours. ErrNotFound: the line is not, or no longer, one of
// them. *InvalidError: supplier_id, which may be that of another booking.
func (s *Service) NameLine(ctx context.Context, actor account.Actor, statement string, line int, supplierID string) (handle string, err error) {
	if actor.Role != account.CustomerService {
		return "", ErrForbidden
	}
	if supplierID = strings.TrimSpace(supplierID); !anID.MatchString(supplierID) {
		return "", invalid.Field("supplier_id", "problem.evidence.supplier_id")
	}
	if line < 1 || line > 5*bound.StatementLines {
		return "", ErrNotFound
	}
	err = s.store.InTx(ctx, func(tx Tx) error {
		l, err := tx.LockUnnamed(ctx, s.Environment(), statement, line)
		if err != nil {
			return err
		}
		if handle, err = tx.AddUnknown(ctx, s.Environment(), l, supplierID); err != nil {
			return err
		}
		known, err := tx.Candidates(ctx, s.Environment(), []string{supplierID}, nil, nil)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(known, l.isOther) {
			return invalid.Field("supplier_id", "problem.unnamed.other")
		}
		// A line that is still one of them has another reference and another car than
		// the booking of that id.
		if _, err := tx.LockUnnamed(ctx, s.Environment(), statement, line); err == nil {
			return invalid.Field("supplier_id", "problem.unnamed.other")
		} else if !errors.Is(err, ErrNotFound) {
			return err
		}
		e := actor.AuditEntry(account.DidNameLine)
		e.Before, e.After = statement, supplierID
		return tx.Audit(ctx, e)
	})
	return handle, err
}
