package server

import (
	"net/http"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"guichet/internal/account"
	"guichet/internal/simulator"
)

// twinZones gives Lyon’s airport the code of Roissy’s, and returns the ids of both.
func (p *portal) twinZones(t *testing.T) (cdg, lys string) {
	t.Helper()
	const id = `SELECT supplier_id FROM zones WHERE code = $1`
	for code, to := range map[string]*string{"CDG": &cdg, "LYS": &lys} {
		if err := p.pool.QueryRow(t.Context(), id, code).Scan(to); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := p.pool.Exec(t.Context(), `UPDATE zones SET code = 'CDG' WHERE code = 'LYS'`); err != nil {
		t.Fatal(err)
	}
	return cdg, lys
}

// options are the texts of a page's options by their values, those of a shared
// value joined.
func (a *answer) options(name string) map[string]string {
	all := map[string]string{}
	for n := range a.doc.Descendants() {
		if n.Type == html.ElementNode && n.Data == "option" && attr(selectOf(n), "name") == name {
			all[attr(n, "value")] += textOf(n) + ";"
		}
	}
	return all
}

func (p *portal) lastQuote() string {
	uri := ""
	for _, c := range p.sim.Calls() {
		if c.Endpoint == simulator.EndpointQuotes {
			uri = c.URI
		}
	}
	return uri
}

func TestTwoZonesWithOneCode(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b := p.as(t, account.Agent)
	if _, err := p.pool.Exec(t.Context(), `UPDATE users SET default_zone = 'CDG'`); err != nil {
		t.Fatal(err)
	}
	cdg, lys := p.twinZones(t)
	page := b.get("/quotes/new")
	offered := page.options("zone")
	one, other := offered["CDG/"+cdg], offered["CDG/"+lys]
	if one == "" || other == "" || one == other || strings.Count(one, ";") != 1 || offered["CDG"] != "" {
		t.Fatalf("offered: %q and %q, by the code %q", one, other, offered["CDG"])
	}
	if n := page.find("selected", ""); n != nil {
		t.Errorf("the default that two have chose %q", textOf(n))
	}
	for name, sent := range map[string][]string{"the code": {"zone", "CDG"}, "what was typed": {"zone", "", "zone_text", "cdg"}} {
		t.Run(name, func(t *testing.T) {
			stay := with(p.aStay(), sent...)
			got := b.do(http.MethodPost, "/quotes", stay)
			stay.Del("zone") // the script shows what was typed
			stay.Del("zone_text")
			got.refused(t, refusal{field: "zone", key: "problem.zone.ambiguous", args: []any{"Code", "CDG"}}, stay)
			if got.find("data-typed", sent[len(sent)-1]) == nil {
				t.Error("what was typed is lost")
			}
		})
	}
	for _, zone := range []string{"CDG/" + lys, lys} {
		made := b.do(http.MethodPost, "/quotes", with(p.aStay(), "zone", zone))
		if made.status != http.StatusSeeOther || !strings.Contains(p.lastQuote()+"&", "zone_id="+lys+"&") {
			t.Fatalf("%s: %d, the supplier was asked %q", zone, made.status, p.lastQuote())
		}
		draft := strings.TrimPrefix(made.location, "/quotes/")
		if text := b.get(made.location).text(); !strings.Contains(text, "Lyon") {
			t.Errorf("%s: the quote is not Lyon's", zone)
		}
		if got := attr(b.get("/quotes/new?draft="+draft).find("selected", ""), "value"); got != "CDG/"+lys {
			t.Errorf("%s: a new quote from it begins at %q", zone, got)
		}
	}
	b.post("/profile", "language", "en", "theme", "dark", "zone", "CDG/"+cdg)
	if got := attr(b.get("/quotes/new").find("selected", ""), "value"); got != "CDG/"+cdg {
		t.Errorf("a quote begins at %q", got)
	}
	if list := b.get("/bookings").options("zone"); strings.Count(list["CDG"], ";") != 1 || !strings.Contains(list["CDG"], "Lyon") {
		t.Errorf("the list is filtered by %q", list["CDG"])
	}
}

// Where code, name, city and kind are the same, the supplier's id tells zones apart.
func TestTwoZonesThatLookTheSame(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	cdg, lys := p.twinZones(t)
	_, err := p.pool.Exec(t.Context(), `
		UPDATE zones SET (name, city, kind) = (SELECT name, city, kind FROM zones WHERE supplier_id = $1) WHERE supplier_id = $2`, cdg, lys)
	if err != nil {
		t.Fatal(err)
	}
	b := p.as(t, account.Agent)
	offered := b.get("/quotes/new").options("zone")
	if one, other := offered["CDG/"+cdg], offered["CDG/"+lys]; one == other || one == "" || !strings.Contains(other, lys) {
		t.Errorf("%q and %q", one, other)
	}
}
