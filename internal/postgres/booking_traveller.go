package postgres

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"guichet/internal/booking"
	"guichet/internal/restore"
)

// eraseBatch is how many bookings one transaction erases.
const eraseBatch = 500

// erasable are bookings of which nothing is expected any more, as booking.Over says.
// $1 are the final states.
const erasable = `b.erased_at IS NULL AND (b.state = ANY ($1)
	OR b.state = 'confirmed' AND b.to_at < portal_now())`

// EraseOld implements booking.Tx. With the last bookings go the answers to calls
// that the database does not know.
func (s *Tx) EraseOld(ctx context.Context, months int) (int64, error) {
	ids, _, err := s.toErase(ctx, erasable+` AND b.to_at < portal_now() - make_interval(months => $2) ORDER BY b.id LIMIT $3 FOR UPDATE`,
		asText(booking.FinalStates()), months, eraseBatch)
	if err != nil {
		return 0, err
	}
	if len(ids) > 0 {
		return int64(len(ids)), domainError(eraseIDs(ctx, s.tx, ids, eraseStatements))
	}
	_, err = s.db.Exec(ctx, `
		UPDATE unrecorded_answers SET request = '', response = '', message = '', errors = '{}', settled_text = ''
		WHERE booking_id IS NULL AND at < portal_now() - make_interval(months => $1) AND (request, response, settled_text) <> ('', '', '')`, months)
	return 0, domainError(err)
}

// PersonsBookings implements booking.Store.
func (s reads) PersonsBookings(ctx context.Context, email, phone string) ([]booking.Booking, error) {
	return s.bookings(ctx, `WHERE `+samePerson+` ORDER BY b.created_at DESC, b.id DESC`, email, phone)
}

// samePerson are the bookings with the same address, or the same phone.
const samePerson = `(lower(b.email) = lower($1) AND $1 <> '' OR b.phone = $2 AND $2 <> '')`

// EraseBookings implements booking.Tx.
func (s *Tx) EraseBookings(ctx context.Context, picked []string) (int64, error) {
	ids, refs, err := s.toErase(ctx, erasable+` AND b.ref = ANY ($2) ORDER BY b.id FOR UPDATE`, asText(booking.FinalStates()), picked)
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	if err := eraseIDs(ctx, s.tx, ids, searchStatements, eraseStatements); err != nil {
		return 0, domainError(err)
	}
	err = noteRemoval(ctx, s.tx, s.removed, restore.Removal{Kind: restore.Erased, Refs: refs}) // it is not erased again by its age
	return int64(len(ids)), domainError(err)
}

// eraseStatements forget the travellers of the bookings with these ids.
var eraseStatements = []string{
	`DELETE FROM customers c WHERE c.id IN (
		SELECT k.id FROM bookings b JOIN customers k ON k.agency_id = b.agency_id AND k.phone = b.phone
		WHERE b.id = ANY ($1) AND words(b.last_name) = words(k.last_name) AND words(b.first_name) = words(k.first_name)
		UNION ALL SELECT k.id FROM bookings b JOIN customers k ON k.agency_id = b.agency_id AND lower(k.email) = lower(b.email)
		WHERE b.id = ANY ($1) AND b.email <> '' AND words(b.last_name) = words(k.last_name) AND words(b.first_name) = words(k.first_name))
	 AND NOT EXISTS (
		SELECT FROM bookings b WHERE b.id <> ALL ($1) AND b.erased_at IS NULL AND b.agency_id = c.agency_id AND b.phone = c.phone
		AND b.plate = c.plate AND b.last_name = c.last_name AND b.first_name = c.first_name)`,
	`UPDATE statement_lines SET cells = '{}', plate = '' WHERE booking_id = ANY ($1)`,
	`UPDATE statement_lines l SET cells = '{}', plate = '' FROM bookings b WHERE b.id = ANY ($1) AND b.plate = l.plate AND l.plate <> ''`,
	`UPDATE booking_notes SET person = '', reference = '', body = '' WHERE booking_id = ANY ($1)`,
	`UPDATE attempts SET request = '', response = '', message = '', errors = '{}' WHERE booking_id = ANY ($1)`,
	`UPDATE unrecorded_answers SET request = '', response = '', message = '', errors = '{}', settled_text = '' WHERE booking_id = ANY ($1)`,
	`UPDATE unknown_bookings SET plate = '', proposed = CASE WHEN proposed IS NOT NULL THEN '{}'::jsonb END, person = '', reference = '', body = ''
	 FROM bookings b WHERE b.id = ANY ($1) AND (b.environment = unknown_bookings.environment AND b.supplier_id = unknown_bookings.supplier_id
		OR b.plate = unknown_bookings.plate AND b.plate <> '' AND unknown_bookings.ending <> '')`,
	`UPDATE bookings SET first_name = '', last_name = '', email = '', phone = '', country = '', make = '', model = '', color = '',
		plate = '', plate_written = '', outbound = '', return_number = '', agency_ref = '', receipt = '', erased_at = portal_now()
	 WHERE id = ANY ($1)`,
}

