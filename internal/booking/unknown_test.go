package booking_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"guichet/internal/account"
	"guichet/internal/booking"
	"guichet/internal/invalid"
	"guichet/internal/postgres"
	"guichet/internal/statement"
)

// lose takes a booking out of the database, as a restore does of what was sold
// since the backup.
func (c *env) lose(b booking.Booking) {
	c.t.Helper()
	sql := `SET session_replication_role = replica;`
	for _, table := range []string{"findings", "cases", "booking_notes", "booking_events", "attempts"} {
		sql += fmt.Sprintf(`DELETE FROM %s WHERE booking_id = %d;`, table, b.ID)
	}
	sql += fmt.Sprintf(`DELETE FROM bookings WHERE id = %d; RESET session_replication_role`, b.ID)
	if _, err := c.pool.Exec(c.t.Context(), sql); err != nil {
		c.t.Fatal(err)
	}
}

// billLine is a booking as a statement with six columns bills it.
func billLine(b booking.Booking) string {
	return fmt.Sprintf("%s;%s;%s;%s;%s;%d,%02d\n", b.SupplierID, b.SupplierRef, b.Car.Plate,
		b.Stay.FromWall.Format("2006-01-02 15:04"), b.Stay.ToWall.Format("2006-01-02 15:04"), b.Due().Cents/100, b.Due().Cents%100)
}

// unknown are the supplier's bookings that are not known here, after a restore that
// lost the given ones and the comparison with a statement that bills them.
func (c *env) unknown(lost ...booking.Booking) []booking.UnknownBooking {
	c.t.Helper()
	file := "id;ref;plate;from;to;amount\n"
	for _, b := range lost {
		c.lose(b)
		file += billLine(b)
	}
	c.restored()
	if _, _, err := c.compare(c.statement(file), sixColumns); err != nil {
		c.t.Fatal(err)
	}
	list, err := c.UnknownBookings(c.t.Context(), c.desk, 100)
	return must(c.t, list, err)
}

func (c *env) takeOver(b booking.Booking) booking.TakeOverAs {
	return booking.TakeOverAs{
		Agency: "one", Zone: b.Stay.ZoneCode, FromWall: b.Stay.FromWall, ToWall: b.Stay.ToWall,
		FirstName: "Zoé", LastName: "Lévy", Plate: b.Car.Plate, Evidence: proof,
	}
}

// What was sold and paid since the backup is found by the supplier's line, counts
// for its car, and comes back by two people, as it is billed; it cannot be cancelled
// until somebody knows that it is insured.
func TestTheSuppliersBookingsThatWeDoNotKnow(t *testing.T) {
	t.Parallel()
	c := newEnv(t)
	ctx := t.Context()
	second := c.person(postgres.NewAccounts(c.pool), "", account.CustomerService)
	lost := c.paid("AA-001-AA", booking.CancellationInsurance)
	list := c.unknown(lost)
	if len(list) != 1 || list[0].SupplierID != lost.SupplierID || list[0].Amount != lost.Due() || !list[0].From.Equal(lost.Stay.FromWall) {
		t.Fatalf("%+v", list)
	}
	u := list[0]
	var same *booking.SamePlateError
	if _, err := c.Book(ctx, c.agent, c.request(c.quoted("AA-001-AA"))); !errors.As(err, &same) || same.Elsewhere != lost.SupplierRef {
		t.Errorf("the same car again: %v", err)
	}
	if _, err := c.TakeOver(ctx, second, u.Handle, 1); !errors.Is(err, booking.ErrTransition) {
		t.Errorf("nobody has proposed it: %v", err)
	}
	if err := c.ProposeTakeOver(ctx, c.agent, u.Handle, 1, c.takeOver(lost)); !errors.Is(err, booking.ErrForbidden) {
		t.Errorf("an agent: %v", err)
	}
	var bad *invalid.Error
	if err := c.ProposeTakeOver(ctx, c.desk, u.Handle, 1, booking.TakeOverAs{}); !errors.As(err, &bad) || len(bad.Fields) < 7 {
		t.Errorf("nothing typed: %v", err)
	}
	if err := c.ProposeTakeOver(ctx, c.desk, u.Handle, 1, c.takeOver(lost)); err != nil {
		t.Fatal(err)
	}
	if _, err := c.TakeOver(ctx, c.desk, u.Handle, 2); !errors.Is(err, booking.ErrForbidden) {
		t.Errorf("the same person: %v", err)
	}
	err := c.write(func(tx booking.Tx) error {
		return tx.EndUnknown(ctx, u.Handle, "taken_over", c.desk.UserID, booking.Evidence{})
	})
	if !errors.Is(err, booking.ErrForbidden) {
		t.Errorf("the same person, in the database: %v", err)
	}
	b, err := c.TakeOver(ctx, second, u.Handle, 2)
	if err != nil {
		t.Fatal(err)
	}
	b = c.now(b.Ref)
	if b.State != booking.Confirmed || b.SupplierID != lost.SupplierID || b.AgencyID != c.agent.AgencyID || b.Due() != lost.Due() || b.PaidBy != "" || b.Insured {
		t.Errorf("%+v", b)
	}
	if _, err := c.TakeOver(ctx, second, u.Handle, 2); !errors.Is(err, booking.ErrNotFound) {
		t.Errorf("twice: %v", err)
	}
	if _, err := c.cancel(b); !errors.Is(err, booking.ErrNotInsured) {
		t.Errorf("cancelled without the insurance: %v", err)
	}
	if b, err = c.resolve(c.desk, b, booking.FoundInsured); err != nil {
		t.Fatal(err)
	}
	if b, err = c.cancel(b); err != nil || b.State != booking.Cancelled {
		t.Errorf("%s, %v", b.State, err)
	}
	if problems := c.problems(); len(problems) > 0 {
		t.Errorf("verify: %v", problems)
	}
	c.reconcile()
}

