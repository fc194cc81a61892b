package server

import (
	"net/http"
	"strings"
	"testing"

	"guichet/internal/account"
)

// A frozen portal says so on every page, and an admin who compared the bookings
// reopens it.
func TestFrozenPortal(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	agent, admin := p.as(t, account.Agent), p.as(t, account.Admin)
	quote := agent.filled(p.aStay(), aCustomer("AA-001-AA"))
	if err := p.server.Bookings.Freeze(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/quotes/new", quote, quote + "/customer", quote + "/check", "/bookings", "/profile"} {
		if agent.read(path).find("data-testid", "frozen") == nil {
			t.Errorf("%s does not say that the portal is frozen", path)
		}
	}
	if p.nobody(t).read("/sign-in").find("data-testid", "frozen") == nil {
		t.Error("the sign-in page does not say it")
	}
	if a := agent.send(agent.read(quote+"/check"), "check", "pay_method", "cash"); a.status != http.StatusServiceUnavailable || len(p.sim.Ledger()) != 0 {
		t.Errorf("book: %d, %d bookings at the supplier", a.status, len(p.sim.Ledger()))
	}
	page := admin.read("/admin/frozen")
	if a := admin.send(page, "unfreeze"); a.status != http.StatusUnprocessableEntity {
		t.Errorf("without the tick: %d", a.status)
	}
	after := admin.follow(admin.send(page, "unfreeze", "compared", "1"))
	if after.find("data-testid", "frozen") != nil || !strings.Contains(after.text(), "open again") {
		t.Errorf("afterwards: %s", after.text())
	}
	agent.follow(agent.send(agent.read(quote+"/check"), "check", "pay_method", "cash"))
	if len(p.sim.Ledger()) != 1 {
		t.Error("nothing was booked after the portal reopened")
	}
}
