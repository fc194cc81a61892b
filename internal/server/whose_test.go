package server

import (
	"strings"
	"testing"

	"guichet/internal/account"
	"guichet/internal/booking"
	"guichet/internal/dbtest"
	"guichet/internal/locale"
	"guichet/web/ui"
)

// Every page that changes a booking says at its top whose it is.
func TestWhoseBookingItIs(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b, desk := p.as(t, account.Agent), p.as(t, account.CustomerService)
	held, paid := p.booked(b, "AB-741-CD"), p.booked(b, "AB-742-CD", "cancellation_insurance")
	b.pay(paid)
	says := func(a *answer, what, plate string) {
		t.Helper()
		whose := a.find("data-testid", "whose")
		if whose == nil {
			t.Errorf("%s: nobody is named", what)
			return
		}
		for _, part := range []string{"O’Hara-Lévy", plate, "Paris Charles de Gaulle", "06:05", "22:40", "+33 1 99 00 12 34"} {
			if !strings.Contains(textOf(whose), part) {
				t.Errorf("%s does not say %q: %s", what, part, textOf(whose))
			}
		}
	}
	says(b.read(held), "the booking", "AB-741-CD")
	pay := b.read(held + "/pay")
	says(pay, "pay", "AB-741-CD")
	if _, fields := pay.form(t, "data-testid", "pay"); fields.Has("pay_method") {
		t.Errorf("a method is chosen before anybody did: %v", fields)
	}
	says(b.read(held+"/drop"), "giving up", "AB-741-CD")
	if a := b.get(paid + "/drop"); a.location != paid {
		t.Errorf("giving up what is paid: %d to %q", a.status, a.location)
	}
	disputed := p.booked(b, "AB-744-CD")
	p.openCase(t, p.stored(t, disputed).ID, booking.CaseStatementBilled)
	if a := b.get(disputed + "/drop"); a.location != disputed {
		t.Errorf("giving up what the supplier bills: %d to %q", a.status, a.location)
	}
	says(b.read(paid+"/confirmation"), "the confirmation", "AB-742-CD")
	says(desk.read(paid+"/case"), "the case", "AB-742-CD")
	cancel := desk.read(paid + "/cancel")
	says(cancel, "cancel", "AB-742-CD")
	says(desk.follow(desk.send(cancel, "cancel", "reason", "plans", "agreed", "1")), "the last question", "AB-742-CD")
}

// A customer is told the reference that the supplier's people know; ours is the
// agency's file.
func TestTheCustomersReferenceIsTheSuppliers(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.as(t, account.Agent)
	sale := p.booked(b, "AB-743-CD")
	b.pay(sale)
	ref := p.sim.Ledger()[0].Reference // which this profile does not answer
	if got := textOf(b.read(sale+"/voucher").find("data-testid", "customer-reference")); got != p.stored(t, sale).SupplierID {
		t.Errorf("without a reference the voucher says %q", got)
	}
	dbtest.ByHand(t, p.pool, `UPDATE bookings SET supplier_ref = $1`, ref)
	confirmation, voucher := b.read(sale+"/confirmation"), b.read(sale+"/voucher")
	for name, a := range map[string]*answer{"the confirmation": confirmation, "the voucher": voucher} {
		big := a.find("data-testid", "customer-reference")
		if textOf(big) != ref || !strings.Contains(attr(big, "class"), "big") || !strings.Contains(a.text(), locale.FR.T("booking.next.show", "Ref", ref)) && !strings.Contains(a.text(), locale.EN.T("booking.next.show", "Ref", ref)) {
			t.Errorf("%s says %q, want %q", name, textOf(big), ref)
		}
		if !strings.Contains(a.text(), strings.TrimPrefix(sale, "/bookings/")) {
			t.Errorf("%s does not say the agency's file", name)
		}
	}
	if said := textOf(confirmation.find("id", "sentence")); !strings.Contains(said, ui.Spelled(ref)) {
		t.Errorf("read aloud: %s", said)
	}
}