// begunBy is the condition that a draft d is of the traveller of a booking b.
const begunBy = `d.id = b.draft_id
		OR words(d.content #>> '{customer,last_name}') = words(b.last_name) AND words(d.content #>> '{customer,first_name}') = words(b.first_name)
			AND (d.content #>> '{customer,phone}' = b.phone OR b.email <> '' AND lower(d.content #>> '{customer,email}') = lower(b.email))`

// searchStatements look for the same travellers where nothing leads to them, and come
// before eraseStatements. By their age drafts and files go by themselves.
var searchStatements = []string{
	`DELETE FROM drafts d USING bookings b WHERE b.id = ANY ($1) AND (` + begunBy + `)`,
	// A file that somebody named after the traveller loses its name, here and where it was
	// quoted. A last name alone may be a month's: then it must have a line of the traveller.
	`WITH named AS (
		SELECT DISTINCT s.id, s.handle, s.file_name AS old, '***' || coalesce(substring(s.file_name FROM '\.[[:alnum:]]{1,5}$'), '') AS new
		FROM statements s JOIN bookings b ON b.id = ANY ($1)
		WHERE ` + bears("ARRAY[s.file_name]") + ` OR ` + bearsLast("ARRAY[s.file_name]") + ` AND EXISTS (
			SELECT FROM statement_lines l WHERE l.statement_id = s.id
				AND (l.booking_id = b.id OR l.plate = b.plate AND l.plate <> '' OR ` + bears("l.cells") + `))),
	 renamed AS (UPDATE statements s SET file_name = named.new FROM named WHERE s.id = named.id)
	 UPDATE booking_notes n SET body = replace(n.body, named.old, named.new) FROM named WHERE n.channel = 'statement' AND n.reference = named.handle`,
	// A file without a row of titles has a line of the supplier's for one.
	`UPDATE statements s SET header = array_fill('***'::text, ARRAY[cardinality(s.header)]) FROM bookings b
	 WHERE b.id = ANY ($1) AND s.header <> '{}' AND ` + bears("s.header"),
	// Lines that nobody could match may name the traveller all the same.
	`UPDATE statement_lines l SET cells = '{}', plate = '' FROM bookings b
	 WHERE b.id = ANY ($1) AND l.booking_id IS NULL AND l.cells <> '{}' AND ` + bears("l.cells"),
}

// bears is the condition that texts are about the traveller of a booking b: they hold
// both names, apart or run together, the address, the plate, the phone, or the last name
// beside what the supplier calls the booking. A last name alone may be somebody else's.
func bears(texts string) string {
	return `(b.last_name <> '' AND EXISTS (
		SELECT FROM words(array_to_string(` + texts + `, ' ')) AS t(said),
			array_to_string(words(b.last_name), '') AS last, array_to_string(words(b.first_name), '') AS first
		WHERE (t.said @> words(b.last_name) OR last = ANY (t.said)) AND (first <> '' AND (t.said @> words(b.first_name) OR first = ANY (t.said))
				OR b.supplier_id = ANY (` + texts + `) OR b.supplier_ref <> '' AND b.supplier_ref = ANY (` + texts + `))
			OR first <> '' AND EXISTS (SELECT FROM unnest(t.said) w WHERE w IN (last || first, first || last)
				OR length(last || first) > 7 AND (strpos(w, last || first) > 0 OR strpos(w, first || last) > 0)))
		OR b.email <> '' AND strpos(lower(array_to_string(` + texts + `, ' ')), lower(b.email)) > 0
		OR length(b.plate) > 3 AND strpos(regexp_replace(upper(array_to_string(` + texts + `, ' ')), '[^[:alnum:]]', '', 'g'), b.plate) > 0
		OR length(b.phone) > 8 AND strpos(regexp_replace(array_to_string(` + texts + `, ' '), '[^0-9]', '', 'g'), right(b.phone, 8)) > 0)`
}

