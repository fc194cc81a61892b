package booking

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"guichet/internal/account"
	"guichet/internal/contact"
	"guichet/internal/invalid"
	"guichet/internal/walltime"
)

// MaxStay is the longest stay that is asked for.
const MaxStay = 365 * 24 * time.Hour

// QuoteRequest is what an agent asks a price for. Wall times are those of the
// zone, as time.Time in UTC; the folds answer "before or after the change".
type QuoteRequest struct {
	ZoneCode         string // or what else FindZone takes
	FromWall, ToWall time.Time
	FromFold, ToFold walltime.Fold
	Outbound, Return string
	From             string // id of a draft whose customer and services are kept
	With             string // reference of a booking whose customer and car are taken, and nothing else

	Services []string // codes to begin with, instead of those of From; what is not offered is left out
}

// Quote asks the supplier for a price and keeps it as a new draft.
// *InvalidError names the field that is wrong; ErrSupplierDown: no answer.
// A stay without space gives a draft whose quote is not available.
func (s *Service) Quote(ctx context.Context, actor account.Actor, req QuoteRequest) (Draft, error) {
	if !actor.MaySell() {
		return Draft{}, ErrForbidden
	}
	now, err := s.store.Now(ctx)
	if err != nil {
		return Draft{}, err
	}
	zone, err := s.sellableZone(ctx, s.store, req.ZoneCode)
	if err != nil {
		return Draft{}, err
	}
	d, err := s.newDraft(ctx, actor, zone, req, now)
	if err != nil {
		return Draft{}, err
	}
	if d.Quote, err = s.ask(ctx, d.Stay, now); err != nil {
		return Draft{}, err
	}
	if len(req.Services) > 0 {
		d.Services = inOrder(d.Quote, req.Services)
	}
	_, gone := d.Quote.Total(d.Services)
	d.Services = slices.DeleteFunc(d.Services, func(c string) bool { return slices.Contains(gone, c) })
	err = s.store.InTx(ctx, func(tx Tx) error {
		if err := tx.AddDraft(ctx, &d); err != nil || req.From == "" {
			return err
		}
		return tx.SetAside(ctx, actor.Scope(), req.From)
	})
	if err != nil {
		return Draft{}, fmt.Errorf("keep quote: %w", err)
	}
	return d, nil
}

// ask gets a fresh quote; no space, or a stay in the past, is a quote that is
// not available.
func (s *Service) ask(ctx context.Context, stay Stay, now time.Time) (Quote, error) {
	if stay.From.Before(now) {
		return Quote{QuotedAt: now}, nil
	}
	q, err := s.supplier.Quote(ctx, stay)
	if errors.Is(err, ErrUnavailable) {
		q, err = Quote{}, nil
	}
	if err != nil {
		return Quote{}, fmt.Errorf("quote %s: %w", stay.ZoneCode, err)
	}
	q.QuotedAt = now
	return q, nil
}

func (s *Service) sellableZone(ctx context.Context, r Reader, key string) (Zone, error) {
	list, err := r.Zones(ctx, s.supplier.Environment())
	if err != nil {
		return Zone{}, err
	}
	return FindZone(list.Zones, key)
}

func (s *Service) newDraft(ctx context.Context, actor account.Actor, zone Zone, req QuoteRequest, now time.Time) (Draft, error) {
	stay, err := CheckStay(zone, req, now)
	if err != nil {
		return Draft{}, err
	}
	d := Draft{SaleID: newID()}
	if req.From != "" {
		old, err := s.store.Draft(ctx, actor.Scope(), req.From)
		switch {
		case err == nil:
			d = copyDraft(old)
		case !errors.Is(err, ErrNotFound):
			return Draft{}, err
		}
	}
	if req.With != "" {
		b, err := s.store.Booking(ctx, actor.Scope(), req.With)
		switch {
		case err == nil && b.ErasedAt.IsZero():
			d.Customer, d.Car, d.CustomerSet = b.Customer, b.Car, true
			d.Phone = contact.Phone{E164: b.Customer.Phone, Country: b.Country}
		case err != nil && !errors.Is(err, ErrNotFound):
			return Draft{}, err
		}
	}
	d.ID, d.Version, d.AgencyID, d.UserID = newID(), 1, actor.AgencyID, actor.UserID
	d.Environment, d.Stay, d.CreatedAt, d.UpdatedAt = s.supplier.Environment(), stay, now, now
	if !hasMeetingPoint(zone, d.MeetingPoint) {
		d.MeetingPoint = ""
	}
	var bad invalid.Error
	d.Outbound = contact.ReadTravelNumber(&bad, "outbound", req.Outbound, zone.Kind)
	d.Return = contact.ReadTravelNumber(&bad, "return", req.Return, zone.Kind)
	if d.Typed != nil { // the newer word counts
		typed := *d.Typed
		typed.Outbound, typed.Return, typed.MeetingPoint = req.Outbound, req.Return, d.MeetingPoint
		d.Typed = &typed
	}
	return d, bad.OrNil()
}

