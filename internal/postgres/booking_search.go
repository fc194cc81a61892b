package postgres

import (
	"context"
	"strings"
	"unicode"

	"github.com/jackc/pgx/v5"

	"guichet/internal/account"
	"guichet/internal/booking"
)

// Shorter texts are no beginning of a plate, a number or a reference: too many
// bookings have it.
const (
	shortestStart = 3
	shortestName  = 2

	shortestNumber = 6 // as the beginning of a phone number
)

// texts returns the ways in which a text may be meant, each with an index of
// its own; what it cannot be is left out.
func (q *query) texts(text string) []string {
	text = strings.TrimSpace(text)
	low := strings.ToLower(text)
	if strings.Contains(text, "@") {
		return []string{`lower(b.email) LIKE ` + q.arg(escapeLike(low)+"%") + ` AND b.email <> ''`}
	}
	arms := []string{`lower(b.agency_ref) = ` + q.arg(low) + ` AND b.agency_ref <> ''`}
	if plate := compact(text); plate != "" {
		arms = append(arms, q.plate(plate))
	}
	if digits := digitsOf(text); len(digits) >= shortestStart && !strings.ContainsFunc(text, unicode.IsLetter) {
		arms = append(arms, q.phone(text, digits)...)
	}
	if strings.IndexFunc(text, unicode.IsLetter) >= 0 && len([]rune(text)) >= shortestName {
		arms = append(arms, `b.name_words @@ name_query(`+q.arg(text)+`)`)
	}
	return arms
}

// plate is a whole number plate or, when a digit shows that it is one, its beginning.
func (q *query) plate(plate string) string {
	if len(plate) < shortestStart || !strings.ContainsAny(plate, "0123456789") {
		return `b.plate = ` + q.arg(plate) + ` AND b.plate <> ''`
	}
	return `b.plate LIKE ` + q.arg(plate+"%") + ` AND b.plate <> ''`
}

// phone finds numbers in E.164 that end with the typed digits, whose zeros in
// front belong to their country; and those that begin so: with the country, or
// as a French number does.
func (q *query) phone(text, digits string) []string {
	own := strings.TrimLeft(digits, "0")
	if len(own) < shortestStart {
		return nil
	}
	start := ""
	switch {
	case len(digits) < shortestNumber:
	case strings.HasPrefix(text, "+"):
		start = "+" + digits
	case strings.HasPrefix(digits, "00"):
		start = "+" + own
	case strings.HasPrefix(digits, "0"):
		start = "+33" + own
	}
	arms := []string{`reverse(b.phone) LIKE ` + q.arg(reversed(own)+"%") + ` AND b.phone <> ''`}
	if start != "" {
		arms = append(arms, `b.phone LIKE `+q.arg(start+"%")+` AND b.phone <> ''`)
	}
	return arms
}

// BySupplier returns the one booking of the scope that the supplier calls so.
func (s *Store) BySupplier(ctx context.Context, scope account.Scope, name string) (booking.Booking, error) {
	var ids []int64
	err := s.withCustomPlan(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `
			SELECT b.id FROM bookings b WHERE ($2 OR b.agency_id = $3) AND b.id = ANY (ARRAY(
				SELECT i.id FROM booking_supplier_ids i WHERE i.supplier_id = $1
				UNION SELECT i.id FROM booking_supplier_ids i WHERE i.supplier_ref <> '' AND lower(i.supplier_ref) = lower($1))) LIMIT 2`,
			name, scope.All(), scope.Agency())
		if err != nil {
			return err
		}
		ids, err = pgx.CollectRows(rows, pgx.RowTo[int64])
		return err
	})
	switch {
	case err != nil:
		return booking.Booking{}, domainError(err)
	case len(ids) != 1:
		return booking.Booking{}, booking.ErrNotFound
	}
	return s.oneBooking(ctx, `WHERE b.id = $1`, ids[0])
}

func digitsOf(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, text)
}

func reversed(ascii string) string {
	b := []byte(ascii)
	for i, j := 0, len(b)-1; i < j; i, j = i+1, j-1 {
		b[i], b[j] = b[j], b[i]
	}
	return string(b)
}
