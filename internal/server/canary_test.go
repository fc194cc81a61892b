package server

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"guichet/internal/account"
	"guichet/internal/server/site"
	"guichet/internal/simulator"
)

// canaries are what no log may hold: each is found nowhere else.
var canaries = map[string]string{
	"last name": "Quennevillard", "first name": "Zéphirine", "email": "zq.canary@example.test", "phone": "01 99 00 47 11",
	"plate": "QZ-471-XJ", "flight": "XQ4711", "make": "Quasimobile", "agency reference": "CANARY-4711", "receipt": "T-QZ4711",
	"right password": testPassword, "wrong password": "quatre canaris jaunes", "new password": "cinq canaris verts ici",
	"address": "canary.unknown@example.test", "search": "Quennevil", "colleague": "Canariella Unbekannt", "colleague's address": "canariella@example.test",
	"reason": "canary feathers", "supplier key": simulator.DefaultKey, "pasted key": "canary-key-4711-zq", "recovery code": "CANA-RYCA-NARY-CANA-RYCA-NARY",
}

// shapes are the ways in which a text may stand in a log.
func shapes(text string) []string {
	quoted, err := json.Marshal(text)
	if err != nil {
		panic(err) // a string can be written
	}
	list := []string{
		text, strings.ToLower(text), strings.ToUpper(text), url.QueryEscape(text), url.PathEscape(text),
		strings.Trim(string(quoted), `"`), base64.StdEncoding.EncodeToString([]byte(text)), base64.RawURLEncoding.EncodeToString([]byte(text)),
		strings.NewReplacer("-", "", " ", "").Replace(text),
	}
	if digits, isPhone := strings.CutPrefix(strings.ReplaceAll(text, " ", ""), "0"); isPhone {
		list = append(list, digits, "+33"+digits)
	}
	return list
}

// foundCanaries lists the canaries that a text holds.
func foundCanaries(text string, more ...string) (found []string) {
	for name, canary := range canaries {
		for _, shape := range shapes(canary) {
			if strings.Contains(text, shape) {
				found = append(found, name)
				break
			}
		}
	}
	for _, secret := range more {
		if strings.Contains(text, secret) {
			found = append(found, secret)
		}
	}
	return found
}

// runFlows runs the flows of a sale with the canaries, as far as they go: what
// goes wrong in between is the point of it.
func (p *portal) runFlows(t *testing.T, b *browser, services ...string) {
	t.Helper()
	if _, err := p.pool.Exec(t.Context(), `DELETE FROM rate_limits`); err != nil {
		t.Fatal(err)
	}
	customer := url.Values{
		"last_name": {canaries["last name"]}, "first_name": {canaries["first name"]}, "email": {canaries["email"]},
		"phone_country": {"FR"}, "phone": {canaries["phone"]}, "language": {"fr"}, "plate": {canaries["plate"]},
		"make": {canaries["make"]}, "model": {"Clio"}, "color": {"bleue"}, "agency_ref": {canaries["agency reference"]},
		"outbound": {canaries["flight"]}, "return": {canaries["flight"]},
	}
	quote := b.do(http.MethodPost, "/quotes", p.aStay()).location
	if !strings.HasPrefix(quote, "/quotes/") {
		return
	}
	b.do(http.MethodPost, quote+"/services", url.Values{"service": services})
	b.do(http.MethodPost, quote+"/customer", customer)
	check := b.get(quote + "/check")
	if check.find("data-testid", "check") == nil {
		return
	}
	sale := b.send(check, "check", "pay_method", "cash", "same_plate", "1").location
	if !strings.HasPrefix(sale, "/bookings/") {
		return
	}
	if pay := b.get(sale + "/pay"); pay.find("data-testid", "pay") != nil {
		b.send(pay, "pay", "pay_method", "cash", "receipt", canaries["receipt"])
	}
	if cancel := b.get(sale + "/cancel"); cancel.find("data-testid", "cancel") != nil {
		b.send(cancel, "cancel", "reason", canaries["reason"], "agreed", "1") // none of the codes
		asked := b.send(cancel, "cancel", "reason", "plans", "agreed", "1")
		if sure := b.follow(asked); sure.find("data-testid", "sure") != nil {
			b.send(sure, "sure")
		}
	}
	b.get(sale)
}

