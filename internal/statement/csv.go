package statement

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"guichet/internal/bound"
	"guichet/internal/invalid"
	"guichet/internal/locale"
	"guichet/internal/typed"
)

// MaxLine is the highest number of a line: cells may hold several.
const MaxLine = 1 << 30

// RawLine is a line of a statement as it stands in the file.
type RawLine struct {
	Number int // of the line in the file; the header is usually line 1
	Cells  []string
}

// File is a statement that can be read: its lines are never all in memory.
type File struct {
	Header []string
	Lines  int // those that have text

	content   io.ReadSeeker
	separator rune
	windows   bool // Windows-1252, and not UTF-8
}

// Read looks through a CSV file: its separator (a semicolon, a comma or a tab)
// and its letters (UTF-8 or Windows-1252) are found out. Lines without any text
// are left out. What is wrong is an *invalid.Error of the field "file".
func Read(content io.ReadSeeker) (*File, error) {
	f := &File{content: content}
	if err := f.look(); err != nil {
		return nil, err
	}
	lines, err := f.Open()
	if err != nil {
		return nil, err
	}
	for {
		switch _, err := lines.Next(); {
		case errors.Is(err, io.EOF):
			f.Header, f.Lines = lines.header, lines.count
			return f, lines.done()
		case err != nil:
			return nil, err
		}
	}
}

func badFile(key string, args ...any) error {
	var bad invalid.Error
	bad.Add("file", key, args...)
	return &bad
}

// begin is the file's beginning, without the mark that some programs write there.
func (f *File) begin() (*bufio.Reader, error) {
	if _, err := f.content.Seek(0, io.SeekStart); err != nil {
		return nil, fmt.Errorf("read a statement: %w", err)
	}
	in := bufio.NewReaderSize(f.content, 1<<16)
	if mark, err := in.Peek(3); err == nil && string(mark) == "\xef\xbb\xbf" {
		_, _ = in.Discard(3) // they are there
	}
	return in, nil
}

// look finds out, in one go, whether a file is text, in which letters, and what
// separates its cells.
func (f *File) look() error {
	begin, err := f.begin()
	if err != nil {
		return err
	}
	in := bufio.NewReaderSize(&records{in: begin, line: 1}, 1<<16)
	head, _ := in.Peek(4) // a shorter file is no less looked at
	switch text := string(head); {
	case strings.HasPrefix(text, "PK\x03\x04"), strings.HasPrefix(text, "\xd0\xcf\x11\xe0"):
		return badFile("statement.file.spreadsheet")
	case strings.HasPrefix(text, "%PDF"):
		return badFile("statement.file.not_csv")
	case strings.HasPrefix(text, "\xff\xfe"), strings.HasPrefix(text, "\xfe\xff"):
		return badFile("statement.file.utf16")
	}
	var first separators
	empty, control := true, false
	for {
		r, size, err := in.ReadRune()
		if errors.Is(err, io.EOF) {
			break
		}
		var long *invalid.Error
		switch {
		case errors.As(err, &long) && control:
			return badFile("statement.file.not_csv")
		case errors.As(err, &long):
			return long
		case err != nil:
			return fmt.Errorf("read a statement: %w", err)
		}
		switch {
		case r == 0:
			return badFile("statement.file.nul")
		case r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0x7f:
			control = true
		case r == utf8.RuneError && size == 1:
			f.windows = true
		}
		empty = empty && strings.ContainsRune(" \t\r\n", r)
		first.see(r)
	}
	f.separator = first.most()
	switch {
	case empty:
		return badFile("statement.file.empty")
	case control, f.separator == 0:
		return badFile("statement.file.not_csv")
	}
	return nil
}

// separators counts what may separate the cells of the first line that has text.
type separators struct {
	counts        [3]int // of ; and tab and comma
	quoted, begun bool
	over          bool
}

const separatorRunes = ";\t,"

func (s *separators) see(r rune) {
	switch {
	case s.over:
	case r == '"':
		s.quoted, s.begun = !s.quoted, true
	case s.quoted:
	case r == '\n' || r == '\r':
		s.over = s.begun
	default:
		s.begun = true
		if i := strings.IndexRune(separatorRunes, r); i >= 0 {
			s.counts[i]++
		}
	}
}

// most is the one that is there most often; 0 when there is none.
func (s *separators) most() rune {
	best := 0
	for i, n := range s.counts {
		if n > s.counts[best] {
			best = i
		}
	}
	if s.counts[best] == 0 {
		return 0
	}
	return rune(separatorRunes[best])
}

// Lines are those of a file, read one by one.
type Lines struct {
	csv     *csv.Reader
	header  []string
	count   int
	unequal []int // lines with another number of cells than the header
}

