package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"guichet/internal/booking"
)

const bookingColumns = `id ref state version agency_id user_id environment draft_id sale_id
	zone_id zone_code zone_name zone_kind city timezone from_wall to_wall from_at to_at
	quote services total_cents currency first_name last_name email phone country language
	make model color plate agency_ref pay_method
	supplier_id supplier_ref booked_cents booked_currency booked_services insured reason
	t0 pay_by deadline fence created_at changed_at paid_at paid_by`

func bookingRow(b booking.Booking) []any {
	var id, currency *string
	var cents *int64
	if b.SupplierID != "" {
		id, cents, currency = &b.SupplierID, &b.Booked.Cents, &b.Booked.Currency
	}
	return []any{
		b.ID, b.Ref, string(b.State), b.Version, b.AgencyID, b.UserID, string(b.Environment), b.DraftID, b.SaleID,
		b.Stay.ZoneID, b.Stay.ZoneCode, b.Stay.ZoneName, b.Stay.ZoneKind, b.Stay.City, b.Stay.Timezone,
		b.Stay.FromWall, b.Stay.ToWall, b.Stay.From, b.Stay.To,
		b.Quote, list(b.Services), b.Total.Cents, b.Total.Currency,
		b.Customer.FirstName, b.Customer.LastName, b.Customer.Email, b.Customer.Phone, b.Country, b.Customer.Language,
		b.Car.Make, b.Car.Model, b.Car.Color, b.Car.Plate, b.AgencyRef, b.PayMethod,
		id, b.SupplierRef, cents, currency, list(b.BookedWith), b.Insured, b.Reason,
		b.T0, b.PayBy, b.Deadline, b.Fence, b.CreatedAt, b.ChangedAt, orNull(b.PaidAt), b.PaidBy,
	}
}

const attemptColumns = `id booking_id operation outcome correlation actor_id actor_name started_at ended_at
	http_status error_code message request response`

func attemptRow(a booking.Attempt) []any {
	return []any{
		a.ID, a.BookingID, string(a.Operation), string(a.Outcome), a.Correlation, a.ActorID, a.ActorName, a.StartedAt, a.EndedAt,
		a.Answer.HTTPStatus, a.Answer.ErrorCode, a.Answer.Message, a.Answer.Request, a.Answer.Response,
	}
}

const eventColumns = `booking_id seq event before after actor_id actor_name actor_role reason attempt_id at hash`

func eventRow(bookingID int64, e booking.HistoryEntry, hash []byte) []any {
	return []any{
		bookingID, e.Seq, string(e.Event), string(e.Before), string(e.After), zeroNull(e.ActorID), e.ActorName, e.ActorRole, e.Reason,
		zeroNull(e.AttemptID), e.At, hash,
	}
}

func copyLives(ctx context.Context, tx pgx.Tx, lives []life) error {
	var bookings, attempts, events [][]any
	for _, l := range lives {
		bookings = append(bookings, bookingRow(l.b))
		for _, a := range l.attempts {
			attempts = append(attempts, attemptRow(a))
		}
		var hash []byte
		for _, e := range l.entries {
			hash = booking.Seal(hash, l.b.ID, e)
			events = append(events, eventRow(l.b.ID, e, hash))
		}
	}
	for _, t := range []struct {
		table, columns string
		rows           [][]any
	}{{"bookings", bookingColumns, bookings}, {"attempts", attemptColumns, attempts}, {"booking_events", eventColumns, events}} {
		if _, err := tx.CopyFrom(ctx, pgx.Identifier{t.table}, strings.Fields(t.columns), pgx.CopyFromRows(t.rows)); err != nil {
			return fmt.Errorf("copy %s: %w", t.table, err)
		}
	}
	return nil
}

func list(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}

func zeroNull(n int64) *int64 {
	if n == 0 {
		return nil
	}
	return &n
}

func orNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
