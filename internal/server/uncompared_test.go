package server

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"guichet/internal/account"
	"guichet/internal/booking"
	"guichet/internal/locale"
	"guichet/internal/restore"
)

// Bookings that were over before a restore stand in the queue as one line, and end
// together by the supplier's word: with evidence, after the fence, as they were shown.
func TestWhatWasOverBeforeARestore(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	agent := p.as(t, account.Agent)
	held, one, two := p.booked(agent, "AB-123-CD"), p.booked(agent, "EF-456-GH"), p.booked(agent, "IJ-789-KL")
	paid := p.booked(agent, "MN-012-OP")
	agent.follow(agent.send(agent.read(paid+"/pay"), "pay", "pay_method", "cash"))
	for _, sale := range []string{one, two} {
		agent.press(agent.read(sale+"/drop"), sale+"/drop")
	}
	p.restored(t)
	desk, admin := p.as(t, account.CustomerService), p.as(t, account.Admin)
	if desk.read("/desk/queue").find("data-testid", "over-uncompared") == nil {
		t.Error("the queue does not say it")
	}
	open, _, err := p.bookings.QueueCount(t.Context(), account.Actor{Role: account.CustomerService})
	if err != nil || open != 2 {
		t.Errorf("%d in the queue, want the held booking and the line, %v", open, err)
	}
	for _, to := range []string{"/bookings?state=held&uncompared=1", "/desk/uncompared", "/desk/unknown", "/desk/queue"} {
		if page := admin.read("/admin/frozen"); page.find("href", to) == nil {
			t.Errorf("nothing leads to %s", to)
		}
	}
	list := admin.read("/bookings?uncompared=1")
	if n := textOf(list.find("data-testid", "count")); !strings.HasPrefix(n, "3 ") || !strings.Contains(list.text(), locale.EN.T("filter.uncompared")) {
		t.Errorf("the list: %s", n)
	}
	page := desk.read("/desk/uncompared")
	if len(all(page, "data-testid", "over")) != 2 || page.find("data-testid", "as-they-stand") != nil {
		t.Errorf("before the fence: %s", page.text())
	}
	if admin.read("/desk/uncompared").find("data-testid", "as-they-stand") != nil {
		t.Error("an admin may record it")
	}
	p.endsTogether(t, held)
}

func (p *portal) endsTogether(t *testing.T, held string) {
	t.Helper()
	p.moveClock(t, 3*time.Hour)
	desk := p.as(t, account.CustomerService)
	page := desk.read("/desk/uncompared")
	boxes := all(page, "name", "booking")
	if len(boxes) != 2 {
		t.Fatalf("%d boxes", len(boxes))
	}
	first, second := attr(boxes[0], "value"), attr(boxes[1], "value")
	word := []string{"channel", "phone", "person", "Ana", "text", "As you say."}
	for why, sent := range map[string][]string{"none chosen": word, "no evidence": {"booking", first}} {
		if a := desk.send(page, "as-they-stand", sent...); a.status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", why, a.status)
		}
	}
	desk.follow(desk.send(page, "as-they-stand", append(word, "booking", first)...)).says(t, "1 booking compared")
	if b := p.stored(t, "/bookings/"+first[:strings.IndexByte(first, '.')]); b.Uncompared || b.State != booking.Dropped {
		t.Errorf("%s, uncompared %v", b.State, b.Uncompared)
	}
	both := url.Values{"booking": {first, second}, "channel": {"phone"}, "person": {"Ana"}, "text": {"As you say."}}
	desk.follow(desk.do(http.MethodPost, "/desk/uncompared", both)).says(t, "1 of 2 compared")
	if desk.read("/desk/queue").find("data-testid", "over-uncompared") != nil || len(all(desk.read("/desk/uncompared"), "data-testid", "over")) != 0 {
		t.Error("it does not end")
	}
	desk.send(page, "as-they-stand", append(word, "booking", strings.TrimPrefix(held, "/bookings/")+".2")...)
	if b := p.stored(t, held); !b.Uncompared {
		t.Error("a held booking is compared by the list of those that are over")
	}
}

// What an admin had taken away and a restore gave back waits on the admin's page,
// until somebody else than the person concerned ends it.
func TestWhatARestoreGaveBack(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	p.restored(t)
	admin := p.as(t, account.Admin)
	admin.read("/admin/frozen").says(t, "the portal has no log from before this restore")
	lost := func(kind restore.Removed, of account.Role) {
		if _, err := p.pool.Exec(t.Context(), `
			INSERT INTO removals (id, kind, subject, restore_id) SELECT $1, $1, u.handle, r.id FROM users u, restores r WHERE u.id = $2`, kind, p.people[of].ID); err != nil {
			t.Fatal(err)
		}
	}
	lost(restore.PasswordChanged, account.Agent)
	lost(restore.RoleChanged, account.Admin)
	p.restored(t) // said again: what is open stays
	admin = p.as(t, account.Admin)
	page := admin.read("/admin/frozen")
	for kind, status := range map[restore.Removed]string{restore.PasswordChanged: "under your name", restore.RoleChanged: "another administrator"} {
		admin.follow(admin.post("/admin/frozen/removals", "removal", string(kind), "ending", "dismissed")).says(t, status)
	}
	if n := len(all(page, "data-testid", "end-removal")); n != 2 {
		t.Errorf("%d wait", n)
	}
	if n := len(all(admin.read("/admin/frozen"), "data-testid", "end-removal")); n != 1 {
		t.Errorf("%d wait afterwards", n)
	}
	for _, sent := range [][]string{{"removal", string(restore.PasswordChanged), "ending", "redone"}, {"removal", "none", "ending", "redone"}, {"removal", string(restore.RoleChanged), "ending", "repeated"}} {
		if a := admin.post("/admin/frozen/removals", sent...); a.status < 400 {
			t.Errorf("%v: %d", sent, a.status)
		}
	}
}

// all are the elements of a page with an attribute of that value.
func all(a *answer, name, value string) (list []*html.Node) {
	for n := range a.doc.Descendants() {
		if n.Type == html.ElementNode && attr(n, name) == value {
			list = append(list, n)
		}
	}
	return list
}
