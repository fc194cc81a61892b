package postgres

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"unicode"

	"github.com/jackc/pgx/v5"
	"golang.org/x/text/unicode/norm"

	"guichet/internal/booking"
	"guichet/internal/contact"
	"guichet/internal/typed"
)

// SaveCustomer remembers a customer with a car, and the supplier's ids for
// exactly these data.
func (s *Tx) SaveCustomer(ctx context.Context, k booking.SavedCustomer) error {
	var id int64
	err := s.db.QueryRow(ctx, `
		INSERT INTO customers (key, agency_id, first_name, last_name, email, phone, country, language, make, model, color, plate, plate_written, last_booked)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
		ON CONFLICT ON CONSTRAINT customers_same DO UPDATE SET email = excluded.email, country = excluded.country, language = excluded.language,
			make = excluded.make, model = excluded.model, color = excluded.color, plate_written = excluded.plate_written, last_booked = excluded.last_booked
		RETURNING id`,
		k.Key, k.AgencyID, k.Customer.FirstName, k.Customer.LastName, k.Customer.Email, k.Customer.Phone, k.Country, k.Customer.Language,
		k.Car.Make, k.Car.Model, k.Car.Color, k.Car.Plate, k.Car.Written, k.LastBooked).Scan(&id)
	if err != nil {
		return domainError(err)
	}
	_, err = s.db.Exec(ctx, `
		INSERT INTO customer_supplier_ids (customer_id, environment, contact_id, car_id, issued_at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (customer_id, environment) DO UPDATE SET contact_id = excluded.contact_id, car_id = excluded.car_id, issued_at = excluded.issued_at`,
		id, k.Environment, k.ContactID, k.CarID, k.LastBooked)
	return domainError(err)
}

// SupplierIDs returns the supplier's ids for exactly this customer and car, or
// empty ones. Outside production they are good on the day of their issue only.
func (s reads) SupplierIDs(ctx context.Context, agencyID int64, env booking.Environment, c booking.Customer, car booking.Car) (contactID, carID string, err error) {
	err = s.db.QueryRow(ctx, `
		SELECT i.contact_id, i.car_id FROM customers k JOIN customer_supplier_ids i ON i.customer_id = k.id AND i.environment = $2
		WHERE k.agency_id = $1 AND k.first_name = $3 AND k.last_name = $4 AND k.email = $5 AND k.phone = $6 AND k.language = $7
			AND k.make = $8 AND k.model = $9 AND k.color = $10 AND k.plate = $11
			AND ($2 = 'production' OR (i.issued_at AT TIME ZONE 'Europe/Paris')::date = (portal_now() AT TIME ZONE 'Europe/Paris')::date)`,
		agencyID, env, c.FirstName, c.LastName, c.Email, c.Phone, c.Language, car.Make, car.Model, car.Color, car.Plate).
		Scan(&contactID, &carID)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", "", nil
	}
	return contactID, carID, domainError(err)
}

// FindCustomers looks an agency's customers up by phone, plate, e-mail or name, as
// texts does bookings; the latest first. Every word of a name may be its beginning.
func (s reads) FindCustomers(ctx context.Context, agencyID int64, text string, limit int) ([]booking.SavedCustomer, error) {
	text = oneLine(text)
	q := &query{}
	arms := []string{`false`}
	if plate := contact.PlateOf(text).Key; len(plate) >= shortestStart {
		arms = append(arms, `plate LIKE `+q.arg(plate+"%"))
	}
	if part := partOfPhone(text); part != "" {
		arms = append(arms, `phone LIKE `+q.arg(part))
	}
	if host, isHost := strings.CutPrefix(strings.ToLower(text), "@"); isHost && host != "" {
		arms = append(arms, `lower(email) LIKE `+q.arg("%@"+escapeLike(host)+"%"))
	} else if text != "" {
		arms = append(arms, `lower(email) LIKE `+q.arg(escapeLike(strings.ToLower(text))+"%"))
	}
	if strings.ContainsFunc(text, unicode.IsLetter) {
		arms = append(arms, `name_words @@ (
			SELECT coalesce(string_agg(quote_literal(w) || ':*', ' & '), '') FROM unnest(words(`+q.arg(text)+`)) w)::tsquery`)
	}
	rows, err := s.db.Query(ctx, `
		SELECT key, agency_id, first_name, last_name, email, phone, country, language, make, model, color, plate, plate_written, last_booked
		FROM customers WHERE agency_id = `+q.arg(agencyID)+` AND (`+strings.Join(arms, ` OR `)+`)
		ORDER BY last_booked DESC, id DESC LIMIT `+q.arg(limit), q.args...)
	if err != nil {
		return nil, domainError(err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (booking.SavedCustomer, error) {
		var k booking.SavedCustomer
		err := row.Scan(&k.Key, &k.AgencyID, &k.Customer.FirstName, &k.Customer.LastName, &k.Customer.Email, &k.Customer.Phone, &k.Country,
			&k.Customer.Language, &k.Car.Make, &k.Car.Model, &k.Car.Color, &k.Car.Plate, &k.Car.Written, &k.LastBooked)
		return k, err
	})
	return list, domainError(err)
}

// partOfPhone is a LIKE pattern for numbers in E.164 that hold the typed one: one
// with its country begins so. Empty for a text that is none.
func partOfPhone(text string) string {
	found := contact.SearchPhone(text)
	switch {
	case found.End != "":
		if own := strings.TrimLeft(found.End, "0"); len(own) >= shortestStart {
			return "%" + own + "%"
		}
		return "%" + found.End
	case found.Begin != "":
		return found.Begin + "%"
	}
	return ""
}

// oneLine is a text as it was searched for, whatever was copied along.
func oneLine(text string) string {
	return strings.Join(strings.Fields(norm.NFC.String(typed.Seen(text))), " ")
}

func escapeLike(text string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(text)
}

func placeholder(n int) string { return "$" + strconv.Itoa(n) }
