package postgres

import (
	"context"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"guichet/internal/account"
	"guichet/internal/booking"
	"guichet/internal/contact"
)

// Shorter texts are no beginning of a plate, a number or a reference: too many
// bookings have it.
const (
	shortestStart = 3
	shortestName  = 2
)

// texts returns the ways in which a text may be meant, each with an index of
// its own; what it cannot be is left out.
func (q *query) texts(text string) []string {
	text = oneLine(text)
	low := strings.ToLower(text)
	arms := []string{`lower(b.agency_ref) = ` + q.arg(low) + ` AND b.agency_ref <> ''`}
	switch host, isHost := strings.CutPrefix(low, "@"); {
	case isHost && host != "":
		return append(arms, `lower(split_part(b.email, '@', 2)) LIKE `+q.arg(escapeLike(host)+"%")+` AND b.email <> ''`)
	case strings.Contains(low, "@"):
		return append(arms, `lower(b.email) LIKE `+q.arg(escapeLike(low)+"%")+` AND b.email <> ''`)
	}
	if plate := contact.PlateOf(text).Key; plate != "" {
		arms = append(arms, q.plate(plate))
	}
	if !strings.ContainsFunc(text, unicode.IsLetter) {
		arms = append(arms, q.phone(text)...)
	}
	arms = append(arms, q.ref(text)...)
	if strings.ContainsFunc(text, unicode.IsLetter) && utf8.RuneCountInString(text) >= shortestName {
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

// phone finds numbers in E.164 that begin or end so.
func (q *query) phone(text string) (arms []string) {
	found := contact.SearchPhone(text)
	if found.End != "" {
		arms = append(arms, `reverse(b.phone) LIKE `+q.arg(reversed(found.End)+"%")+` AND b.phone <> ''`)
	}
	if found.Begin != "" {
		arms = append(arms, `b.phone LIKE `+q.arg(found.Begin+"%")+` AND b.phone <> ''`)
	}
	return arms
}

// ref finds references that begin or end so.
func (q *query) ref(text string) (arms []string) {
	begin, end := booking.PartOfRef(text)
	if begin != "" {
		arms = append(arms, `b.ref LIKE `+q.arg(begin+"%"))
	}
	if end != "" {
		arms = append(arms, `reverse(b.ref) LIKE `+q.arg(reversed(end)+"%"))
	}
	return arms
}

// BySupplier returns the one booking of the scope that the supplier calls so.
func (s *Store) BySupplier(ctx context.Context, scope account.Scope, name string) (booking.Booking, error) {
	name = oneLine(name)
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

func reversed(ascii string) string {
	b := []byte(ascii)
	for i, j := 0, len(b)-1; i < j; i, j = i+1, j-1 {
		b[i], b[j] = b[j], b[i]
	}
	return string(b)
}