// signs goes through everything about people and keys with canaries.
func (p *portal) signs(t *testing.T) (secrets []string) {
	t.Helper()
	b := p.nobody(t)
	b.post("/sign-in", "email", "agent@test.test", "password", canaries["wrong password"])
	b.post("/sign-in", "email", canaries["address"], "password", canaries["wrong password"])
	b.post("/forgot", "email", canaries["address"])
	link := p.invited(t, account.Agent)
	b.get(link)
	b.post(link, "new_password", canaries["new password"])
	b.post(link, "new_password", canaries["new password"])
	b.post("/sign-in", "email", "agent@test.test", "password", canaries["new password"])
	x, codes := p.enrolled(t, b)
	b.post("/profile/password", "current_password", canaries["new password"], "new_password", canaries["right password"])
	b.post("/sign-out")
	b.post("/sign-in", "email", "agent@test.test", "password", canaries["right password"])
	b.post("/sign-in/code", "code", "471147")
	b.post("/sign-in/recovery", "code", canaries["recovery code"])
	b.post("/sign-in/recovery", "code", codes[0])
	b.get("/bookings?" + url.Values{"q": {canaries["search"]}}.Encode())
	b.get("/nothing/" + url.PathEscape(canaries["last name"]))
	p.moveClock(t, 2*time.Hour)
	b.post("/profile", "language", canaries["last name"]) // kept until the person is back
	p.moveClock(t, 0)
	m, a := p.as(t, account.Manager), p.as(t, account.Admin)
	m.post("/agency/users", "email", canaries["colleague's address"], "name", canaries["colleague"], "role", "agent")
	a.post("/admin/supplier/keys", "key", canaries["pasted key"])
	page := a.get("/admin/supplier")
	a.pressIn(page.cards()[0], "test-key")
	a.get("/admin/audit?" + url.Values{"who": {canaries["colleague"]}}.Encode())
	return append(codes, x.secret, strings.TrimPrefix(link, "/welcome/"), b.cookie("guichet"), m.cookie("guichet"), a.cookie("guichet"), b.cookie(site.KnownCookie))
}

// sells goes through a sale in an agency of its own, which may cancel, while the
// supplier's endpoint goes wrong once in one way. It returns what opens the
// session; nothing when the kind makes no sense there.
func (p *portal) sells(t *testing.T, endpoint, kind, code string) (session string) {
	t.Helper()
	f := simulator.Fault{
		Endpoint: endpoint, Kind: kind, Count: 1, Latency: time.Millisecond, Amount: 6_50, Skew: time.Minute,
		Delay: time.Second, Service: "full_wash", Location: p.there.URL,
	}
	if p.sim.SetFault(f) != nil {
		return ""
	}
	agency := p.addAgency(t, code, "Agence")
	if _, err := p.pool.Exec(t.Context(), `UPDATE agencies SET agents_may_cancel = true WHERE id = $1`, agency.ID); err != nil {
		t.Fatal(err)
	}
	b := p.asPerson(t, p.addPerson(t, account.User{Email: code + "@test.test", Name: "Camille", Role: account.Agent, AgencyID: agency.ID}))
	if endpoint == simulator.EndpointZones {
		for range 4 { // one may fail; the good ones after it keep the breaker closed
			_ = p.bookings.RefreshZones(t.Context(), false) // what comes of it is not the question
		}
	}
	p.runFlows(t, b, "cancellation_insurance", "full_wash")
	if len(p.sim.Faults()) != 0 {
		t.Errorf("no call met %s at %s", kind, endpoint)
	}
	p.sim.ClearFaults()
	return b.cookie("guichet")
}

