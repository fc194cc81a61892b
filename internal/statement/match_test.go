package statement_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"guichet/internal/booking"
	"guichet/internal/statement"
)

// columns of the tables below: id;reference;plate;from;to;amount;currency.
var allColumns = statement.Columns{"supplier_id": 0, "supplier_ref": 1, "plate": 2, "from": 3, "to": 4, "amount": 5, "currency": 6}

func candidate(id int64, state booking.State, supplierID, ref, plate string, day int, cents int64) booking.Candidate {
	from := time.Date(2026, 7, day, 6, 5, 0, 0, time.UTC)
	return booking.Candidate{
		ID: id, State: state, SupplierID: supplierID, SupplierRef: ref, Plate: plate, From: from, To: from.AddDate(0, 0, 8),
		Due: booking.Money{Cents: cents, Currency: "EUR"},
	}
}

func line(cells ...string) statement.Line {
	return statement.Line{Cells: append(cells, make([]string, 7-len(cells))...)}
}

func TestWhatALineComesTo(t *testing.T) {
	t.Parallel()
	known := []booking.Candidate{
		candidate(1, booking.Confirmed, "s1", "R-1", "AB101CD", 4, 100_00),
		candidate(2, booking.Expired, "s2", "R-2", "AB102CD", 4, 100_00),
		candidate(3, booking.Dropped, "s3", "R-3", "AB103CD", 4, 100_00),
		candidate(4, booking.Cancelled, "s4", "R-4", "AB104CD", 4, 100_00),
		candidate(5, booking.Held, "s5", "R-5", "AB105CD", 4, 100_00),
		candidate(6, booking.PayUnknown, "s6", "R-6", "AB106CD", 4, 100_00),
		candidate(7, booking.CancelUnknown, "s7", "R-7", "AB107CD", 4, 100_00),
		candidate(8, booking.Confirmed, "s8", "R-8", "AB108CD", 4, 100_00),
		candidate(9, booking.Confirmed, "s9", "R-8", "AB108CD", 4, 100_00),  // the same car twice
		candidate(10, booking.Expired, "s10", "R-10", "AB101CD", 4, 100_00), // tried before 1 was
		candidate(11, booking.Expired, "", "", "AB111CD", 4, 100_00),        // its id was never learnt
		candidate(12, booking.Confirmed, "s12", "R-12", "AB112CD", 4, 100_00),
		candidate(13, booking.Confirmed, "s13", "R-13", "AB112CD", 5, 100_00), // the same car on the next day
		candidate(14, booking.Refused, "s14", "R-14", "AB114CD", 4, 100_00),
		candidate(15, booking.CreateUnknown, "", "", "AB115CD", 4, 100_00),
		candidate(16, booking.Paying, "s16", "R-16", "AB116CD", 4, 100_00),
	}
	for name, c := range map[string]struct {
		line    statement.Line
		class   booking.LineClass
		reason  string
		booking int64
		among   []int64
	}{
		"id":                      {line("s1", "", "", "", "", "100,00"), booking.LineAgrees, "", 1, nil},
		"id beats all else":       {line("s1", "R-2", "AB102CD", "4/7/2026", "", "100"), booking.LineAgrees, "", 1, nil},
		"id, bad date":            {line("s1", "", "", "yesterday", "", "100"), booking.LineAgrees, "", 1, nil},
		"amount":                  {line("s1", "", "", "", "", "100,01"), booking.LineAmount, "", 1, nil},
		"currency":                {line("s1", "", "", "", "", "100", "USD"), booking.LineAmount, "currency", 1, nil},
		"being cancelled":         {line("s7", "", "", "", "", "100"), booking.LineAgrees, "", 7, nil},
		"expired":                 {line("s2", "", "", "", "", "100"), booking.LineExpired, "", 2, nil},
		"dropped, other amount":   {line("s3", "", "", "", "", "1"), booking.LineExpired, "", 3, nil},
		"refused":                 {line("s14", "", "", "", "", "100"), booking.LineExpired, "", 14, nil},
		"cancelled":               {line("s4", "", "", "", "", "100"), booking.LineCancelled, "", 4, nil},
		"held":                    {line("s5", "", "", "", "", "100"), booking.LineUnpaid, "", 5, nil},
		"proof":                   {line("s6", "", "", "", "", "100"), booking.LineProved, "", 6, nil},
		"proof, other amount":     {line("s6", "", "", "", "", "99"), booking.LineUnproved, "amount", 6, nil},
		"reference":               {line("", "R-1", "", "", "", "100"), booking.LineAgrees, "reference", 1, nil},
		"a reference is no proof": {line("", "R-6", "", "", "", "100"), booking.LineByPlate, "reference", 6, nil},
		"reference, expired":      {line("", "R-2", "", "", "", "100"), booking.LineExpired, "reference", 2, nil},
		"reference twice":         {line("", "R-8", "", "", "", "100"), booking.LineAmbiguous, "reference", 0, []int64{8, 9}},
		"unknown id":              {line("s99", "", "", "", "", "100"), booking.LineNotFound, "", 0, nil},
		"unknown id, known car":   {line("s99", "", "AB101CD", "4/7/2026", "", "100"), booking.LineNotFound, "", 0, nil},
		"id that was never learnt": {
			line("s99", "", "AB-111-CD", "4/7/2026", "", "100"), booking.LineByPlate, "plate", 11, nil,
		},
		"plate is no proof":    {line("", "", "ab 106 cd", "4/7/2026 06:05", "", "100"), booking.LineByPlate, "plate", 6, nil},
		"plate, over":          {line("", "", "AB102CD", "4/7/2026", "", "100"), booking.LineByPlate, "plate", 2, nil},
		"plate, cancelled":     {line("", "", "AB104CD", "4/7/2026", "", "100"), booking.LineByPlate, "plate", 4, nil},
		"plate, held":          {line("", "", "AB105CD", "4/7/2026", "", "100"), booking.LineByPlate, "plate", 5, nil},
		"plate, paid retry":    {line("", "", "AB101CD", "4/7/2026", "", "100"), booking.LineAgrees, "plate", 1, nil},
		"plate, without an id": {line("s98", "", "AB115CD", "4/7/2026", "", "100"), booking.LineByPlate, "plate", 15, nil},
		"plate, being paid":    {line("", "", "AB116CD", "4/7/2026", "", "100"), booking.LineUnpaid, "plate", 16, nil},
		"plate, a day later":   {line("", "", "AB104CD", "5/7/2026", "", "100"), booking.LineByPlate, "plate", 4, nil},
		"plate, two days":      {line("", "", "AB104CD", "6/7/2026", "", "100"), booking.LineNotFound, "", 0, nil},
		"plate, 25 hours":      {line("", "", "AB104CD", "5/7/2026 07:06", "", "100"), booking.LineNotFound, "", 0, nil},
		"plate, other return":  {line("", "", "AB104CD", "4/7/2026", "20/7/2026", "100"), booking.LineNotFound, "", 0, nil},
		"plate, nearest":       {line("", "", "AB112CD", "5/7/2026", "", "100"), booking.LineAgrees, "plate", 13, nil},
		"plate, other price":   {line("", "", "AB107CD", "4/7/2026", "", "99"), booking.LineAmount, "plate", 7, nil},
		"over, other price":    {line("", "", "AB104CD", "4/7/2026", "", "99"), booking.LineNotFound, "price", 0, []int64{4}},
		"plate twice":          {line("", "", "AB108CD", "4/7/2026", "", "100"), booking.LineAmbiguous, "plate", 0, []int64{8, 9}},
		"unknown plate":        {line("", "", "ZZ999ZZ", "4/7/2026", "", "100"), booking.LineNotFound, "", 0, nil},
		"bad amount":           {line("s1", "", "", "", "", "1.234"), booking.LineUnreadable, "amount", 1, nil},
		"bad amount, no proof": {line("s6", "", "", "", "", "?"), booking.LineUnreadable, "amount", 6, nil},
		"no currency, mapped":  {line("s6", "", "", "", "", "100", " "), booking.LineUnreadable, "currency", 6, nil},
		"with the amount":      {line("s6", "", "", "", "", "100 EUR", " "), booking.LineProved, "", 6, nil},
		"bad date":             {line("", "", "AB101CD", "31/2/2026", "", "100"), booking.LineUnreadable, "date", 0, nil},
		"bad currency":         {line("s1", "", "", "", "", "100", "euros"), booking.LineUnreadable, "currency", 1, nil},
		"two currencies":       {line("s1", "", "", "", "", "100 €", "USD"), booking.LineUnreadable, "currency", 1, nil},
		"credit":               {line("s4", "", "", "", "", "-100"), booking.LineUnproved, "credit", 4, nil},
		"no key":               {line("", "", "AB101CD", "", "", "100"), booking.LineUnreadable, "no_key", 0, nil},
		"bad plate":            {line("", "", "?", "4/7/2026", "", "100"), booking.LineUnreadable, "no_key", 0, nil},
	} {
		lines := []statement.Line{c.line}
		columns := allColumns
		if c.line.Cells[6] == "" { // the file has no such column
			columns = maps.Clone(allColumns)
			delete(columns, "currency")
		}
		statement.Classify(columns, lines, known)
		if l := lines[0]; l.Class != c.class || l.Reason != c.reason || l.BookingID != c.booking || !slices.Equal(l.Candidates, c.among) {
			t.Errorf("%s: %s %q of %d, among %v; want %s %q of %d, among %v", name, l.Class, l.Reason, l.BookingID, l.Candidates, c.class, c.reason, c.booking, c.among)
		}
	}
}

