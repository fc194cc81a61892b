package postgres

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/jackc/pgx/v5"

	"guichet/internal/account"
	"guichet/internal/booking"
)

// refTries is how often a taken reference is drawn again.
const refTries = 5

const bookingSelect = `
	SELECT b.id, b.ref, b.state, b.version, b.agency_id, a.name, b.user_id, u.name, b.environment,
		b.draft_id, b.sale_id, coalesce(b.retry_of, ''), coalesce((SELECT r.ref FROM bookings r WHERE r.retry_of = b.ref), ''),
		coalesce(b.replaces, ''),
		CASE WHEN b.state = 'held' AND b.retry_of IS NOT NULL THEN coalesce((SELECT min(o.ref) FROM bookings o
			WHERE o.sale_id = b.sale_id AND o.state = 'create_unknown' AND 'status' = ANY (o.unfit)), '') ELSE '' END,
		b.state = 'held' AND EXISTS (SELECT FROM cases c WHERE c.booking_id = b.id AND c.resolved_at IS NULL
			AND c.why IN ('late_answer', 'statement_billed', 'statement_plate', 'lines_unproved', 'answer_unrecorded', 'reversal')),
		b.zone_id, b.zone_code, b.zone_name, b.zone_kind, b.city, b.timezone, b.from_wall, b.to_wall, b.from_at, b.to_at,
		b.quote, b.services, b.total_cents, b.currency,
		b.first_name, b.last_name, b.email, b.phone, b.country, b.language, b.make, b.model, b.color, b.plate, b.plate_written,
		b.outbound, b.return_number, b.meeting_point, b.agency_ref, b.pay_method, b.receipt, b.same_plate,
		coalesce(b.supplier_id, ''), b.supplier_ref, coalesce(b.booked_cents, 0), coalesce(b.booked_currency, ''),
		coalesce(b.booked_services, '{}'), b.insured, b.differs, b.reason, b.unfit, b.unfit_found, b.uncompared, b.taken_over, b.id_reissued,
		b.t0, b.pay_by, b.deadline, b.fence, b.lease_ends, b.created_at, b.changed_at, b.paid_at, b.paid_by, b.erased_at
	FROM bookings b JOIN agencies a ON a.id = b.agency_id JOIN users u ON u.id = b.user_id `

func scanBooking(row pgx.CollectableRow) (booking.Booking, error) {
	var b booking.Booking
	var lease, paid, erased *time.Time
	err := row.Scan(&b.ID, &b.Ref, &b.State, &b.Version, &b.AgencyID, &b.AgencyName, &b.UserID, &b.UserName, &b.Environment,
		&b.DraftID, &b.SaleID, &b.RetryOf, &b.RetriedBy, &b.Replaces, &b.Doubt, &b.Disputed,
		&b.Stay.ZoneID, &b.Stay.ZoneCode, &b.Stay.ZoneName, &b.Stay.ZoneKind, &b.Stay.City, &b.Stay.Timezone,
		&b.Stay.FromWall, &b.Stay.ToWall, &b.Stay.From, &b.Stay.To,
		&b.Quote, &b.Services, &b.Total.Cents, &b.Total.Currency,
		&b.Customer.FirstName, &b.Customer.LastName, &b.Customer.Email, &b.Customer.Phone, &b.Country, &b.Customer.Language,
		&b.Car.Make, &b.Car.Model, &b.Car.Color, &b.Car.Plate, &b.Car.Written,
		&b.Outbound, &b.Return, &b.MeetingPoint, &b.AgencyRef, &b.PayMethod, &b.Receipt, &b.SamePlate,
		&b.SupplierID, &b.SupplierRef, &b.Booked.Cents, &b.Booked.Currency, &b.BookedWith, &b.Insured, &b.Differs, &b.Reason, &b.Unfit, &b.UnfitFound, &b.Uncompared, &b.TakenOver, &b.IDReissued,
		&b.T0, &b.PayBy, &b.Deadline, &b.Fence, &lease, &b.CreatedAt, &b.ChangedAt, &paid, &b.PaidBy, &erased)
	b.ErasedAt = orZero(erased)
	if lease != nil {
		b.LeaseEnds = *lease
	}
	if paid != nil {
		b.PaidAt = *paid
	}
	return b, err
}