// Nothing that belongs to a person, and no secret, is in the log at its most
// talkative, whatever the supplier does; nor in what is kept of calls and deeds.
func TestTheLogHoldsNobody(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	var secrets []string
	for i, endpoint := range []string{simulator.EndpointZones, simulator.EndpointQuotes, simulator.EndpointCreate, simulator.EndpointPay, simulator.EndpointCancel} {
		for j, kind := range simulator.Kinds() {
			if session := p.sells(t, endpoint, kind, fmt.Sprintf("c%dx%d", i, j)); session != "" {
				secrets = append(secrets, session)
			}
		}
	}
	faults := len(secrets)
	secrets = append(secrets, p.signs(t)...)
	if found := foundCanaries(p.log.String(), secrets...); len(found) != 0 {
		t.Errorf("in the log: %v", found)
	}
	p.keepsNobody(t, secrets)
	var holders int
	const look = `SELECT count(*) FROM bookings WHERE last_name = $1`
	if err := p.pool.QueryRow(t.Context(), look, canaries["last name"]).Scan(&holders); err != nil || holders < 100 || faults < 100 {
		t.Errorf("%d faults gave %d bookings with canaries in them (%v)", faults, holders, err)
	}
	t.Logf("%d faults, %d bookings, %d cancellations, %d bytes of log", faults, holders, p.called(simulator.EndpointCancel), len(p.log.String()))
}

// keepsNobody looks through the tables that hold codes, ids and masked bodies
// only. What the supplier really received shows what a body without its mask
// would give away.
func (p *portal) keepsNobody(t *testing.T, secrets []string) {
	t.Helper()
	var bodies strings.Builder
	for _, c := range p.sim.Calls() {
		bodies.WriteString(c.Body)
	}
	unmasked := fmt.Sprint(foundCanaries(bodies.String()))
	for _, name := range []string{"last name", "first name", "email", "phone", "plate"} {
		if !strings.Contains(unmasked, name) {
			t.Errorf("the %s was not heard in what was sent, only %s", name, unmasked)
		}
	}
	for _, table := range []string{"attempts", "audit", "booking_events", "cases", "rate_limits", "river_job"} {
		var rows int
		var text string
		query := `SELECT count(*), coalesce(string_agg(t::text, ' '), '') FROM ` + table + ` t`
		if err := p.pool.QueryRow(t.Context(), query).Scan(&rows, &text); err != nil || rows == 0 {
			t.Fatalf("%s: %d rows, %v", table, rows, err)
		}
		found := slices.DeleteFunc(foundCanaries(text, secrets...), func(name string) bool {
			return table == "attempts" && (name == "make" || name == "flight") // about the stay, and kept on purpose
		})
		if len(found) != 0 {
			t.Errorf("in %s: %v", table, found)
		}
	}
}

// The finder finds: a line that gives a form away, as one without care would, is
// heard at once.
func TestAPlantedCanaryIsHeard(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	leaky := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil {
			t.Error(err)
		}
		p.server.Log.Debug("form", slog.Any("fields", r.PostForm), slog.String("uri", r.RequestURI))
		p.routes.ServeHTTP(w, r)
	}))
	t.Cleanup(leaky.Close)
	b := p.as(t, account.Agent)
	cookie := b.cookie("guichet")
	b.url = leaky.URL
	b.setCookie("guichet", cookie)
	p.runFlows(t, b, "cancellation_insurance")
	b.post("/sign-in", "email", "agent@test.test", "password", canaries["right password"])
	b.get("/bookings?" + url.Values{"q": {canaries["search"]}}.Encode())
	found := foundCanaries(p.log.String())
	for _, name := range []string{"last name", "first name", "email", "phone", "plate", "flight", "make", "agency reference", "receipt", "right password", "search"} {
		if !strings.Contains(fmt.Sprint(found), name) {
			t.Errorf("the %s was not heard among %v", name, found)
		}
	}
}
