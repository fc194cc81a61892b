package e2e

import (
	"net/url"
	"strings"
	"time"

	"guichet/internal/booking"
	"guichet/internal/simulator"
)

// sight is one thing that a person can see in the portal.
type sight struct {
	name  string
	who   string // who looks at it
	reach func(v *visit)
}

// pages are all that there are, in every state that looks different. Those that
// move the clock come last.
var pages = []sight{
	{"sign-in", nobody, func(v *visit) { v.open("/sign-in") }},
	{"sign-in-ended", nobody, func(v *visit) { v.open("/sign-in?ended=1") }},
	{"welcome", nobody, func(v *visit) { v.open(v.invited()) }},
	{"welcome-refused", nobody, func(v *visit) {
		v.open(v.invited())
		v.submit("welcome", url.Values{"new_password": {"x"}})
	}},
	{"welcome-gone", nobody, func(v *visit) { v.open("/welcome/none") }},
	{"passkeys", agent, func(v *visit) { v.open("/profile/passkeys") }},
	{"alert", nobody, func(v *visit) { v.open(v.alerted()) }},
	{"alert-done", nobody, func(v *visit) {
		v.open(v.alerted())
		v.submit("end-all", nil)
	}},
	{"forgot", nobody, func(v *visit) { v.open("/forgot") }},
	{"forgot-refused", nobody, func(v *visit) {
		v.open("/forgot")
		v.submit("forgot", nil)
	}},
	{"forgot-sent", nobody, func(v *visit) { v.open("/forgot?sent=1") }},
	{"sign-in-chosen", nobody, func(v *visit) { v.open("/sign-in?chosen=1") }},
	{"sign-in-refused", nobody, func(v *visit) {
		v.open("/sign-in")
		v.submit("sign-in", url.Values{"email": {agent}, "password": {"x"}})
	}},
	{"quote-new", agent, func(v *visit) { v.open("/quotes/new") }},
	{"list-empty", stranger, func(v *visit) { v.open("/bookings") }},
	{"quote-new-refused", agent, func(v *visit) {
		v.open("/quotes/new")
		v.submit("quote", url.Values{"from_date": {"31/2"}, "from_time": {"25h"}, "outbound": {"?"}})
	}},
	{"quote", agent, func(v *visit) { v.open(v.agent.quoted()) }},
	{"quote-again", agent, func(v *visit) {
		v.open("/quotes/new?draft=" + strings.TrimPrefix(v.agent.filled("AB-101-CD"), "/quotes/"))
	}},
	{"quote-dates", agent, func(v *visit) { v.open(v.agent.quoted() + "/dates") }},
	{"quote-full-dates", agent, func(v *visit) {
		quote := v.agent.quoted()
		v.endless(simulator.Fault{Endpoint: simulator.EndpointQuotes, Kind: "unavailable"})
		v.open(quote + "/dates?by=shift")
		v.sim.ClearFaults()
	}},
	{"quote-full", agent, func(v *visit) {
		v.fault(simulator.Fault{Endpoint: simulator.EndpointQuotes, Kind: "unavailable"})
		v.open(v.agent.quoted())
	}},
	{"supplier-down", agent, func(v *visit) {
		v.open("/quotes/new")
		v.endless(simulator.Fault{Endpoint: simulator.EndpointQuotes, Kind: "drop_before"})
		v.submit("quote", v.aStay())
		v.sim.ClearFaults()
	}},
	{"customer", agent, func(v *visit) { v.open(v.agent.quoted() + "/customer") }},
	{"customer-refused", agent, func(v *visit) {
		v.open(v.agent.quoted() + "/customer")
		v.submit("customer", url.Values{"email": {"durand@gmial.com"}, "phone": {"06 12"}, "plate": {"?"}, "outbound": {"?"}})
	}},
	{"customer-warned", agent, func(v *visit) {
		v.open(v.agent.quoted() + "/customer")
		v.submit("customer", url.Values{"last_name": {"Durand"}, "phone": {"01 99 00 12 34"}, "email": {"durand@gmial.com"}, "plate": {"B-MW 123"}})
	}},
	{"quote-new-passed", agent, func(v *visit) {
		v.open("/quotes/new")
		v.submit("quote", url.Values{"zone": {"CDG"}, "from_date": {"auj"}, "from_time": {"0h"}, "to_date": {"+400"}, "to_time": {"10h"}})
	}},
	{"customer-overseas", agent, func(v *visit) {
		v.open(v.agent.quoted() + "/customer")
		v.submit("customer", url.Values{"phone": {"+33 692 11 22 33"}, "last_name": {strings.Repeat("Durand", 12)}, "plate": {"AB#123"}})
	}},
	{"check-doubted", agent, func(v *visit) {
		quote := v.agent.filled("B-NO 1234")
		v.sql(`UPDATE drafts SET content = jsonb_set(content, '{customer,email}', '"durand@gmial.com"') WHERE id = '` + strings.TrimPrefix(quote, "/quotes/") + `'`)
		v.open(quote + "/check")
	}},
	{"list-no-operator", agent, func(v *visit) { v.open("/bookings?q=foo:bar") }},
	{"check", agent, func(v *visit) { v.open(v.agent.filled("AB-102-CD") + "/check") }},
	{"check-insured", agent, func(v *visit) {
		v.open(v.agent.filled("AB-103-CD", booking.CancellationInsurance, "full_wash") + "/check")
	}},
	{"price-changed", agent, func(v *visit) {
		v.open(v.agent.filled("AB-104-CD") + "/check")
		v.fault(simulator.Fault{Endpoint: simulator.EndpointQuotes, Kind: "price_changed", Amount: 6_50})
		v.submit("check", url.Values{"pay_method": {"cash"}})
	}},
	{"same-plate", agent, func(v *visit) {
		v.agent.booked("AB-105-CD")
		v.open(v.agent.filled("AB-105-CD") + "/check")
		v.submit("check", url.Values{"pay_method": {"cash"}})
	}},
	{"customer-found", agent, func(v *visit) {
		v.open(v.agent.quoted() + "/customer")
		v.typing("#lookup", "hara")
		v.until(`document.querySelector("#found [role=option]")`)
	}},
	{"held", agent, func(v *visit) { v.open(v.agent.booked("AB-106-CD")) }},
	{"held-differs", agent, func(v *visit) {
		v.fault(simulator.Fault{Endpoint: simulator.EndpointCreate, Kind: "price_changed", Amount: 6_50})
		v.open(v.agent.booked("AB-107-CD"))
	}},
	{"held-pay-refused", agent, func(v *visit) {
		v.fault(simulator.Fault{Endpoint: simulator.EndpointPay, Kind: "validation_failed"})
		v.open(v.agent.paid("AB-108-CD"))
	}},
	{"pay", agent, func(v *visit) { v.open(v.agent.booked("AB-109-CD") + "/pay") }},
	{"pay-refused", agent, func(v *visit) {
		v.open(v.agent.booked("AB-110-CD") + "/pay")
		v.submit("pay", url.Values{"pay_method": {"x"}})
	}},
	{"pay-unknown", agent, func(v *visit) {
		v.fault(simulator.Fault{Endpoint: simulator.EndpointPay, Kind: "drop_after"})
		v.open(v.agent.paid("AB-111-CD"))
	}},
	{"create-unknown", agent, func(v *visit) {
		v.fault(simulator.Fault{Endpoint: simulator.EndpointCreate, Kind: "drop_after"})
		v.open(v.agent.booked("AB-112-CD"))
	}},
	{"refused", agent, func(v *visit) {
		v.fault(simulator.Fault{Endpoint: simulator.EndpointCreate, Kind: "validation_failed"})
		v.open(v.agent.booked("AB-113-CD"))
	}},
	{"drop", agent, func(v *visit) { v.open(v.agent.booked("AB-113-CE") + "/drop") }},
	{"dropped", agent, func(v *visit) {
		sale := v.agent.booked("AB-114-CD")
		v.agent.send(sale+"/drop", sale+"/drop", nil)
		v.open(sale)
	}},
	{"confirmed", agent, func(v *visit) { v.open(v.agent.paid("AB-115-CD")) }},
	{"confirmation", agent, func(v *visit) { v.open(v.agent.paid("AB-116-CD") + "/confirmation") }},
	{"voucher", agent, func(v *visit) { v.open(v.agent.paid("AB-117-CD") + "/voucher") }},
	{"cancel", agent, func(v *visit) { v.open(v.agent.paid("AB-118-CD") + "/cancel") }},
	{"cancel-refused", agent, func(v *visit) {
		v.open(v.agent.paid("AB-119-CD") + "/cancel")
		v.submit("cancel", nil)
	}},
	{"cancel-sure", agent, func(v *visit) {
		v.open(v.agent.paid("AB-120-CD") + "/cancel")
		v.submit("cancel", url.Values{"reason": {"plans"}, "agreed": {"1"}})
	}},
	{"cancel-not", agent, func(v *visit) { v.open(v.agent.booked("AB-121-CD") + "/cancel") }},
	{"cancelled", agent, func(v *visit) { v.open(v.agent.cancelled("AB-124-CD")) }},
	{"cancel-unknown", agent, func(v *visit) {
		v.fault(simulator.Fault{Endpoint: simulator.EndpointCancel, Kind: "drop_after"})
		v.open(v.agent.cancelled("AB-125-CD"))
	}},
	{"help", agent, func(v *visit) { v.open("/help") }},
	{"today", agent, func(v *visit) {
		v.agent.booked("AB-136-CD")
		v.open("/today?day=" + v.stored(v.agent.paid("AB-137-CD")).Stay.FromWall.Format(time.DateOnly))
	}},
	{"list", agent, func(v *visit) { v.open("/bookings") }},
	{"list-to-pay", agent, func(v *visit) { v.open("/bookings?view=to_pay") }},
	{"list-no-hit", agent, func(v *visit) { v.open("/bookings?q=zzz") }},
	{"list-of-all", desk, func(v *visit) { v.open("/bookings") }},
	{"list-filtered", desk, func(v *visit) {
		v.agent.booked("AB-130-CD")
		v.open("/bookings?q=hara&state=held&state=confirmed&zone=CDG&agency=TEST&insured=no&on=move&from=1/1/2026&least=1&most=9999&sort=-dropoff")
	}},
	{"list-refused", desk, func(v *visit) { v.open("/bookings?zone=XXX&from=soon&least=much") }},
	{"desk", desk, func(v *visit) { v.open("/desk") }},
	{"desk-found", desk, func(v *visit) {
		v.agent.paid("AB-131-CD")
		v.open("/desk?q=hara")
	}},
	{"desk-booking", desk, func(v *visit) { v.open(v.agent.paid("AB-132-CD")) }},
	{"queue", desk, func(v *visit) {
		v.fault(simulator.Fault{Endpoint: simulator.EndpointPay, Kind: "drop_after"})
		v.agent.paid("AB-133-CD")
		v.open("/desk/queue")
	}},
	{"case", desk, func(v *visit) {
		v.fault(simulator.Fault{Endpoint: simulator.EndpointPay, Kind: "drop_after"})
		sale := v.agent.paid("AB-134-CD")
		v.open(sale)
		v.submit("add-note", url.Values{"text": {"Rappelle à 17 h"}})
		v.open(sale + "/case")
		v.submit("resolve", nil)
	}},
	{"evidence", desk, func(v *visit) { v.open(v.agent.paid("AB-135-CD") + "/evidence") }},
	{"export", agent, func(v *visit) { v.open("/bookings/export?zone=CDG") }},
	{"export-refused", agent, func(v *visit) { v.open("/bookings/export?zone=XXX") }},
	{"figures", admin, func(v *visit) { v.open("/admin?period=7") }},
	{"figures-refused", admin, func(v *visit) { v.open("/admin?from=2026-07-04&to=2026-07-03") }},
	{"figures-empty", manager, func(v *visit) { v.open("/agency/figures?from=2020-01-01&to=2020-01-02") }},
	{"traveller", desk, func(v *visit) { v.open(v.agent.paid("AB-126-CD") + "/person") }},
	{"traveller-erased", desk, func(v *visit) {
		sale := v.agent.cancelled("AB-127-CD")
		v.open(sale + "/person")
		v.submit("erase-person", nil)
	}},
	{"statements-none", desk, func(v *visit) { v.open("/desk/statements") }},
	{"statements-refused", desk, func(v *visit) {
		v.open("/desk/statements")
		v.submit("statement", url.Values{"from": {"31/2"}, "about": {"x"}})
	}},
	{"statement-columns", desk, func(v *visit) { v.open(v.statement("a;R-1;AB-128-CD;4/7/2026;12/7/2026;12,00") + "/columns") }},
	{"statement-columns-refused", desk, func(v *visit) {
		v.open(v.statement("b;R-1;AB-128-CD;4/7/2026;12/7/2026;12,00") + "/columns")
		v.submit("columns", url.Values{"supplier_id": {""}, "supplier_ref": {""}, "plate": {""}, "amount": {""}})
	}},
	{"statement", desk, func(v *visit) {
		sale := v.stored(v.agent.paid("AB-128-CD"))
		v.open(v.statement(sale.SupplierID+";;;;;1,00", "none;;AB-129-CD;4/7/2026 06:05;;12,00", "c;;;;;?") + "/columns")
		v.submit("columns", nil)
	}},
	{"statements", admin, func(v *visit) { v.open("/desk/statements") }},
	{"profile", agent, func(v *visit) { v.open("/profile") }},
	{"password", agent, func(v *visit) { v.open("/profile/password") }},
	{"password-refused", agent, func(v *visit) {
		v.open("/profile/password")
		v.submit("password", nil)
	}},
	{"factor-none", agent, func(v *visit) { v.open("/second-factor") }},
	{"factor-new-refused", agent, func(v *visit) {
		v.open("/second-factor")
		v.submit("begin-factor", nil)
		v.submit("new-factor", url.Values{"code": {"1"}})
	}},
	{"sure", agent, func(v *visit) { v.open("/confirm-identity") }},
	{"factor-codes", stranger, func(v *visit) {
		v.enrol(stranger)
		v.open("/second-factor/codes")
	}},
	{"factor", stranger, func(v *visit) { v.open("/second-factor") }},
	{"code", nobody, func(v *visit) {
		v.open("/sign-in")
		v.submit("sign-in", url.Values{"email": {stranger}, "password": {password}})
	}},
	{"code-refused", nobody, func(v *visit) {
		v.open("/sign-in")
		v.submit("sign-in", url.Values{"email": {stranger}, "password": {password}})
		v.open("/sign-in/recovery")
		v.submit("code", nil)
	}},
	{"sessions", agent, func(v *visit) { v.open("/profile/sessions") }},
	{"forbidden", desk, func(v *visit) { v.open("/quotes/new") }},
	{"not-found", agent, func(v *visit) { v.open("/bookings/GU-7K2M-9QXD") }},
	{"not-found-signed-out", nobody, func(v *visit) { v.open("/nowhere") }},
	{"limited", agent, func(v *visit) {
		v.agent.quoted()
		v.sql(`UPDATE rate_limits SET hits = 1000`)
		v.open("/quotes/new")
		v.submit("quote", v.aStay())
		v.sql(`DELETE FROM rate_limits`)
	}},
	{"unexpected", agent, func(v *visit) {
		v.open("/quotes/new")
		v.sql(`ALTER TABLE rate_limits RENAME TO gone`)
		v.submit("quote", v.aStay())
		v.sql(`ALTER TABLE gone RENAME TO rate_limits`)
	}},
	{"held-too-late", agent, func(v *visit) {
		sale := v.agent.booked("AB-122-CD")
		v.later(59*time.Minute + 10*time.Second)
		v.open(sale)
	}},
	{"expired", agent, func(v *visit) {
		v.signIn() // the hour before has ended the session, or is about to
		sale := v.agent.booked("AB-123-CD")
		v.later(2 * time.Hour)
		if _, err := v.portal.Bookings.Expire(v.t.Context()); err != nil {
			v.t.Fatal(err)
		}
		v.signIn()
		v.open(sale)
	}},
	{"people", manager, func(v *visit) { v.open("/agency/users") }},
	{"people-invite-refused", manager, func(v *visit) {
		v.open("/agency/users/new")
		v.submit("invite", nil)
	}},
	{"people-self", manager, func(v *visit) { v.open(v.somebody("/agency/users", manager)) }},
	{"people-somebody", admin, func(v *visit) { v.open(v.somebody("/admin/users", stranger)) }},
	{"people-all", admin, func(v *visit) { v.open("/admin/users") }},
	{"agencies", admin, func(v *visit) { v.open("/admin/agencies") }},
	{"agency-new-refused", admin, func(v *visit) {
		v.open("/admin/agencies/new")
		v.submit("agency", url.Values{"name": {""}, "code": {"?"}, "timezone": {"Paris"}})
	}},
	{"agency", admin, func(v *visit) { v.open("/admin/agencies/OTHER") }},
	{"supplier", admin, func(v *visit) {
		v.open("/admin/supplier")
		v.submit("add-key", url.Values{"key": {"a-new-key-1234"}})
		v.open("/admin/supplier")
		v.submit("add-key", url.Values{"key": {simulator.DefaultKey}})
		v.submit("test-key", nil)
	}},
	{"supplier-zones", admin, func(v *visit) {
		v.sql(`UPDATE zones SET timezone = '' WHERE code IN ('ORY', 'LIS')`)
		v.sql(`UPDATE zone_refreshes SET waiting = true, failed_at = portal_now(), missing = (SELECT array_agg(supplier_id) FROM zones WHERE kind = 'station')`)
		v.open("/admin/supplier")
		v.submit("accept-zones", nil)
		v.sql(`UPDATE zones SET timezone = 'Europe/Paris' WHERE code = 'ORY'`)
		v.sql(`UPDATE zones SET timezone = 'Europe/Lisbon' WHERE code = 'LIS'`)
		v.sql(`UPDATE zone_refreshes SET waiting = false, failed_at = NULL, missing = '{}'`)
	}},
	{"supplier-timezone-refused", admin, func(v *visit) {
		v.sql(`UPDATE zones SET timezone = '' WHERE code = 'ORY'`)
		v.open("/admin/supplier")
		v.submit("set-timezone", url.Values{"timezone": {"Paris"}})
		v.sql(`UPDATE zones SET timezone = 'Europe/Paris' WHERE code = 'ORY'`)
	}},
	{"audit", admin, func(v *visit) { v.open("/admin/audit") }},
	{"audit-none", admin, func(v *visit) { v.open("/admin/audit?action=portal_reopened") }},
	{"people-invite", admin, func(v *visit) { v.open("/admin/users/new") }},
	{"frozen", agent, func(v *visit) {
		v.signIn()
		v.agent.booked("AB-160-CD")
		v.sql(`UPDATE portal_state SET frozen = true`)
		v.open("/bookings")
	}},
	{"frozen-admin", admin, func(v *visit) { v.open("/admin/frozen") }},
	{"frozen-admin-refused", admin, func(v *visit) {
		v.open("/admin/frozen")
		v.submit("unfreeze", nil)
	}},
	{"uncompared", agent, func(v *visit) {
		v.restored() // and everybody is signed out
		v.signIn()
		v.open(v.first("ref", `SELECT ref FROM bookings WHERE uncompared AND state = 'held' LIMIT 1`, "/bookings/"))
	}},
	{"frozen-restored", admin, func(v *visit) { v.open("/admin/frozen") }},
	{"uncompared-list", desk, func(v *visit) { v.open("/bookings?uncompared=1") }},
	{"uncompared-over", desk, func(v *visit) { v.open("/desk/uncompared") }},
	{"unknown-none", desk, func(v *visit) { v.open("/desk/unknown") }},
	{"unknown", desk, func(v *visit) {
		v.open(v.statement("elsewhere-1;R-9;AB-170-CD;4/7/2027 06:05;12/7/2027 18:00;96,00\n;R-10;AB-171-CD;4/7/2027 06:05;12/7/2027 18:00;80,00") + "/columns")
		v.submit("columns", nil)
		v.open("/desk/unknown")
	}},
	{"unnamed-refused", desk, func(v *visit) {
		v.open("/desk/unknown")
		v.submit("name", nil)
	}},
	{"unknown-refused", desk, func(v *visit) {
		v.open(v.first("handle", `SELECT handle FROM unknown_bookings LIMIT 1`, "/desk/unknown/"))
		v.submit("propose", nil)
	}},
}