func (s reads) bookings(ctx context.Context, rest string, args ...any) ([]booking.Booking, error) {
	rows, err := s.db.Query(ctx, bookingSelect+rest, args...)
	if err != nil {
		return nil, domainError(err)
	}
	list, err := pgx.CollectRows(rows, scanBooking)
	return list, domainError(err)
}

func (s reads) oneBooking(ctx context.Context, rest string, args ...any) (booking.Booking, error) {
	list, err := s.bookings(ctx, rest, args...)
	if err != nil {
		return booking.Booking{}, err
	}
	if len(list) != 1 {
		return booking.Booking{}, booking.ErrNotFound
	}
	return list[0], nil
}

// Booking returns a booking of the scope.
func (s reads) Booking(ctx context.Context, scope account.Scope, ref string) (booking.Booking, error) {
	return s.oneBooking(ctx, `WHERE b.ref = $1 AND ($2 OR b.agency_id = $3)`, ref, scope.All(), scope.Agency())
}

// BookingOfDraft returns the booking that came out of a draft.
func (s reads) BookingOfDraft(ctx context.Context, scope account.Scope, draftID string) (booking.Booking, error) {
	return s.oneBooking(ctx, `WHERE b.draft_id = $1 AND ($2 OR b.agency_id = $3)`, draftID, scope.All(), scope.Agency())
}

// ReleaseSupplierID ends a finished booking's claim on an id that was issued again.
func (s *Tx) ReleaseSupplierID(ctx context.Context, bookingID int64) error {
	_, err := s.db.Exec(ctx, `UPDATE bookings SET id_reissued = true WHERE id = $1`, bookingID)
	return domainError(err)
}

// AddBooking inserts a booking with its first event; a reference that is taken
// is drawn again.
func (s *Tx) AddBooking(ctx context.Context, b *booking.Booking, first booking.HistoryEntry) error {
	for range refTries {
		err := s.insertBooking(ctx, b)
		if err == nil {
			return s.addEntry(ctx, b, first)
		}
		if !errors.Is(err, pgx.ErrNoRows) {
			return fmt.Errorf("insert booking: %w", domainError(err))
		}
		b.Ref = booking.NewRef()
	}
	return errors.New("insert booking: no free reference found")
}

// insertBooking answers pgx.ErrNoRows when the reference is taken.
func (s *Tx) insertBooking(ctx context.Context, b *booking.Booking) error {
	return s.db.QueryRow(ctx, `
		INSERT INTO bookings (ref, state, version, agency_id, user_id, environment, draft_id, sale_id, retry_of, replaces,
			zone_id, zone_code, zone_name, zone_kind, city, timezone, from_wall, to_wall, from_at, to_at,
			quote, services, total_cents, currency, first_name, last_name, email, phone, country, language,
			make, model, color, plate, plate_written, outbound, return_number, meeting_point, agency_ref, pay_method, same_plate,
			t0, pay_by, deadline, fence, lease_ends, created_at, changed_at)
		VALUES (@ref, @state, @version, @agency, @user, @environment, @draft, @sale, nullif(@retry_of, ''), nullif(@replaces, ''),
			@zone_id, @zone_code, @zone_name, @zone_kind, @city, @timezone, @from_wall, @to_wall, @from_at, @to_at,
			@quote, @services, @total, @currency, @first_name, @last_name, @email, @phone, @country, @language,
			@make, @model, @color, @plate, @plate_written, @outbound, @return, @meeting_point, @agency_ref, @pay_method, @same_plate,
			@t0, @pay_by, @deadline, @fence, @lease_ends, @created_at, @created_at)
		ON CONFLICT (ref) DO NOTHING RETURNING id`, newBooking(b, pgx.NamedArgs{
		"retry_of": b.RetryOf, "replaces": b.Replaces, "email": b.Customer.Email, "phone": b.Customer.Phone, "country": b.Country,
		"make": b.Car.Make, "model": b.Car.Model, "color": b.Car.Color, "outbound": b.Outbound, "return": b.Return,
		"meeting_point": b.MeetingPoint, "agency_ref": b.AgencyRef, "pay_method": b.PayMethod, "same_plate": b.SamePlate,
		"services": orEmpty(b.Services), "lease_ends": b.LeaseEnds,
	})).Scan(&b.ID)
}