// copyDraft starts a new sale with what was already typed.
func copyDraft(d Draft) Draft {
	d.SaleID, d.RetryOf = newID(), ""
	if d.Uncompared { // what it was to replace is not known either
		d.Replaces, d.Uncompared = "", false
	}
	return d
}

func hasMeetingPoint(z Zone, id string) bool {
	return slices.ContainsFunc(z.MeetingPoints, func(m MeetingPoint) bool { return m.ID == id })
}

// CheckStay turns wall times into instants of the zone and says what is wrong
// with them: an *InvalidError.
func CheckStay(z Zone, req QuoteRequest, now time.Time) (Stay, error) {
	loc, err := time.LoadLocation(z.Timezone)
	if err != nil {
		return Stay{}, fmt.Errorf("zone %s: %w", z.Code, err)
	}
	var bad invalid.Error
	from := resolveField(&bad, "from_time", z, req.FromWall, loc, req.FromFold)
	to := resolveField(&bad, "to_time", z, req.ToWall, loc, req.ToFold)
	if err := bad.OrNil(); err != nil {
		return Stay{}, err
	}
	switch {
	case from.Before(now):
		field := fieldOfPast(req.FromWall, now.In(loc))
		bad.Add(field, "problem."+field+".past")
	case req.FromWall.After(now.AddDate(2, 0, 0)):
		bad.Add("from_date", "problem.from_date.far", "Date", now.In(loc).AddDate(2, 0, 0))
	}
	switch {
	case civil(req.ToWall).Before(civil(req.FromWall)):
		bad.Add("to_date", "problem.to_date.order", "Date", req.FromWall)
	case !to.After(from):
		bad.Add("to_time", "problem.to_time.order", "Time", req.FromWall)
	case to.Sub(from) > MaxStay:
		bad.Add("to_date", "problem.to_date.far", "Date", req.FromWall.Add(MaxStay))
	}
	return Stay{
		ZoneID: z.ID, ZoneCode: z.Code, ZoneName: z.Name, ZoneKind: z.Kind, City: z.City, Timezone: z.Timezone,
		FromWall: req.FromWall, ToWall: req.ToWall, From: from, To: to,
	}, bad.OrNil()
}

// What nothing forbids and a supplier may refuse all the same.
const (
	ShortNotice = 90 * time.Minute
	ShortStay   = time.Hour
)

// AtShortNotice reports that the drop-off is soon.
func (s Stay) AtShortNotice(now time.Time) bool {
	return !s.From.Before(now) && s.From.Sub(now) < ShortNotice
}

// Short reports that the car is fetched almost at once.
func (s Stay) Short() bool { return s.To.After(s.From) && s.To.Sub(s.From) < ShortStay }

func resolveField(bad *invalid.Error, field string, z Zone, wall time.Time, loc *time.Location, fold walltime.Fold) time.Time {
	at, err := walltime.Resolve(wall, loc, fold)
	var gap *walltime.GapError
	switch {
	case errors.As(err, &gap):
		bad.Add(field, "problem.time.gap", "City", z.City, "Date", wall, "Time", gap.Next)
	case errors.Is(err, walltime.ErrOverlap):
		bad.Add(field, "problem.time.overlap", "City", z.City, "Date", wall)
	}
	return at
}

// fieldOfPast blames the time when the date itself is today.
func fieldOfPast(wall, now time.Time) string {
	if wall.Year() == now.Year() && wall.YearDay() == now.YearDay() {
		return "from_time"
	}
	return "from_date"
}

func civil(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
}

// Draft returns a draft of the scope; ErrDraftGone when there is none.
func (s *Service) Draft(ctx context.Context, scope account.Scope, id string) (Draft, error) {
	d, err := s.store.Draft(ctx, scope, id)
	if errors.Is(err, ErrNotFound) {
		return d, ErrDraftGone
	}
	return d, err
}

