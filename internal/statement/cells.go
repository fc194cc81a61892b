package statement

import (
	"errors"
	"regexp"
	"strings"
	"time"
	"unicode"

	"guichet/internal/contact"
	"guichet/internal/invalid"
)

// onePlainSpace makes one plain space of every run of spaces of any kind.
func onePlainSpace(text string) string {
	return strings.Join(strings.FieldsFunc(text, unicode.IsSpace), " ")
}

var errWall = errors.New("statement: not a date")

// wallForms are how files write dates and times; the day comes before the month.
var wallForms = func() (forms []string) {
	for _, date := range []string{"2006-01-02", "02/01/2006", "2/1/2006", "02.01.2006", "2.1.2006", "02-01-2006"} {
		for _, clock := range []string{"", " 15:04", " 15:04:05", " 15h04"} {
			forms = append(forms, date+clock)
		}
	}
	return append(forms, "2006-01-02T15:04", "2006-01-02T15:04:05")
}()

// offsetAtEnd is a distance from UTC: the wall time before it stands as it is.
var offsetAtEnd = regexp.MustCompile(`(\d\d:\d\d(:\d\d)?)(\.\d+)?(Z|[+-]\d\d:?\d\d)$`)

// parseWall reads a date with or without a time as wall fields in UTC. A moment
// with its offset ("…+02:00") gives the wall time that it shows; one in UTC
// ("…Z") says nothing about the zone's clocks and is none.
func parseWall(text string) (time.Time, error) {
	text = onePlainSpace(strings.ReplaceAll(text, ", ", " "))
	if m := offsetAtEnd.FindStringSubmatch(text); m != nil {
		if m[4] == "Z" {
			return time.Time{}, errWall
		}
		text = strings.TrimSuffix(text, m[3]+m[4])
	}
	for _, form := range wallForms {
		if at, err := time.Parse(form, text); err == nil && at.Year() >= 1990 && at.Year() <= 2200 {
			return at, nil
		}
	}
	return time.Time{}, errWall
}

// parseDay reads the day of a date, of a moment in UTC too; zero for none.
func parseDay(text string) (time.Time, error) {
	if text = onePlainSpace(text); text == "" {
		return time.Time{}, nil
	}
	at, err := parseWall(strings.TrimSuffix(text, "Z"))
	return at.Truncate(24 * time.Hour), err
}

// Fields are what a column of a statement may hold, in the order of
// the page.
func Fields() []string {
	return []string{"supplier_id", "supplier_ref", "plate", "from", "to", "amount", "currency", "document", "date", "status"}
}

// Columns says in which column of a file each field stands, counted from 0.
// Fields that the file does not have are not in it.
type Columns map[string]int

// names are how suppliers call their columns, without accents and signs.
var names = map[string][]string{
	"supplier_id": {"id", "uuid", "bookingid", "idreservation", "reservationid", "identifiant", "supplierid", "idbooking", "idecto", "idector"},
	"supplier_ref": {
		"reference", "ref", "bookingreference", "referencereservation", "numeroreservation", "numerodereservation", "noreservation",
		"reservation", "booking", "bookingnumber", "referencedossier", "dossier",
	},
	"plate": {"plate", "licenseplate", "licenceplate", "numberplate", "registration", "immatriculation", "plaque", "immat"},
	"from": {
		"dropoff", "dropoffdate", "checkin", "checkindate", "start", "startdate", "from", "depot", "datedepot", "datededepot",
		"debut", "datedebut", "du", "entree", "datedentree",
	},
	"to": {
		"return", "returndate", "checkout", "checkoutdate", "end", "enddate", "to", "retour", "dateretour", "datederetour",
		"fin", "datefin", "au", "restitution", "sortie",
	},
	"amount": {
		"amount", "total", "totalamount", "price", "montant", "montantttc", "totalttc", "prix", "prixttc", "ttc", "amounteur", "montanteur", "totaleur",
	},
	"currency": {"currency", "currencycode", "devise", "monnaie"},
	"document": {
		"document", "documentnumber", "invoice", "invoicenumber", "invoiceno", "creditnote", "facture", "numerofacture",
		"numerodefacture", "nofacture", "nfacture", "ndefacture", "piece", "numeropiece", "numerodepiece", "npiece", "ndepiece",
	},
	"date":   {"date", "linedate", "invoicedate", "documentdate", "paymentdate", "datefacture", "datedefacture", "datepiece", "datepaiement", "datedepaiement"},
	"status": {"status", "bookingstatus", "paymentstatus", "state", "statut", "etat", "situation"},
}

// GuessColumns finds the fields by the usual names of columns.
func GuessColumns(header []string) Columns {
	c := Columns{}
	for i, title := range header {
		title = contact.Bare(title)
		for field, known := range names {
			if _, taken := c[field]; taken {
				continue
			}
			for _, name := range known {
				if title == name {
					c[field] = i
				}
			}
		}
	}
	return c
}

// check refuses columns from which no line can be matched.
func (c Columns) check(header []string) error {
	var bad invalid.Error
	used := map[int]bool{}
	for _, field := range Fields() {
		i, ok := c[field]
		if !ok {
			continue
		}
		if i < 0 || i >= len(header) {
			bad.Add(field, "statement.column.none")
		} else if used[i] {
			bad.Add(field, "statement.column.twice")
		}
		used[i] = true
	}
	if !c.has("amount") {
		bad.Add("amount", "statement.column.amount")
	}
	switch {
	case c.has("supplier_id"), c.has("supplier_ref"):
	case c.has("plate") && !c.has("from"):
		bad.Add("from", "statement.column.from")
	case !c.has("plate"):
		bad.Add("supplier_id", "statement.column.key")
	}
	return bad.OrNil()
}

func (c Columns) has(field string) bool {
	_, ok := c[field]
	return ok
}

func (c Columns) cell(cells []string, field string) string {
	if i, ok := c[field]; ok && i < len(cells) {
		return cells[i]
	}
	return ""
}