// One that is not ours ends by the supplier's word, and is not asked about again;
// one whose id comes to a booking here is known.
func TestHowUnknownBookingsEnd(t *testing.T) {
	t.Parallel()
	c := newEnv(t)
	ctx := t.Context()
	second := c.person(postgres.NewAccounts(c.pool), "", account.CustomerService)
	foreign := c.paid("AA-001-AA")
	created, _, there := c.lostCreate("AA-002-AA")
	answered, attempt, late := c.lostCreate("AA-003-AA")
	billed := created
	billed.SupplierID, billed.SupplierRef, billed.Car.Plate = there.ID, there.Reference, "BB222BB"
	list := c.unknown(foreign)
	if _, _, err := c.compare(c.statement("id;ref;plate;from;to;amount\n"+billLine(foreign)+billLine(billed)+
		strings.Replace(billLine(billed), there.ID, late.ID, 1)), sixColumns); err != nil {
		t.Fatal(err)
	}
	if list, err := c.UnknownBookings(ctx, c.desk, 100); err != nil || len(list) != 3 {
		t.Fatalf("%+v, %v", list, err)
	}
	if err := c.Record(ctx, attempt.ID, booking.Answer{Outcome: booking.OutcomeOK, Created: late}); err != nil || c.now(answered.Ref).SupplierID != late.ID {
		t.Fatalf("a late answer: %v", err)
	}
	if list, err := c.UnknownBookings(ctx, c.desk, 100); err != nil || len(list) != 2 {
		t.Errorf("a late answer brought the id: %+v, %v", list, err)
	}
	if err := c.NotOurs(ctx, c.desk, list[0].Handle, 1, booking.Evidence{}); err == nil {
		t.Error("without the supplier's word")
	}
	if err := c.NotOurs(ctx, c.desk, list[0].Handle, 1, proof); err != nil {
		t.Fatal(err)
	}
	e := proof
	e.SupplierID = there.ID
	for _, who := range []account.Actor{c.desk, second} {
		_, err := c.Resolve(ctx, who, booking.ResolveRequest{Ref: created.Ref, Version: c.now(created.Ref).Version, Finding: booking.FoundPaid, Evidence: e})
		if err != nil && !errors.Is(err, booking.ErrSecondPerson) {
			t.Fatal(err)
		}
	}
	if list, err := c.UnknownBookings(ctx, c.desk, 100); err != nil || len(list) != 0 {
		t.Errorf("%+v, %v", list, err)
	}
	if _, err := c.Book(ctx, c.agent, c.request(c.quoted("AA-001-AA"))); err != nil {
		t.Errorf("the car of what is not ours: %v", err)
	}
}

