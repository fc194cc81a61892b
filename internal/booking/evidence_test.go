package booking_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"guichet/internal/booking"
	"guichet/internal/locale"
)

// proofLines writes lines as "file amount [currency] [doc=…] [day=…] [status=…] [plate=…] [from=…] [ref]".
// Files 1 to 3 have periods that follow each other; file 9 overlaps all of them. Files
// 4 and 5 are of the month before and the month after. Of stays: 6 and 7 are of
// drop-offs, 8 of returns.
func proofLines(t *testing.T, texts ...string) []booking.ProofLine {
	t.Helper()
	day := func(n int) time.Time { return time.Date(2026, 11, n, 0, 0, 0, 0, time.UTC) }
	periods := map[int64][2]time.Time{
		1: {day(1), day(9)}, 2: {day(10), day(19)}, 3: {day(20), day(29)}, 9: {day(5), day(25)}, 4: {day(-29), day(0)}, 5: {day(22), day(40)},
		6: {day(-29), day(30)}, 7: {day(31), day(50)}, 8: {day(50), day(60)},
	}
	about := map[int64]booking.About{6: booking.AboutDropOffs, 7: booking.AboutDropOffs, 8: booking.AboutReturns}
	var lines []booking.ProofLine
	for i, text := range texts {
		words := strings.Fields(text)
		var l booking.ProofLine
		if _, err := fmt.Sscan(words[0], &l.StatementID); err != nil {
			t.Fatal(err)
		}
		l.Number, l.SupplierID, l.First, l.Last = i+2, "s1", periods[l.StatementID][0], periods[l.StatementID][1]
		l.About = about[l.StatementID]
		if cents, _, err := locale.ParseAmount(words[1]); err == nil {
			l.Amount = booking.Money{Cents: cents, Currency: "EUR"}
		}
		for _, w := range words[2:] {
			name, value, _ := strings.Cut(w, "=")
			switch name {
			case "doc":
				l.Document = value
			case "day":
				var n int
				_, _ = fmt.Sscan(value, &n)
				l.Date = day(n)
			case "status":
				l.Status = strings.ReplaceAll(value, "_", " ")
			case "ref":
				l.SupplierID = ""
			case "plate":
				l.Plate = value
			case "from":
				var n int
				_, _ = fmt.Sscan(value, &n)
				l.From = day(n)
			default:
				l.Amount.Currency = w
			}
		}
		lines = append(lines, l)
	}
	return lines
}

const (
	paid, cancelled = booking.FoundPaid, booking.FoundCancelled
	unproved        = booking.CaseLinesUnproved
	billed          = booking.CaseStatementBilled
)