func TestTheSameTwiceInAFile(t *testing.T) {
	t.Parallel()
	known := []booking.Candidate{candidate(1, booking.Confirmed, "s1", "R-1", "AB101CD", 4, 100_00)}
	lines := []statement.Line{
		line("s1", "", "", "", "", "?"), // unreadable: the next one is the first
		line("s1", "", "", "", "", "100", "EUR"),
		line("s1", "", "", "", "", "100", "EUR"),
		line("", "R-1", "", "", "", "100", "EUR"),
		line("", "", "AB101CD", "4/7/2026", "", "100", "EUR"),
		line("s9", "", "", "", "", "100", "EUR"),
		line("s9", "", "", "", "", "101", "EUR"),
		line("", "", "ZZ999ZZ", "4/7/2026", "", "100", "EUR"),
		line("", "", "ZZ999ZZ", "4/7/2026", "", "100", "EUR"), // nothing says that it is the same
	}
	statement.Classify(allColumns, lines, known)
	var got []booking.LineClass
	for _, l := range lines {
		got = append(got, l.Class)
	}
	want := []booking.LineClass{
		booking.LineUnreadable, booking.LineAgrees, booking.LineDuplicate, booking.LineDuplicate, booking.LineDuplicate,
		booking.LineNotFound, booking.LineDuplicate, booking.LineNotFound, booking.LineNotFound,
	}
	if !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
