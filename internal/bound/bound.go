// Package bound is the one table of how much the portal takes in: what is longer,
// larger or more than that is refused before it reaches a parser, a hash or SQL.
//
// It must not know anything of ours.
package bound

import (
	"fmt"
	"strings"
)

// Sizes are in bytes, lengths of texts in characters.
const (
	Address   = 8 << 10 // parameters included
	Header    = 64 << 10
	Body      = 64 << 10
	Fields    = 500 // of a form
	Search    = 200
	Supplier  = 1 << 20 // an answer of the supplier's
	Email     = 254
	Name      = 60 // of a person or an agency
	Word      = 40 // make, model, colour, receipt, meeting point
	Reference = 80 // what others call something
	AgencyRef = 30
	Note      = 1000 // a note, a reason, evidence

	Picture       = 1 << 20
	PictureWidth  = 1200
	PictureHeight = 600
	PictureScans  = 20
	PictureStored = 512 << 10 // as PNG

	Statement        = 20 << 20
	StatementFields  = 20 // sent along with it
	StatementField   = 4 << 10
	StatementName    = 120
	StatementLines   = 200_000
	StatementColumns = 100
	StatementCell    = 1000
	StatementRecord  = 16 << 10

	Uploads = 2 // files that a node takes at a time; one of each person
	Exports = 2 // files that a node writes at a time
)

// Bound is a line of the table.
type Bound struct {
	What   string
	Most   string
	Answer string // to what is more
}

// Table lists the bounds for those who run the portal.
func Table() []Bound {
	const beside, tooBig = "422, beside the field", "413"
	return []Bound{
		{"address, parameters included", size(Address), "414"},
		{"headers", size(Header), "431, by net/http"},
		{"form", size(Body) + ", " + count(Fields) + " fields", tooBig},
		{"search text", characters(Search), beside},
		{"filter value", "those that the portal offers, each once", "left out, or 422 beside the field"},
		{"e-mail address", characters(Email), beside},
		{"name of a person or an agency", characters(Name), beside},
		{"make, model, colour, receipt", characters(Word), beside},
		{"name of somebody who answered, the supplier's reference", characters(Reference), beside},
		{"agency's own reference", characters(AgencyRef), beside},
		{"note, reason, evidence", characters(Note), beside},
		{"picture", fmt.Sprintf("%s, %d × %d pixels, %d scans, %s as PNG", size(Picture), PictureWidth, PictureHeight, PictureScans, size(PictureStored)), "413, or " + beside},
		{"supplier's statement", size(Statement), "413, beside the field"},
		{"its lines, columns, cells", fmt.Sprintf("%s lines of %s, %d columns, %s a cell", count(StatementLines), size(StatementRecord), StatementColumns, characters(StatementCell)), beside},
		{"name of its file", characters(StatementName), "cut"},
		{"uploads and comparisons at a time", fmt.Sprintf("one of each person, %d in all (each node)", Uploads), "429"},
		{"exports at a time", fmt.Sprintf("%d (each node)", Exports), "429"},
		{"answer of the supplier's", size(Supplier), "as none"},
	}
}

// Markdown is the table as documents print it.
func Markdown() string {
	var b strings.Builder
	b.WriteString("| what | at most | more is answered |\n|---|---|---|\n")
	for _, x := range Table() {
		fmt.Fprintf(&b, "| %s | %s | %s |\n", x.What, x.Most, x.Answer)
	}
	return b.String()
}

func size(n int) string {
	if n%(1<<20) == 0 {
		return fmt.Sprintf("%d MiB", n>>20)
	}
	return fmt.Sprintf("%d KiB", n>>10)
}

func characters(n int) string { return count(n) + " characters" }

func count(n int) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%s,%03d", count(n/1000), n%1000)
}
