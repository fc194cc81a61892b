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
)

// SaveCustomer remembers a customer with a car, and the supplier's ids for
// exactly these data.
func (s *Tx) SaveCustomer(ctx context.Context, k booking.SavedCustomer) error {
	var id int64
	err := s.db.QueryRow(ctx, `
		INSERT INTO customers (key, agency_id, first_name, last_name, email, phone, country, language, make, model, color, plate, last_booked)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
		ON CONFLICT ON CONSTRAINT customers_same DO UPDATE SET email = excluded.email, country = excluded.country, language = excluded.language,
			make = excluded.make, model = excluded.model, color = excluded.color, last_booked = excluded.last_booked
		RETURNING id`,
		k.Key, k.AgencyID, k.Customer.FirstName, k.Customer.LastName, k.Customer.Email, k.Customer.Phone, k.Country, k.Customer.Language,
		k.Car.Make, k.Car.Model, k.Car.Color, k.Car.Plate, k.LastBooked).Scan(&id)
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

// FindCustomers looks an agency's customers up by phone, plate, e-mail or the
// start of the name; the latest first.
func (s reads) FindCustomers(ctx context.Context, agencyID int64, text string, limit int) ([]booking.SavedCustomer, error) {
	plate := compact(text)
	if len(plate) >= 3 {
		plate += "%"
	}
	mail := escapeLike(strings.ToLower(strings.TrimSpace(text))) + "%"
	rows, err := s.db.Query(ctx, `
		SELECT key, agency_id, first_name, last_name, email, phone, country, language, make, model, color, plate, last_booked
		FROM customers
		WHERE agency_id = $1 AND (plate LIKE $2 OR phone LIKE $3 OR lower(email) LIKE $4
			OR `+folded(`last_name || ' ' || first_name`)+` LIKE $5 OR `+folded(`first_name || ' ' || last_name`)+` LIKE $5)
		ORDER BY last_booked DESC, id DESC LIMIT $6`, agencyID, plate, partOfPhone(text), mail, startOfName(text), limit)
	if err != nil {
		return nil, domainError(err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (booking.SavedCustomer, error) {
		var k booking.SavedCustomer
		err := row.Scan(&k.Key, &k.AgencyID, &k.Customer.FirstName, &k.Customer.LastName, &k.Customer.Email, &k.Customer.Phone, &k.Country,
			&k.Customer.Language, &k.Car.Make, &k.Car.Model, &k.Car.Color, &k.Car.Plate, &k.LastBooked)
		return k, err
	})
	return list, domainError(err)
}

// compact is a plate as it is stored: upper case, letters and digits only.
func compact(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		case r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
			return r
		}
		return -1
	}, text)
}

// partOfPhone is a LIKE pattern for numbers in E.164 that hold the typed one,
// whose zeros in front belong to its country. A text with letters, or too short
// to tell numbers apart, is none.
func partOfPhone(text string) string {
	digits := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, text)
	if digits = strings.TrimLeft(digits, "0"); len(digits) < 3 || strings.ContainsFunc(text, unicode.IsLetter) {
		return ""
	}
	return "%" + digits + "%"
}

// folded is SQL for a name as it is searched: whatever its case, its accents
// and its apostrophes.
func folded(name string) string {
	return `translate(regexp_replace(normalize(lower(` + name + `), NFD), '[\u0300-\u036F]', '', 'g'), '’‘', '''''')`
}

// startOfName is a LIKE pattern for what folded gives.
func startOfName(text string) string {
	text = strings.ToLower(strings.Join(strings.Fields(text), " "))
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Mn, r):
			return -1
		case r == '’' || r == '‘':
			return '\''
		}
		return r
	}, norm.NFD.String(text))
	return escapeLike(text) + "%"
}

func escapeLike(text string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(text)
}

func placeholder(n int) string { return "$" + strconv.Itoa(n) }
