package statement

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"guichet/internal/invalid"
	"guichet/internal/locale"
)

// How much a statement may hold.
const (
	MaxLines   = 200_000
	MaxLine    = 1 << 30 // the highest number of a line: cells may hold several
	maxColumns = 100
	maxCell    = 1000 // characters
)

// RawLine is a line of a statement as it stands in the file.
type RawLine struct {
	Number int // of the line in the file; the header is usually line 1
	Cells  []string
}

// Read reads a CSV file: its separator (a semicolon, a comma or a tab)
// and its letters (UTF-8 or Windows-1252) are found out. Lines without any text
// are left out. The error is an *InvalidError of the field "file".
func Read(file []byte) (header []string, lines []RawLine, err error) {
	text, key := decode(file)
	if key != "" {
		return nil, nil, badFile(key)
	}
	separator, ok := separatorOf(text)
	if !ok {
		return nil, nil, badFile("statement.file.not_csv")
	}
	r := csv.NewReader(bytes.NewReader(text))
	r.Comma, r.FieldsPerRecord = separator, -1
	var read reading
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		var bad *csv.ParseError
		if errors.As(err, &bad) {
			return nil, nil, badFile("statement.file.quotes", "Line", bad.StartLine)
		}
		if err != nil {
			return nil, nil, badFile("statement.file.not_csv")
		}
		line, _ := r.FieldPos(0)
		if err := read.add(line, cells); err != nil {
			return nil, nil, err
		}
	}
	return read.done()
}

func badFile(key string, args ...any) error {
	var bad invalid.Error
	bad.Add("file", key, args...)
	return &bad
}

// decode returns a file's text in UTF-8, or the key of why it is none.
func decode(file []byte) (text []byte, problem string) {
	file = bytes.TrimPrefix(file, []byte("\xef\xbb\xbf"))
	switch {
	case len(bytes.TrimSpace(file)) == 0:
		return nil, "statement.file.empty"
	case bytes.HasPrefix(file, []byte("PK\x03\x04")), bytes.HasPrefix(file, []byte("\xd0\xcf\x11\xe0")):
		return nil, "statement.file.spreadsheet"
	case bytes.HasPrefix(file, []byte("%PDF")):
		return nil, "statement.file.not_csv"
	case bytes.HasPrefix(file, []byte("\xff\xfe")), bytes.HasPrefix(file, []byte("\xfe\xff")):
		return nil, "statement.file.utf16"
	case bytes.IndexByte(file, 0) >= 0:
		return nil, "statement.file.nul"
	case bytes.ContainsFunc(file, func(r rune) bool { return r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0x7f }):
		return nil, "statement.file.not_csv"
	case utf8.Valid(file):
		return file, ""
	}
	text, err := charmap.Windows1252.NewDecoder().Bytes(file)
	if err != nil {
		return nil, "statement.file.not_csv"
	}
	return text, ""
}

// separatorOf finds what separates the cells of the first line that has text.
func separatorOf(text []byte) (rune, bool) {
	first := bytes.TrimLeft(text, "\r\n")
	counts, quoted := map[byte]int{}, false
	for _, c := range first {
		switch {
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '\n' || c == '\r':
			return mostOf(counts)
		case c == ';' || c == ',' || c == '\t':
			counts[c]++
		}
	}
	return mostOf(counts)
}

func mostOf(counts map[byte]int) (rune, bool) {
	best, most := rune(0), 0
	for _, c := range []byte(";\t,") {
		if counts[c] > most {
			best, most = rune(c), counts[c]
		}
	}
	return best, most > 0
}

// namedLines is how many lines a message names before it says "and more".
const namedLines = 5

// reading collects lines and what is wrong with them.
type reading struct {
	header  []string
	lines   []RawLine
	unequal []int // lines with another number of cells than the header
}

func (s *reading) add(line int, cells []string) error {
	for i, cell := range cells {
		cells[i] = plainCell(cell)
		switch {
		case formula(cells[i]):
			return badFile("statement.file.formula", "Line", line, "Column", i+1)
		case utf8.RuneCountInString(cell) > maxCell:
			return badFile("statement.file.cell", "Line", line, "Column", i+1)
		}
	}
	switch {
	case strings.Join(cells, "") == "":
	case s.header == nil:
		return s.begin(cells)
	case len(cells) != len(s.header):
		s.unequal = append(s.unequal, line)
	case len(s.lines) == MaxLines:
		return badFile("statement.file.lines")
	default:
		s.lines = append(s.lines, RawLine{Number: line, Cells: cells})
	}
	return nil
}

// begin takes the first line as the header. A line with an amount or a date in
// it is none: the names of the columns are missing.
func (s *reading) begin(cells []string) error {
	named := 0
	for _, cell := range cells {
		if _, _, amount := locale.ParseAmount(cell); amount == nil {
			return badFile("statement.file.no_header")
		}
		if _, date := parseWall(cell); date == nil {
			return badFile("statement.file.no_header")
		}
		if cell != "" {
			named++
		}
	}
	if named < 2 {
		return badFile("statement.file.no_header")
	}
	if len(cells) > maxColumns {
		return badFile("statement.file.columns")
	}
	s.header = cells
	return nil
}

func (s *reading) done() ([]string, []RawLine, error) {
	switch {
	case len(s.unequal) > 0:
		var named []string
		for _, n := range s.unequal[:min(namedLines, len(s.unequal))] {
			named = append(named, strconv.Itoa(n))
		}
		if len(s.unequal) > namedLines {
			named = append(named, "…")
		}
		return nil, nil, badFile("statement.file.unequal", "Lines", strings.Join(named, ", "), "Cells", len(s.header))
	case s.header == nil:
		return nil, nil, badFile("statement.file.empty")
	case len(s.lines) == 0:
		return nil, nil, badFile("statement.file.no_lines")
	}
	return slices.Clip(s.header), s.lines, nil
}

// asText is how spreadsheets are told that a number is a text: ="00123".
var asText = regexp.MustCompile(`^="([^"]*)"$`)

// formulas are cells that a spreadsheet would compute: "=A1", "+SUM(A1)", "@cmd|'x'!A1".
var formulas = regexp.MustCompile(`^(=|[-+@][A-Za-z_.]+[A-Za-z0-9_.]*[(|!])`)

func plainCell(cell string) string {
	cell = strings.TrimSpace(cell)
	if m := asText.FindStringSubmatch(cell); m != nil {
		return strings.TrimSpace(m[1])
	}
	return cell
}

func formula(cell string) bool { return formulas.MatchString(cell) }