// Without a restore nobody asks, and the database takes no booking that is paid at
// once except by two people.
func TestNothingIsTakenOverOtherwise(t *testing.T) {
	t.Parallel()
	c := newEnv(t)
	b := c.paid("AA-001-AA")
	c.lose(b)
	if _, _, err := c.compare(c.statement("id;ref;plate;from;to;amount\n"+billLine(b)), sixColumns); err != nil {
		t.Fatal(err)
	}
	if list, err := c.UnknownBookings(t.Context(), c.desk, 100); err != nil || len(list) != 0 {
		t.Errorf("%+v, %v", list, err)
	}
	err := c.store.InTx(t.Context(), func(tx booking.Tx) error {
		b.Ref, b.DraftID, b.SaleID, b.Version = booking.NewRef(), booking.NewRef(), booking.NewRef(), 1
		return tx.AddTakenOver(t.Context(), &b, booking.HistoryEntry{Event: booking.TakeOver, After: booking.Confirmed, At: time.Now()})
	})
	if !errors.Is(err, booking.ErrForbidden) {
		t.Errorf("%v", err)
	}
}

// Who travels in a booking that was taken over is forgotten with it, also where the
// supplier's line was kept.
func TestATakenOverTravellerIsForgotten(t *testing.T) {
	t.Parallel()
	c := newEnv(t)
	ctx := t.Context()
	second := c.person(postgres.NewAccounts(c.pool), "", account.CustomerService)
	list := c.unknown(c.paid("AA-001-AA", booking.CancellationInsurance), c.paid("AA-002-AA"))
	var lost booking.Booking
	for _, u := range list {
		lost.Stay, lost.Car.Plate = booking.Stay{ZoneCode: "CDG", FromWall: u.From, ToWall: u.To}, u.Plate
		if err := c.ProposeTakeOver(ctx, c.desk, u.Handle, 1, c.takeOver(lost)); err != nil {
			t.Fatal(err)
		}
	}
	b, err := c.TakeOver(ctx, second, list[0].Handle, 2)
	if err != nil {
		t.Fatal(err)
	}
	c.pass(time.Until(b.Stay.To.AddDate(0, booking.KeptMonths, 0)) + time.Hour - c.ahead)
	if _, err := c.EraseOld(ctx); err != nil { // statements have their own time
		t.Fatal(err)
	}
	var known, open string
	err = c.pool.QueryRow(ctx, `SELECT (SELECT plate FROM unknown_bookings WHERE supplier_id = $1), (SELECT plate FROM unknown_bookings WHERE ending = '')`,
		b.SupplierID).Scan(&known, &open)
	if err != nil || known != "" || open == "" {
		t.Errorf("the car is %q, that of the open one %q: %v", known, open, err)
	}
}

// What the supplier bills and credits is paid for nobody: it is taken over with the
// case that asks for the credit.
func TestWhatIsCreditedIsTakenOverWithItsCase(t *testing.T) {
	t.Parallel()
	c := newEnv(t)
	second := c.person(postgres.NewAccounts(c.pool), "", account.CustomerService)
	for plate, credit := range map[string]bool{"AA-001-AA": false, "AA-002-AA": true} {
		lost := c.paid(plate)
		c.lose(lost)
		c.restored()
		file := "id;ref;plate;from;to;amount\n" + billLine(lost)
		if credit {
			file += fmt.Sprintf("%s;;;;;-%d,%02d\n", lost.SupplierID, lost.Due().Cents/100, lost.Due().Cents%100)
		}
		if _, _, err := c.compare(c.statement(file), sixColumns); err != nil {
			t.Fatal(err)
		}
		list, err := c.UnknownBookings(t.Context(), c.desk, 100)
		if err != nil || len(list) != 1 {
			t.Fatalf("%+v, %v", list, err)
		}
		if err := c.ProposeTakeOver(t.Context(), c.desk, list[0].Handle, 1, c.takeOver(lost)); err != nil {
			t.Fatal(err)
		}
		b, err := c.TakeOver(t.Context(), second, list[0].Handle, 2)
		if err != nil {
			t.Fatal(err)
		}
		cases, err := c.Cases(t.Context(), b)
		if err != nil || len(cases) > 1 || (len(cases) == 1) != credit || credit && cases[0].Why != booking.CaseCredited {
			t.Errorf("credited %v: %+v, %v", credit, cases, err)
		}
	}
}