// Open goes back to the first line.
func (f *File) Open() (*Lines, error) {
	in, err := f.begin()
	if err != nil {
		return nil, err
	}
	var text io.Reader = in
	if f.windows {
		text = charmap.Windows1252.NewDecoder().Reader(in)
	}
	r := csv.NewReader(&records{in: text, separator: separatorRunes[strings.IndexRune(separatorRunes, f.separator)], line: 1})
	r.Comma, r.FieldsPerRecord = f.separator, -1
	return &Lines{csv: r}, nil
}

// Next returns the next line that has text, the header apart; io.EOF after the last.
func (l *Lines) Next() (RawLine, error) {
	for {
		cells, err := l.csv.Read()
		if errors.Is(err, io.EOF) {
			return RawLine{}, io.EOF
		}
		var parse *csv.ParseError
		var bad *invalid.Error
		switch {
		case errors.As(err, &bad):
			return RawLine{}, bad
		case errors.As(err, &parse):
			return RawLine{}, badFile("statement.file.quotes", "Line", parse.StartLine)
		case err != nil:
			return RawLine{}, fmt.Errorf("read a statement: %w", err)
		}
		line, _ := l.csv.FieldPos(0)
		its, err := l.take(line, cells)
		if its || err != nil {
			return RawLine{Number: line, Cells: cells}, err
		}
	}
}

// records lets no record through that is longer, or has more cells, than any of a
// statement: encoding/csv would read all of it first.
type records struct {
	in          io.Reader
	separator   byte // 0 while it is not known
	line, start int  // where it reads, and where the record began
	size, cells int
	quoted      bool
	bad         error // what comes after the bytes that were read
}

// Read implements io.Reader.
func (r *records) Read(p []byte) (int, error) {
	if r.bad != nil {
		return 0, r.bad
	}
	n, err := r.in.Read(p)
	for i, c := range p[:n] {
		if r.size == 0 {
			r.start = r.line
		}
		r.size++
		switch {
		case c == '"':
			r.quoted = !r.quoted
		case c == r.separator && r.separator != 0 && !r.quoted:
			r.cells++
		case c == '\n':
			r.line++
			if !r.quoted {
				r.size, r.cells = 0, 0
			}
		}
		switch {
		case r.cells >= bound.StatementColumns:
			r.bad = badFile("statement.file.columns")
		case r.size > bound.StatementRecord:
			r.bad = badFile("statement.file.record", "Line", r.start)
		case r.line > 5*bound.StatementLines: // blank ones and those inside cells included
			r.bad = badFile("statement.file.lines")
		}
		if r.bad != nil {
			return i, nil
		}
	}
	return n, err
}

// namedLines is how many lines a message names before it says "and more".
const namedLines = 5

// take looks at a line; true when it is one of those that count.
func (l *Lines) take(line int, cells []string) (bool, error) {
	for i, cell := range cells {
		cells[i] = plainCell(cell)
		switch {
		case formula(cells[i]):
			return false, badFile("statement.file.formula", "Line", line, "Column", i+1)
		case utf8.RuneCountInString(cell) > bound.StatementCell:
			return false, badFile("statement.file.cell", "Line", line, "Column", i+1)
		}
	}
	switch {
	case strings.Join(cells, "") == "":
		return false, nil
	case l.header == nil:
		return false, l.begin(cells)
	case len(cells) != len(l.header):
		if l.unequal = append(l.unequal, line); len(l.unequal) > namedLines {
			return false, l.done()
		}
		return false, nil
	case l.count == bound.StatementLines:
		return false, badFile("statement.file.lines")
	}
	l.count++
	return true, nil
}

// begin takes the first line as the header. A line with an amount or a date in
// it is none: the names of the columns are missing.
func (l *Lines) begin(cells []string) error {
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
	l.header = slices.Clip(cells)
	return nil
}

// done says what is wrong with the whole.
func (l *Lines) done() error {
	switch {
	case len(l.unequal) > 0:
		var named []string
		for _, n := range l.unequal[:min(namedLines, len(l.unequal))] {
			named = append(named, strconv.Itoa(n))
		}
		if len(l.unequal) > namedLines {
			named = append(named, "…")
		}
		return badFile("statement.file.unequal", "Lines", strings.Join(named, ", "), "Cells", len(l.header))
	case l.header == nil:
		return badFile("statement.file.empty")
	case l.count == 0:
		return badFile("statement.file.no_lines")
	}
	return nil
}

// asText is how spreadsheets are told that a number is a text: ="00123".
var asText = regexp.MustCompile(`^="([^"]*)"$`)

// formulas are cells that a spreadsheet would compute: "=A1", "+SUM(A1)", "@cmd|'x'!A1".
var formulas = regexp.MustCompile(`^(=|[-+@][A-Za-z_.]+[A-Za-z0-9_.]*[(|!])`)

func plainCell(cell string) string {
	cell = strings.TrimSpace(typed.Clean(cell))
	if m := asText.FindStringSubmatch(cell); m != nil {
		return strings.TrimSpace(m[1])
	}
	return cell
}

func formula(cell string) bool { return formulas.MatchString(cell) }
