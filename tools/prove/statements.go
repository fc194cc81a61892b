package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"guichet/internal/booking"
	"guichet/internal/postgres"
	"guichet/internal/simulator"
	"guichet/internal/statement"
)

// statement lets customer service compare what the supplier bills: the truth of
// its ledger, in lines of every kind.
func (m *mix) statement(ctx context.Context) error {
	s, err := m.service(ctx, m.supplier, 0)
	if err != nil {
		return err
	}
	file := m.billed()
	if strings.Count(file, "\n") < 2 { // nothing is billed yet
		return nil
	}
	m.statements++
	err = m.compare(ctx, s, file)
	if errors.Is(err, booking.ErrChanged) { // the same file as before
		return nil
	}
	return tolerate(err)
}

// billed is a file with a line, or several, for each booking there.
func (w *world) billed() string {
	var text strings.Builder
	text.WriteString("id;document;date;amount;currency;status\n")
	line := func(b simulator.Booking, document string, cents int64, currency, status string) {
		fmt.Fprintf(&text, "%s;%s-%s;%s;%d,%02d;%s;%s\n", b.ID, document, b.ID, b.CreatedAt.Format("2006-01-02"), cents/100, abs(cents%100), currency, status)
	}
	for i, b := range w.sim.Ledger() {
		switch {
		case b.Status == simulator.Paid:
			line(b, "F", b.PriceCents, b.Currency, "paid")
		case b.Status == simulator.Cancelled:
			line(b, "F", b.PriceCents, b.Currency, "paid")
			line(b, "A", -b.PriceCents, b.Currency, "cancelled")
		case i%5 == 0: // what is not paid is billed in ways that prove nothing
			line(b, "F", 0, b.Currency, "expired")
		case i%5 == 1:
			line(b, "F", b.PriceCents, b.Currency, "EXPIRED, not paid")
		case i%5 == 2:
			line(b, "F", 100, "USD", "paid")
		case i%5 == 3:
			line(b, "F", b.PriceCents, b.Currency, "paid")
			line(b, "A", -b.PriceCents, b.Currency, "credited")
		}
	}
	return text.String()
}

func abs(n int64) int64 {
	if n < 0 {
		return -n
	}
	return n
}

// compare uploads a statement and compares it.
func (w *world) compare(ctx context.Context, s *booking.Service, file string) error {
	day := time.Now().Add(w.passed()).UTC().Truncate(24 * time.Hour)
	store, err := newStore(w.pool)
	if err != nil {
		return err
	}
	statements := statement.NewService(postgres.Statements{Store: store}, s)
	st, err := statements.Import(ctx, w.desk, statement.Upload{
		FileName: "billed.csv", File: strings.NewReader(file), From: day.AddDate(0, 0, -2), To: day.AddDate(0, 0, 2), About: statement.AboutPayments,
	})
	if err != nil {
		return err
	}
	columns := statement.GuessColumns(st.Header)
	_, _, err = statements.Compare(ctx, w.desk, statement.CompareRequest{
		Handle: st.Handle, Columns: columns, Words: func(file string, line int) string { return fmt.Sprintf("%s, line %d", file, line) },
	})
	if err == nil {
		w.lost = false
	}
	return err
}

// billing is lines that somebody might take for a proof of a payment.
type billing struct {
	name  string
	files [][]string // of each file its lines, without the id: document;date;amount;currency;status
}

// nothingProved are lines of a booking that costs «due» and was never paid.
var nothingProved = []billing{
	{"an amount of 0", [][]string{{"F1;«day»;0,00;EUR;paid"}}},
	{"a status that says no", [][]string{{"F2;«day»;«due»;EUR;EXPIRED, not paid"}}},
	{"another currency", [][]string{{"F3;«day»;1,00;USD;paid"}}},
	{"due, in another currency", [][]string{{"F4;«day»;«due»;USD;paid"}}},
	{"a charge and its credit", [][]string{{"F5;«day»;«due»;EUR;paid", "A5;«day»;-«due»;EUR;credited"}}},
	{"a credit and its charge", [][]string{{"A6;«day»;-«due»;EUR;credited", "F6;«day»;«due»;EUR;paid"}}},
	{"a credit, then a charge in another file", [][]string{{"A7;«day»;-«due»;EUR;credited"}, {"F7;«day»;«due»;EUR;paid"}}},
	{"a part", [][]string{{"F8;«day»;1,00;EUR;paid"}}},
	{"a credit alone", [][]string{{"A9;«day»;-«due»;EUR;credited"}}},
	{"a cancelled charge", [][]string{{"F10;«day»;«due»;EUR;cancelled"}}},
}

// lines compares statements with payments of which nobody knows: those that were
// never made are never proved, and one that was is.
func (l *lab) lines(ctx context.Context, kind rules) (told int, bad []string, err error) {
	w, err := l.newWorld(ctx, kind)
	if err != nil {
		return 0, nil, err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	s, err := w.service(ctx, w.supplier, 0)
	if err != nil {
		return 0, nil, err
	}
	c := &counter{w, s}
	all := append([]billing{{"the charge", [][]string{{"F0;«day»;«due»;EUR;paid"}}}}, nothingProved...)
	for i, one := range all {
		lost, want := "drop_before", booking.PayUnknown
		if i == 0 {
			lost, want = "drop_after", booking.Confirmed
		}
		got, err := c.billedSo(ctx, fmt.Sprintf("AA-%03d-LI", i), lost, one)
		if err != nil {
			return told, bad, fmt.Errorf("%s: %w", one.name, err)
		}
		told++
		if got != want {
			bad = append(bad, fmt.Sprintf("an unknown payment and %s: %s", one.name, got))
		}
	}
	if err := c.settle(ctx); err != nil {
		return told, bad, err
	}
	found, err := w.violations(ctx)
	return told, append(bad, found...), err
}

// billedSo loses the answer to a payment, compares what is billed, and returns
// what became of the booking.
func (c *counter) billedSo(ctx context.Context, plate, lost string, what billing) (booking.State, error) {
	d, err := c.draft(ctx, plate)
	if err != nil {
		return "", err
	}
	b, err := c.book(ctx, d)
	if err != nil {
		return "", err
	}
	if err := c.fault(simulator.Fault{Endpoint: simulator.EndpointPay, Kind: lost}); err != nil {
		return "", err
	}
	if b, err = c.pay(ctx, b); err != nil || b.State != booking.PayUnknown {
		return b.State, fmt.Errorf("the payment is not unknown: %w", err)
	}
	due := fmt.Sprintf("%d,%02d", b.Due().Cents/100, b.Due().Cents%100)
	day := time.Now().Add(c.passed()).UTC().Format("2006-01-02")
	for _, lines := range what.files {
		text := "id;document;date;amount;currency;status\n"
		for _, line := range lines {
			text += b.SupplierID + ";" + strings.NewReplacer("«due»", due, "«day»", day, "--", "").Replace(line) + "\n"
		}
		if err := c.compare(ctx, c.Service, text); err != nil {
			return "", err
		}
	}
	b, err = c.refresh(ctx, b)
	return b.State, err
}