// A second person agrees to what they have read: not to what somebody has proposed
// since, whoever did.
func TestAgreementIsToTheProposalThatWasShown(t *testing.T) {
	t.Parallel()
	c := newEnv(t)
	ctx := t.Context()
	second := c.person(postgres.NewAccounts(c.pool), "", account.CustomerService)
	lost := c.paid("AA-001-AA")
	u := c.unknown(lost)[0]
	propose := func() booking.UnknownBooking {
		t.Helper()
		if err := c.ProposeTakeOver(ctx, c.desk, u.Handle, u.Version, c.takeOver(lost)); err != nil {
			t.Fatal(err)
		}
		now, err := c.UnknownBooking(ctx, second, u.Handle)
		return must(t, now, err)
	}
	unseen := u.Version
	u = propose()
	read := u.Version
	u = propose()
	for name, do := range map[string]func() error{
		"agree":     func() error { _, err := c.TakeOver(ctx, second, u.Handle, read); return err },
		"not ours":  func() error { return c.NotOurs(ctx, second, u.Handle, read, proof) },
		"unseen":    func() error { return c.NotOurs(ctx, second, u.Handle, unseen, proof) },
		"proposing": func() error { return c.ProposeTakeOver(ctx, second, u.Handle, read, c.takeOver(lost)) },
	} {
		if err := do(); !errors.Is(err, booking.ErrChanged) {
			t.Errorf("%s: %v", name, err)
		}
	}
	b, err := c.TakeOver(ctx, second, u.Handle, u.Version)
	if err != nil {
		t.Fatal(err)
	}
	u, err = c.UnknownBooking(ctx, second, u.Handle)
	if err != nil || u.Ending != "taken_over" || u.Ref != b.Ref || u.EndedBy == "" {
		t.Errorf("%+v, %v", u, err)
	}
}

// A statement by drop-off or return covers days after the restore of what was sold
// before it; one by payment does not.
func TestUnknownBookingsOfStatementsByStay(t *testing.T) {
	t.Parallel()
	c := newEnv(t)
	lost := map[statement.About]booking.Booking{}
	for i, about := range statement.AllAbout() {
		lost[about] = c.paid(fmt.Sprintf("AA-%03d-AA", i+1))
		c.lose(lost[about])
	}
	c.restored()
	c.pass(30 * 24 * time.Hour)
	for about, b := range lost {
		st, err := c.statements.Import(t.Context(), c.desk, statement.Upload{
			FileName: "stays.csv", File: strings.NewReader("id;ref;plate;from;to;amount\n" + billLine(b)), From: today(c).AddDate(0, 0, -9), To: today(c).AddDate(0, 0, 20), About: about,
		})
		if err != nil {
			t.Fatal(err)
		}
		before, err := c.UnknownBookings(t.Context(), c.desk, 100)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := c.compare(st, sixColumns); err != nil {
			t.Fatal(err)
		}
		list, err := c.UnknownBookings(t.Context(), c.desk, 100)
		if found := len(list) > len(before); err != nil || found != (about != statement.AboutPayments) {
			t.Errorf("%s: found %v, %v", about, found, err)
		}
	}
}

// Several lines of one unknown booking come to one amount, and a credit shows.
func TestTheNetOfAnUnknownBooking(t *testing.T) {
	t.Parallel()
	c := newEnv(t)
	c.restored()
	st := c.statement("id;amount;doc\nX-1;60,00;F1\nX-1;36,00;F2\nX-2;96,00;F3\nX-2;-96,00;A3\n")
	if _, _, err := c.compare(st, statement.Columns{"supplier_id": 0, "amount": 1, "document": 2}); err != nil {
		t.Fatal(err)
	}
	list, err := c.UnknownBookings(t.Context(), c.desk, 100)
	if err != nil || len(list) != 2 {
		t.Fatalf("%+v, %v", list, err)
	}
	net, certain := list[1].Net()
	if list[0].Amount.Cents != 96_00 || list[0].Credited() || list[1].Amount.Cents != 96_00 || !list[1].Credited() || net.Cents != 0 || !certain {
		t.Errorf("%+v", list)
	}
}
