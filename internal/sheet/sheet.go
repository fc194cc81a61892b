// Package sheet writes tables as files that other programs read: XLSX with typed
// cells, CSV as a French Excel opens it, and CSV for machines. Rows are written
// as they come: however many there are, they take the same memory.
//
// It knows nothing of what stands in the cells, and no language.
package sheet

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// Format is a kind of file.
type Format string

// The formats, in the order in which they are offered.
const (
	XLSX      Format = "xlsx"
	CSVFrench Format = "csv_fr" // semicolons, BOM, decimal commas: a double click in a French Excel
	CSV       Format = "csv"    // RFC 4180, ISO dates, decimal points
)

// Formats lists them.
func Formats() []Format { return []Format{XLSX, CSVFrench, CSV} }

// Extension is the end of the file's name.
func (f Format) Extension() string {
	if f == XLSX {
		return "xlsx"
	}
	return "csv"
}

// ContentType is the file's media type.
func (f Format) ContentType() string {
	if f == XLSX {
		return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	}
	return "text/csv; charset=utf-8"
}

// Cell is a value with a type: a string, an int, a bool, a Cents or a time.Time,
// whose clock is written as it stands. A nil is an empty cell.
type Cell any

// Cents is an amount in hundredths, written in major units.
type Cents int64

// Decimal writes the amount with a decimal sign.
func (c Cents) Decimal(sign string) string {
	minus := ""
	if c < 0 {
		minus, c = "-", -c
	}
	return fmt.Sprintf("%s%d%s%02d", minus, int64(c)/100, sign, int64(c)%100)
}

// Writer writes a file row by row. Close ends it; without Close it is none.
type Writer interface {
	Row(cells []Cell) error
	Close() error
}

// New begins a file on w. about are lines above the table that say what it is;
// CSV for machines leaves them out, since every line of it is a row. head names
// the columns.
func New(f Format, w io.Writer, about, head []string) (Writer, error) {
	switch f {
	case XLSX:
		return newXLSX(w, about, head)
	case CSVFrench:
		return newCSV(w, french, about, head)
	case CSV:
		return newCSV(w, plain, nil, head)
	}
	return nil, fmt.Errorf("sheet: no format %q", f)
}

const (
	formula   = "=+-@＝＋－＠﹦﹢﹣﹫" // what a formula begins with; some programs read wide and small forms alike
	separator = ";,\t\r\n"
	invisible = " \u00a0\u202f\u200b\ufeff"
)

// Harmless keeps spreadsheet programs from taking a text for a formula: what begins
// like one gets an apostrophe in front. Every phone number does. A program that is told
// another separator than the file's begins a cell within the text as well.
func Harmless(text string) string {
	if !strings.ContainsAny(text, formula+"\t\r") {
		return text
	}
	var out strings.Builder
	begins := true
	for at, r := range text {
		if begins && strings.ContainsRune(formula, r) || at == 0 && strings.ContainsRune("\t\r", r) {
			out.WriteByte('\'')
		}
		out.WriteRune(r)
		begins = strings.ContainsRune(separator, r) || begins && strings.ContainsRune(invisible, r)
	}
	return out.String()
}

// dialect is a way of writing CSV.
type dialect struct {
	comma   rune
	decimal string
	bom     bool
	moment  func(time.Time) string
	yes, no string
}

var (
	french = dialect{';', ",", true, func(t time.Time) string { return t.Format("02/01/2006 15:04") }, "1", "0"}
	plain  = dialect{',', ".", false, func(t time.Time) string { return t.Format(time.RFC3339) }, "true", "false"}
)
