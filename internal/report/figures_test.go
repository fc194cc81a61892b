package report_test

import (
	"errors"
	"testing"

	"guichet/internal/account"
	"guichet/internal/booking"
	"guichet/internal/report"
)

func TestRates(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		ratio     report.Ratio
		rate      int // tenths of a percent
		known, of bool
	}{
		{report.Ratio{}, 0, false, true},
		{report.Ratio{Of: 1, In: 3}, 333, true, true},
		{report.Ratio{Of: 2, In: 3}, 667, true, true},
		{report.Ratio{Of: 30, In: 30}, 1000, true, false},
	} {
		if rate, known := c.ratio.Rate(); rate != c.rate || known != c.known || c.ratio.Small() != c.of {
			t.Errorf("%+v: %d, %v, small %v", c.ratio, rate, known, c.ratio.Small())
		}
	}
}

// Amounts of two currencies have a sum each, and no average.
func TestFiguresAddUp(t *testing.T) {
	t.Parallel()
	one := func(currency string, cents int64) report.Figures {
		return report.Figures{Created: 1, Settled: 1, Paid: 1, Active: 1, Revenue: []booking.Money{{Cents: cents, Currency: currency}}}
	}
	var f report.Figures
	if _, ok := f.AverageValue(); ok {
		t.Error("an average of nothing")
	}
	f.Add(one("EUR", 101))
	f.Add(one("EUR", 100))
	if m, ok := f.AverageValue(); !ok || m != (booking.Money{Cents: 101, Currency: "EUR"}) {
		t.Errorf("%+v, %v", m, ok)
	}
	f.Add(one("GBP", 1))
	if _, ok := f.AverageValue(); ok || f.Active != 3 || len(f.Revenue) != 2 {
		t.Errorf("%+v", f)
	}
}

func TestWhoMayNotCount(t *testing.T) {
	t.Parallel()
	s := report.NewService(nil) // nobody asks it
	for _, role := range []account.Role{account.Agent, account.CustomerService} {
		if _, err := s.Report(t.Context(), account.Actor{Role: role}, report.Period{}); !errors.Is(err, booking.ErrForbidden) {
			t.Errorf("%s counts: %v", role, err)
		}
	}
}