// bearsLast is the condition that texts hold the last name of a booking b.
func bearsLast(texts string) string {
	return `(b.last_name <> '' AND (words(array_to_string(` + texts + `, ' ')) @> words(b.last_name)
		OR array_to_string(words(b.last_name), '') = ANY (words(array_to_string(` + texts + `, ' ')))))`
}

// Beside implements booking.Tx.
func (s *Tx) Beside(ctx context.Context, bookingID int64) (k booking.Beside, err error) {
	if err := allowLong(ctx, s.tx, s.long); err != nil {
		return k, domainError(err)
	}
	err = s.db.QueryRow(ctx, `
		SELECT coalesce((SELECT json_agg(json_build_object('At', n.at, 'Person', n.person, 'Reference', n.reference, 'Text', n.body) ORDER BY n.id)
				FROM booking_notes n WHERE n.booking_id = b.id), '[]'),
			coalesce((SELECT json_agg(json_build_object('FirstName', k.first_name, 'LastName', k.last_name, 'Email', k.email, 'Phone', k.phone,
					'Country', k.country, 'Language', k.language, 'Make', k.make, 'Model', k.model, 'Color', k.color, 'Plate', k.plate) ORDER BY k.id)
				FROM customers k WHERE k.agency_id = b.agency_id AND (k.phone = b.phone OR b.email <> '' AND lower(k.email) = lower(b.email))
					AND words(b.last_name) = words(k.last_name) AND words(b.first_name) = words(k.first_name)), '[]'),
			coalesce((SELECT json_agg(d.content ORDER BY d.created_at) FROM drafts d WHERE `+begunBy+`), '[]'),
			coalesce((SELECT json_agg(json_build_object('File', st.file_name, 'Line', l.number, 'Cells', l.cells) ORDER BY st.id, l.number)
				FROM statement_lines l JOIN statements st ON st.id = l.statement_id WHERE l.cells <> '{}' AND (l.booking_id = b.id
					OR l.plate = b.plate AND l.plate <> '' OR l.booking_id IS NULL AND `+bears("l.cells")+`)), '[]')
		FROM bookings b WHERE b.id = $1`, bookingID).Scan(&k.Notes, &k.Customers, &k.Quotes, &k.Lines)
	return k, domainError(err)
}

// toErase locks bookings and returns their ids and references.
func (s *Tx) toErase(ctx context.Context, which string, args ...any) (ids []int64, refs []string, err error) {
	if err := allowLong(ctx, s.tx, s.long); err != nil { // files of years are searched
		return nil, nil, domainError(err)
	}
	rows, err := s.db.Query(ctx, `SELECT b.id, b.ref FROM bookings b WHERE `+which, args...)
	if err != nil {
		return nil, nil, domainError(err)
	}
	var id int64
	var ref string
	_, err = pgx.ForEachRow(rows, []any{&id, &ref}, func() error {
		ids, refs = append(ids, id), append(refs, ref)
		return nil
	})
	return ids, refs, domainError(err)
}

// eraseIDs blanks what says who travelled, in the bookings, in what was written
// beside them, and in what the agency knows; ids, zone, times and amounts stay.
func eraseIDs(ctx context.Context, tx pgx.Tx, ids []int64, lists ...[]string) error {
	for _, statement := range slices.Concat(lists...) {
		if _, err := tx.Exec(ctx, statement, ids); err != nil {
			return fmt.Errorf("erase: %w", err)
		}
	}
	return nil
}