// RecentDrafts returns the person's latest quotes, newest first.
func (s *Service) RecentDrafts(ctx context.Context, actor account.Actor, limit int) ([]Draft, error) {
	return s.store.RecentDrafts(ctx, actor.AgencyID, actor.UserID, limit)
}

// mayBeRetried: an unknown create may, unless the supplier answered it with
// something else than was ordered.
func (b Booking) mayBeRetried() bool {
	return b.State == Refused || b.State == CreateUnknown && !b.Astray()
}

// Retry starts a draft that tries a refused or unknown create again within the
// same sale. However often it is asked, there is one such draft. ErrTransition:
// the booking is in another state. ErrChanged: it was already tried again; the
// successor's reference stands in Booking.RetriedBy.
func (s *Service) Retry(ctx context.Context, actor account.Actor, ref string) (Draft, error) {
	return s.copyOf(ctx, actor, ref, func(tx Tx, b Booking, d *Draft) error {
		if b.RetriedBy != "" {
			return ErrChanged
		}
		if !b.mayBeRetried() {
			return ErrTransition
		}
		if first, err := tx.DraftOfRetry(ctx, actor.Scope(), ref); !errors.Is(err, ErrNotFound) {
			*d = first
			return err
		}
		d.SaleID, d.RetryOf = b.SaleID, ref
		return tx.AddDraft(ctx, d)
	})
}

// Rebook starts a new sale with the customer and car of a booking: its stay,
// freshly quoted. It is linked by `replaces`. ErrTransition: nobody knows yet what
// became of the booking, and a second one would sell the stay twice.
func (s *Service) Rebook(ctx context.Context, actor account.Actor, ref string) (Draft, error) {
	return s.copyOf(ctx, actor, ref, func(tx Tx, b Booking, d *Draft) error {
		cases, err := tx.Cases(ctx, b.ID)
		if err != nil {
			return err
		}
		if b.State.InFlight() || b.State.Unknown() || Disputed(b, cases) {
			return ErrTransition
		}
		d.SaleID, d.Replaces = newID(), b.Ref
		return tx.AddDraft(ctx, d)
	})
}

// copyOf makes a draft of a booking with a fresh quote and lets f keep it. The
// stay never changes, so it is quoted before the lock; all else is copied as it
// stands under it.
func (s *Service) copyOf(ctx context.Context, actor account.Actor, ref string, f func(Tx, Booking, *Draft) error) (Draft, error) {
	if !actor.MaySell() {
		return Draft{}, ErrForbidden
	}
	b, err := s.store.Booking(ctx, actor.Scope(), ref)
	if err != nil {
		return Draft{}, err
	}
	now, err := s.store.Now(ctx)
	if err != nil {
		return Draft{}, err
	}
	quote, err := s.ask(ctx, b.Stay, now)
	if err != nil {
		return Draft{}, err
	}
	var d Draft
	err = s.inTurn(ctx, ref, func(tx Tx) error {
		b, err := tx.LockBooking(ctx, actor.Scope(), ref)
		if err != nil {
			return err
		}
		switch {
		case b.Uncompared: // it may have been sold, or tried again, since
			return ErrUncompared
		case !b.ErasedAt.IsZero(): // for nobody that is known
			return ErrTransition
		}
		d = draftOf(actor, b, quote)
		d.Environment = s.supplier.Environment()
		return f(tx, b, &d)
	})
	return d, err
}

// draftOf is a new draft with what a booking was made of.
func draftOf(actor account.Actor, b Booking, quote Quote) Draft {
	d := Draft{
		ID: newID(), Version: 1, AgencyID: b.AgencyID, UserID: actor.UserID,
		Stay: b.Stay, Quote: quote, Services: inOrder(quote, b.Services),
		Customer: b.Customer, Phone: contact.Phone{E164: b.Customer.Phone, Country: b.Country}, Car: b.Car,
		Outbound: b.Outbound, Return: b.Return, MeetingPoint: b.MeetingPoint, AgencyRef: b.AgencyRef,
		PayMethod: b.PayMethod, CustomerSet: true, CreatedAt: quote.QuotedAt, UpdatedAt: quote.QuotedAt,
	}
	if !quote.Available {
		d.Services = b.Services
	}
	return d
}