// newBooking adds to the arguments of an insert what every new booking has.
func newBooking(b *booking.Booking, args pgx.NamedArgs) pgx.NamedArgs {
	maps.Copy(args, pgx.NamedArgs{
		"ref": b.Ref, "state": b.State, "version": b.Version, "agency": b.AgencyID, "user": b.UserID, "environment": b.Environment,
		"draft": b.DraftID, "sale": b.SaleID,
		"zone_id": b.Stay.ZoneID, "zone_code": b.Stay.ZoneCode, "zone_name": b.Stay.ZoneName, "zone_kind": b.Stay.ZoneKind,
		"city": b.Stay.City, "timezone": b.Stay.Timezone,
		"from_wall": b.Stay.FromWall, "to_wall": b.Stay.ToWall, "from_at": b.Stay.From, "to_at": b.Stay.To,
		"quote": b.Quote, "total": b.Total.Cents, "currency": b.Total.Currency,
		"first_name": b.Customer.FirstName, "last_name": b.Customer.LastName, "language": b.Customer.Language, "plate": b.Car.Plate, "plate_written": b.Car.Written,
		"t0": b.T0, "pay_by": b.PayBy, "deadline": b.Deadline, "fence": b.Fence, "created_at": b.CreatedAt,
	})
	return args
}

// Move writes what may change of a booking by compare-and-set on its version,
// and appends the event. b.Version is raised.
func (s *Tx) Move(ctx context.Context, b *booking.Booking, e booking.HistoryEntry) error {
	tag, err := s.db.Exec(ctx, `
		UPDATE bookings SET state = @state, version = version + 1, services = @services, total_cents = @total, currency = @currency,
			pay_method = @pay_method, receipt = @receipt, supplier_id = nullif(@supplier_id, ''), supplier_ref = @supplier_ref,
			booked_cents = CASE WHEN @booked_currency::text = '' THEN NULL ELSE @booked::bigint END,
			booked_currency = nullif(@booked_currency::text, ''), booked_services = @booked_services,
			insured = @insured, differs = @differs, reason = @reason, fence = @fence, lease_ends = @lease_ends, changed_at = @at,
			paid_at = @paid_at, paid_by = @paid_by, pay_by = @pay_by, unfit = @unfit, unfit_found = @unfit_found, uncompared = @uncompared
		WHERE id = @id AND version = @version`, pgx.NamedArgs{
		"id": b.ID, "version": b.Version, "state": b.State, "services": orEmpty(b.Services), "total": b.Total.Cents, "currency": b.Total.Currency,
		"pay_method": b.PayMethod, "receipt": b.Receipt, "supplier_id": b.SupplierID, "supplier_ref": b.SupplierRef,
		"booked": b.Booked.Cents, "booked_currency": b.Booked.Currency, "booked_services": orEmpty(b.BookedWith),
		"insured": b.Insured, "differs": b.Differs, "reason": b.Reason, "fence": b.Fence, "lease_ends": orNull(b.LeaseEnds), "at": e.At,
		"paid_at": orNull(b.PaidAt), "paid_by": b.PaidBy, "pay_by": b.PayBy, "unfit": orEmpty(b.Unfit), "unfit_found": b.UnfitFound,
		"uncompared": b.Uncompared,
	})
	if err != nil {
		return fmt.Errorf("move booking: %w", domainError(err))
	}
	if tag.RowsAffected() == 0 {
		return booking.ErrChanged
	}
	b.Version++
	b.ChangedAt = e.At
	return s.addEntry(ctx, b, e)
}

