package bound

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// The operators' document prints the table as it is.
func TestTheTableIsPrinted(t *testing.T) {
	t.Parallel()
	document, err := os.ReadFile("../../tools/ops/bounds.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(document), "\n"+markdown()) {
		t.Errorf("tools/ops/bounds.md does not hold:\n%s", markdown())
	}
}

// row is a line of the table.
type row struct {
	What   string
	Most   string
	Answer string // to what is more
}

// table lists the bounds for those who run the portal.
func table() []row {
	const beside, tooBig = "422, beside the field", "413"
	return []row{
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

// markdown is the table as documents print it.
func markdown() string {
	var b strings.Builder
	b.WriteString("| what | at most | more is answered |\n|---|---|---|\n")
	for _, x := range table() {
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