// What the lines of one id prove: net, currency, status, document, period, and
// the state of the booking. 100,00 EUR are due; it was created on the 2nd, for a stay
// from the 33rd to the 41st, and today is the 20th.
func TestWhatLinesProve(t *testing.T) {
	t.Parallel()
	type want struct {
		finding booking.Finding
		class   booking.LineClass
		reason  string
		why     string // of the case
	}
	at := func(day int) time.Time { return time.Date(2026, 11, day, 10, 0, 0, 0, time.UTC) }
	doubt := func(reason string) want { return want{"", booking.LineUnproved, reason, unproved} }
	proves := func(f booking.Finding) want { return want{f, booking.LineProved, "", ""} }
	says := func(c booking.LineClass, reason, why string) want { return want{"", c, reason, why} }
	plain := func(c booking.LineClass) want { return want{"", c, "", ""} }
	const pu, cu = booking.PayUnknown, booking.CancelUnknown
	for _, c := range []struct {
		state booking.State
		lines string
		want  want
	}{
		// Is it paid?
		{pu, "1 100", proves(paid)},
		{pu, "1 100 doc=F1 day=3", proves(paid)},
		{pu, "1 100 status=Payée", proves(paid)},
		{pu, "1 100 status=CONFIRMED", proves(paid)},
		{pu, "1 100 plate=AA001AA from=33", proves(paid)},
		{pu, "1 100 from=34", proves(paid)}, // the clock of another place
		{pu, "1 100 plate=ZZ999ZZ", doubt("other")},
		{pu, "1 100 from=45", doubt("other")},
		{cu, "1 100; 2 -100 plate=ZZ999ZZ", doubt("other")},
		{pu, "1 60; 1 40", proves(paid)},
		{pu, "1 60; 2 40", proves(paid)},
		{pu, "1 60 doc=F1; 9 40 doc=F2", proves(paid)},
		{pu, "1 100 doc=F1; 9 100 doc=F1", proves(paid)},
		{pu, "1 100 day=3; 2 100 day=3", proves(paid)},
		{pu, "1 100; 2 100", proves(paid)},
		{pu, "1 100 ref", says(booking.LineByPlate, "reference", booking.CaseStatementPlate)},
		{pu, "1 60; 1 40 ref", says(booking.LineByPlate, "reference", booking.CaseStatementPlate)},
		{pu, "1 0,00", doubt("amount")},
		{pu, "1 1,00 USD", doubt("currency")},
		{pu, "1 100 USD", doubt("currency")},
		{pu, "1 60; 1 40 USD", doubt("currency")},
		{pu, "1 99,99", doubt("amount")},
		{pu, "1 100,01", doubt("amount")},
		{pu, "1 100; 1 100", doubt("amount")},
		{pu, "1 100 doc=F1; 1 100 doc=F1", doubt("amount")},
		{pu, "1 100 doc=F1; 2 100 doc=F2", doubt("amount")},
		{pu, "1 100 day=3; 2 100 day=12", doubt("amount")},
		{pu, "1 ?", doubt("amount")},
		{pu, "1 100; 1 ?", doubt("amount")},
		{pu, "1 100; 1 -100", doubt("credit")},
		{pu, "1 -100; 1 100", doubt("credit")},
		{pu, "1 -100", doubt("credit")},
		{pu, "1 200 doc=F1; 2 -100 doc=A1", doubt("credit")},
		{pu, "1 100 status=EXPIRED,_not_paid", doubt("status")},
		{pu, "1 100 status=Not_paid", doubt("status")},
		{pu, "1 100 status=unpaid", doubt("status")},
		{pu, "1 100 status=pending", doubt("status")},
		{pu, "1 100 status=refunded", doubt("status")},
		{pu, "1 100 status=Annulée", doubt("status")},
		{pu, "1 100 status=–", doubt("status")},
		{pu, "1 100 status=tralala", doubt("status")},
		{pu, "1 60 status=paid; 1 40 status=pending", doubt("status")},
		{pu, "1 100; 9 100", doubt("overlap")},
		{pu, "1 60; 9 40", doubt("overlap")},
		{pu, "1 100 doc=F1; 9 0", proves(paid)},
		{pu, "1 100 day=1", proves(paid)},
		{pu, "1 100 day=0", doubt("when")}, // nobody had booked it
		{pu, "1 100 day=21", proves(paid)},
		{pu, "1 100 day=22", doubt("when")}, // the day after tomorrow
		{pu, "1 60 day=3; 1 40 day=0", doubt("when")},
		{pu, "4 100", doubt("when")}, // of the month before
		{pu, "4 100 day=3", proves(paid)},
		{pu, "5 100", doubt("when")}, // of the month to come
		{pu, "6 100", doubt("when")}, // another stay's
		{pu, "7 100", proves(paid)},
		{pu, "6 100 day=3", proves(paid)},
		{pu, "8 100", doubt("when")},
		{pu, "1 60; 4 40", doubt("when")},
		// Is it cancelled?
		{cu, "1 100; 1 -100", proves(cancelled)},
		{cu, "1 -100; 1 100", proves(cancelled)},
		{cu, "1 100; 2 -100", proves(cancelled)},
		{cu, "2 100; 1 -100", proves(cancelled)},
		{cu, "1 100 doc=F1; 9 -100 doc=A1", proves(cancelled)},
		{cu, "1 100 status=paid; 1 -100 status=Avoir", proves(cancelled)},
		{cu, "1 100 doc=F1; 1 -60 doc=A1; 2 -40 doc=A2", proves(cancelled)},
		{cu, "1 100", plain(booking.LineAgrees)},
		{cu, "1 99", plain(booking.LineAmount)},
		{cu, "1 0", plain(booking.LineAmount)},
		{cu, "1 -100", doubt("credit")},
		{cu, "1 100; 1 -60", doubt("credit")},
		{cu, "1 100; 1 -160", doubt("credit")},
		{cu, "1 100; 1 -100 USD", doubt("currency")},
		{cu, "1 100 USD; 1 -100 USD", doubt("currency")},
		{cu, "1 100; 9 -100", doubt("overlap")},
		{cu, "1 100; 2 -100; 3 100", doubt("overlap")},
		{cu, "1 100 doc=F1; 1 -100 doc=A1; 2 100 doc=F2", doubt("credit")},
		{cu, "1 100; 1 -100 status=pending", doubt("status")},
		{cu, "1 100 status=void; 1 -100", doubt("status")},
		{cu, "1 100; 1 -100 ref", doubt("reference")},
		{cu, "1 100; 1 ?", doubt("amount")},
		{cu, "1 100 day=1; 1 -100 day=21", proves(cancelled)},
		{cu, "1 100 day=0; 1 -100 day=3", doubt("when")},
		{cu, "1 100 day=3; 1 -100 day=22", doubt("when")},
		{cu, "4 100; 1 -100", doubt("when")},
		// It is paid here.
		{booking.Confirmed, "1 100", plain(booking.LineAgrees)},
		{booking.Confirmed, "1 100; 1 100", plain(booking.LineAgrees)}, // the second one is a duplicate
		{booking.Confirmed, "1 100; 9 100", plain(booking.LineAgrees)},
		{booking.Confirmed, "1 60; 2 40", plain(booking.LineAgrees)},
		{booking.Confirmed, "1 99", plain(booking.LineAmount)},
		{booking.Confirmed, "1 0", plain(booking.LineAmount)},
		{booking.Confirmed, "1 100 USD", says(booking.LineAmount, "currency", "")},
		{booking.Confirmed, "1 100; 1 -100", says(booking.LineCreditedPaid, "", booking.CaseCredited)},
		{booking.Confirmed, "1 -100; 1 100", says(booking.LineCreditedPaid, "", booking.CaseCredited)},
		{booking.Confirmed, "1 -100", says(booking.LineCreditedPaid, "part", booking.CaseCredited)},
		{booking.Confirmed, "1 100; 1 -60", says(booking.LineCreditedPaid, "part", booking.CaseCredited)},
		{booking.Confirmed, "1 100 doc=F1; 2 -100 doc=A1; 3 100 doc=F2", says(booking.LineCreditedPaid, "part", booking.CaseCredited)},
		{booking.Confirmed, "1 100 status=expired", doubt("status")},
		{booking.Confirmed, "1 100 status=tralala", says(booking.LineAgrees, "status", "")},
		{booking.Confirmed, "1 100 day=0", plain(booking.LineAgrees)},
		{booking.Cancelling, "1 100; 1 -100", says(booking.LineCreditedPaid, "", "")},
		// It is cancelled here.
		{booking.Cancelled, "1 100", says(booking.LineCancelled, "", billed)},
		{booking.Cancelled, "1 40", says(booking.LineCancelled, "", billed)},
		{booking.Cancelled, "1 100; 1 -100", plain(booking.LineCredited)},
		{booking.Cancelled, "1 -100; 1 100", plain(booking.LineCredited)},
		{booking.Cancelled, "1 100; 9 -100", plain(booking.LineCredited)},
		{booking.Cancelled, "1 100; 1 -100; 9 100; 9 -100", plain(booking.LineCredited)},
		{booking.Cancelled, "1 100; 1 -60", says(booking.LineCreditedPart, "part", billed)},
		{booking.Cancelled, "1 100 doc=F1; 2 -100 doc=A1; 3 100 doc=F2", says(booking.LineCreditedPart, "part", billed)},
		{booking.Cancelled, "1 100; 1 -100; 9 100", doubt("overlap")},
		{booking.Cancelled, "1 -100", says(booking.LineUnproved, "credit", booking.CaseCreditAlone)},
		{booking.Cancelled, "1 -100 USD", says(booking.LineUnproved, "currency", booking.CaseCreditAlone)},
		{booking.Cancelled, "1 -100; 1 ?", doubt("amount")},
		{booking.Cancelled, "1 100; 1 -100 USD", doubt("currency")},
		{booking.Cancelled, "1 100; 1 -100 status=pending", doubt("status")},
		{booking.Cancelled, "1 0", plain(booking.LineAgrees)},
		// It is over, and was never paid here.
		{booking.Expired, "1 100", says(booking.LineExpired, "", billed)},
		{booking.Dropped, "1 1", says(booking.LineExpired, "", billed)},
		{booking.Refused, "1 100 USD", says(booking.LineExpired, "currency", billed)},
		{booking.Expired, "1 100; 2 -100", plain(booking.LineCredited)},
		{booking.Expired, "1 100; 2 -60", says(booking.LineCreditedPart, "part", billed)},
		{booking.Expired, "1 -100", doubt("credit")},
		{booking.Expired, "1 0", plain(booking.LineAgrees)},
		{booking.Expired, "1 100 status=Expired", plain(booking.LineAgrees)},
		{booking.Expired, "1 100 day=0", says(booking.LineExpired, "", billed)},
		{booking.Expired, "1 100 status=tralala", says(booking.LineExpired, "", billed)},
		// It waits for its payment here.
		{booking.Held, "1 100", says(booking.LineUnpaid, "", unproved)},
		{booking.Held, "1 99", says(booking.LineUnpaid, "amount", unproved)},
		{booking.Held, "1 100 day=0", says(booking.LineUnpaid, "when", unproved)},
		{booking.Held, "1 0", plain(booking.LineUnpaid)},
		{booking.Held, "1 100 status=pending", plain(booking.LineUnpaid)},
		{booking.Paying, "1 100", plain(booking.LineUnpaid)},
	} {
		b := booking.Candidate{
			Plate: "AA001AA",
			ID:    1, State: c.state, SupplierID: "s1", Due: booking.Money{Cents: 100_00, Currency: "EUR"}, Created: at(2), From: at(33), To: at(41),
		}
		lines := proofLines(t, strings.Split(c.lines, "; ")...)
		for range 2 { // whatever the order
			p := booking.Prove(b, lines, at(20))
			if got := (want{p.Finding, p.Class, p.Reason, p.Case}); got != c.want {
				t.Errorf("%s, %s: %+v, want %+v", c.state, c.lines, got, c.want)
			}
			slices.Reverse(lines)
		}
	}
}

func TestTheDateOfAProof(t *testing.T) {
	t.Parallel()
	at := func(day int) time.Time { return time.Date(2026, 11, day, 10, 0, 0, 0, time.UTC) }
	due := booking.Money{Cents: 100_00, Currency: "EUR"}
	p := booking.Prove(booking.Candidate{State: booking.PayUnknown, Due: due}, proofLines(t, "1 60 day=3", "1 40 day=7"), at(20))
	if p.At.Day() != 7 {
		t.Errorf("paid on %s", p.At)
	}
	p = booking.Prove(booking.Candidate{State: booking.CancelUnknown, Due: due}, proofLines(t, "1 100 day=7", "2 -100 day=12"), at(20))
	if p.At.Day() != 12 {
		t.Errorf("cancelled on %s", p.At)
	}
}