// addEntry appends an event, sealed with the hash of the one before.
func (s *Tx) addEntry(ctx context.Context, b *booking.Booking, e booking.HistoryEntry) error {
	e.Seq, e.At = b.Version, e.At.Truncate(time.Microsecond) // as it is stored
	var previous, sealed []byte
	err := s.db.QueryRow(ctx, `
		SELECT (SELECT hash FROM booking_events WHERE booking_id = $1 AND seq = $2), (SELECT sealed FROM sealed_keys WHERE purpose = $3)`,
		b.ID, e.Seq-1, historyKey).Scan(&previous, &sealed)
	if err != nil {
		return fmt.Errorf("read the last event: %w", domainError(err))
	}
	chain, hash := booking.ChainHash, booking.Seal(previous, b.ID, e)
	if s.keys != nil {
		key, err := s.keys.openOrMake(ctx, s.db, historyKey, sealed)
		if err != nil {
			return fmt.Errorf("append event: %w", err)
		}
		chain, hash = booking.ChainMAC, booking.SealWith(key, previous, b.ID, e)
	}
	_, err = s.db.Exec(ctx, `
		INSERT INTO booking_events (booking_id, seq, event, before, after, actor_id, actor_name, actor_role, reason, attempt_id, at, chain, hash)
		VALUES ($1, $2, $3, $4, $5, nullif($6, 0), $7, $8, $9, nullif($10, 0), $11, $12, $13)`,
		b.ID, e.Seq, e.Event, e.Before, e.After, e.ActorID, e.ActorName, e.ActorRole, e.Reason, e.AttemptID, e.At, chain, hash)
	if err != nil {
		return fmt.Errorf("append event: %w", domainError(err))
	}
	return nil
}

// Entries returns a booking's events, oldest first.
func (s reads) Entries(ctx context.Context, bookingID int64) ([]booking.HistoryEntry, error) {
	rows, err := s.db.Query(ctx, `
		SELECT seq, event, before, after, coalesce(actor_id, 0), actor_name, actor_role, reason, coalesce(attempt_id, 0), at
		FROM booking_events WHERE booking_id = $1 ORDER BY seq`, bookingID)
	if err != nil {
		return nil, domainError(err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (booking.HistoryEntry, error) {
		var e booking.HistoryEntry
		err := row.Scan(&e.Seq, &e.Event, &e.Before, &e.After, &e.ActorID, &e.ActorName, &e.ActorRole, &e.Reason, &e.AttemptID, &e.At)
		return e, err
	})
	return list, domainError(err)
}

// LockHolds serialises the creates of an agency and counts its unpaid places. One
// that was answered with something else than was ordered waits for a person, and
// may hold a place until its fence: later, nothing unpaid can stand there.
func (s *Tx) LockHolds(ctx context.Context, env booking.Environment, agencyID int64) (int, error) {
	_, err := s.db.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtextextended('holds ' || $1::bigint::text, 0))`, agencyID)
	if err != nil {
		return 0, domainError(err)
	}
	var n int
	err = s.db.QueryRow(ctx, `
		SELECT count(*) FROM booking_states s JOIN bookings b ON b.id = s.id
		WHERE s.agency_id = $1 AND s.environment = $2 AND NOT s.uncompared AND s.state = ANY ($3)
			AND (b.unfit = '{}' OR b.fence > (SELECT portal_now()))`, agencyID, env, asText(booking.HoldingStates())).Scan(&n)
	return n, domainError(err)
}

// LockPlate serialises bookings of one car of an agency and returns another
// sale's live booking that overlaps the stay, but not the one called except, or "".
func (s *Tx) LockPlate(ctx context.Context, env booking.Environment, agencyID int64, plate string, from, to time.Time, saleID, except string) (string, error) {
	_, err := s.db.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtextextended($1::bigint::text || ' ' || $2::text, 0))`, agencyID, plate)
	if err != nil {
		return "", domainError(err)
	}
	var ref string
	err = s.db.QueryRow(ctx, `
		SELECT ref FROM bookings
		WHERE agency_id = $1 AND environment = $6 AND plate = $2 AND plate <> '' AND sale_id <> $3 AND from_at < $5 AND to_at > $4
			AND state = ANY ($7) AND ref <> $8
		ORDER BY created_at DESC LIMIT 1`, agencyID, plate, saleID, from, to, env, asText(booking.LiveStates()), except).Scan(&ref)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", nil
	}
	return ref, domainError(err)
}

func orNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
