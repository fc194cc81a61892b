package server

import (
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"guichet/internal/account"
	"guichet/internal/statement"
)

// traces are the canaries of a traveller that stand anywhere in the database, binary
// columns and the queue of jobs included, with the table.
func (p *portal) traces(t *testing.T) (found []string) {
	t.Helper()
	rows, err := p.pool.Query(t.Context(), `
		SELECT table_name, query_to_xml(format('SELECT t::text FROM %I t', table_name), true, false, '')::text
		FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	tables := 0
	for rows.Next() {
		var table, text string
		if err := rows.Scan(&table, &text); err != nil {
			t.Fatal(err)
		}
		tables++
		for _, name := range []string{"last name", "first name", "email", "phone", "plate", "flight", "make", "agency reference", "receipt"} {
			for _, shape := range shapes(canaries[name]) {
				if strings.Contains(text, shape) || strings.Contains(text, hex.EncodeToString([]byte(shape))) {
					found = append(found, table+": "+name)
					break
				}
			}
		}
	}
	if err := rows.Err(); err != nil || tables < 30 {
		t.Fatalf("%d tables, %v", tables, err)
	}
	return found
}

// uploaded is a file of the supplier's that nobody has compared yet.
func (p *portal) uploaded(t *testing.T, name, file string) {
	t.Helper()
	day := time.Now().UTC().Truncate(24 * time.Hour)
	_, err := p.statements.Import(t.Context(), account.Actor{UserID: p.people[account.CustomerService].ID, Role: account.CustomerService}, statement.Upload{
		FileName: name, From: day.AddDate(0, 0, -3), To: day, About: statement.AboutPayments, File: strings.NewReader(file),
	})
	if err != nil {
		t.Fatal(err)
	}
}

// What is erased on request is nowhere any more: not in what was begun and not sold,
// not in what agencies know, notes, statements that nobody could match and their names.
func TestErasureLeavesNoTrace(t *testing.T) {
	t.Parallel()
	p := newPortal(t)
	b, desk := p.as(t, account.Manager), p.as(t, account.CustomerService)
	p.runFlows(t, b, "cancellation_insurance")
	p.runFlows(t, b)
	var ref, id string
	if err := p.pool.QueryRow(t.Context(), `SELECT ref, supplier_id FROM bookings ORDER BY id LIMIT 1`).Scan(&ref, &id); err != nil {
		t.Fatal(err)
	}
	sale := "/bookings/" + ref
	b.send(b.read(sale), "add-note", "text", "Mme "+canaries["last name"]+" rappelle du "+canaries["phone"])
	begun := b.do(http.MethodPost, "/quotes", p.aStay()).location
	b.do(http.MethodPost, begun+"/customer", url.Values{
		"last_name": {strings.ToUpper(canaries["last name"])}, "first_name": {"Zephirine"}, "email": {canaries["email"]},
		"phone_country": {"FR"}, "phone": {"06 99 00 00 01"}, "language": {"fr"}, "plate": {"QZ-472-XJ"}, "make": {canaries["make"]}, "model": {"Clio"}, "color": {"bleue"},
	})
	desk.get("/bookings?" + url.Values{"q": {canaries["last name"]}}.Encode())
	p.billedAs(t, "facture "+strings.ToUpper(canaries["last name"])+".csv", fmt.Sprintf("id;amount;who\n%s;1,00;%s\nx-1;2,00;QUENNEVILLARD Zephirine\nx-2;3,00;%s\nx-3;4,00;qz 471 xj\nx-4;5,00;0033 1 99 00 47 11\nx-5;6,00;Quelqu’un d’autre\nx-6;7,00;QuennevillardZephirine\nx-7;8,00;zéphirineQUENNEVILLARD-2026\n",
		id, canaries["last name"], canaries["email"]), statement.Columns{"supplier_id": 0, "amount": 1})
	p.uploaded(t, "ZephirineQuennevillard.csv", "a;b\nx-8;9,00\n")
	p.uploaded(t, "Quennevillard_avril.csv", "a;b\nx-9;QZ 471 XJ\n")              // its only line goes by the plate
	p.uploaded(t, "avril.csv", "QUENNEVILLARD;Zéphirine\n"+id+";Quennevillard\n") // no titles, and not compared
	if _, err := p.pool.Exec(t.Context(), `UPDATE bookings SET from_at = from_at - interval '1 year', to_at = to_at - interval '1 year'`); err != nil {
		t.Fatal(err)
	}
	if before := p.traces(t); len(before) < 12 {
		t.Fatalf("too few to begin with: %v", before)
	}
	page := desk.read(sale + "/person")
	action, fields := page.form(t, "data-testid", "erase-person")
	if len(fields["pick"]) != 2 {
		t.Fatalf("ticked: %v", fields)
	}
	file := desk.get(sale + "/person.json?pick=" + ref)
	for _, part := range []string{"rappelle du", canaries["receipt"], `"SavedCustomers": [`, "Quasimobile", "QZ472XJ", "QuennevillardZephirine", "QUENNEVILLARD Zephirine", "qz 471 xj"} {
		if !strings.Contains(file.body, part) {
			t.Errorf("the export lacks %q", part)
		}
	}
	for _, list := range []string{"Notes", "SavedCustomers", "Quotes", "StatementLines"} {
		if strings.Contains(file.body, `"`+list+`": []`) {
			t.Errorf("the export has no %s", list)
		}
	}
	if strings.Contains(file.body, "Quelqu’un") {
		t.Error("the export holds a line of somebody else")
	}
	if a := desk.do(http.MethodPost, action, fields); a.location != sale {
		t.Fatalf("%d %s", a.status, a.text())
	}
	if left := p.traces(t); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
	var others int
	if err := p.pool.QueryRow(t.Context(), `SELECT count(*) FROM statement_lines WHERE cells <> '{}'`).Scan(&others); err != nil || others != 2 {
		t.Errorf("%d lines of others are left, want 2, %v", others, err)
	}
	if found := foundCanaries(p.log.String()); len(found) != 0 {
		t.Errorf("in the log: %v", found)
	}
}
