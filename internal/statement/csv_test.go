package statement_test

import (
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"

	"guichet/internal/bound"
	"guichet/internal/invalid"
	"guichet/internal/statement"
)

// readAll reads a file, and its lines as they are stored.
func readAll(text string) (header []string, lines []statement.RawLine, err error) {
	file, err := statement.Read(strings.NewReader(text))
	if err != nil {
		return nil, nil, err
	}
	at, err := file.Open()
	for err == nil {
		var line statement.RawLine
		if line, err = at.Next(); err == nil {
			lines = append(lines, line)
		}
	}
	if errors.Is(err, io.EOF) && len(lines) == file.Lines {
		err = nil
	}
	return file.Header, lines, err
}

func TestFilesAreRead(t *testing.T) {
	t.Parallel()
	want := []statement.RawLine{{Number: 2, Cells: []string{"é1", "a b", "12,50"}}, {Number: 4, Cells: []string{"2", "", "3"}}}
	for name, file := range map[string]string{
		"semicolons":   "Réf;Nom;Total\né1; a b ;12,50\n;;\n2;;3\n",
		"windows":      "R\xe9f;Nom;Total\r\n\xe91;a b;12,50\r\n\r\n2;;3\r\n",
		"mark":         "\xef\xbb\xbfRéf;Nom;Total\né1;a b;12,50\n;;\n2;;3",
		"tabs":         "Réf\tNom\tTotal\né1\ta b\t12,50\n\t\t\n2\t\t3\n",
		"commas":       "Réf,Nom,Total\né1,a b,\"12,50\"\n,,\n2,,3\n",
		"as text":      "Réf;Nom;Total\n\"=\"\"é1\"\"\";a b;12,50\n;;\n=\"2\";;3\n",
		"quoted names": "\"Réf\";\"Nom\";\"Total\"\né1;a b;12,50\n\n2;;3\n",
	} {
		if name == "as text" {
			file = strings.ReplaceAll(file, `="2"`, `"=""2"""`)
		}
		header, lines, err := readAll(file)
		if err != nil || strings.Join(header, ";") != "Réf;Nom;Total" || !reflect.DeepEqual(lines, want) {
			t.Errorf("%s: %v %v, %v", name, header, lines, err)
		}
	}
}

func TestFilesThatAreRefused(t *testing.T) {
	t.Parallel()
	many := "id;total\n" + strings.Repeat("a;1\n", bound.StatementLines+1)
	for name, c := range map[string]struct {
		file, key string
		args      []any
	}{
		"nothing":            {"", "statement.file.empty", nil},
		"only a mark":        {"\xef\xbb\xbf\r\n", "statement.file.empty", nil},
		"only separators":    {";;\n;;\n", "statement.file.empty", nil},
		"new Excel":          {"PK\x03\x04rest", "statement.file.spreadsheet", nil},
		"old Excel":          {"\xd0\xcf\x11\xe0rest", "statement.file.spreadsheet", nil},
		"PDF":                {"%PDF-1.7", "statement.file.not_csv", nil},
		"picture":            {"\x89PNG\r\n\x1a\n", "statement.file.not_csv", nil},
		"two bytes":          {"\xff\xfei\x00d\x00", "statement.file.utf16", nil},
		"NUL":                {"id;total\na\x00b;1\n", "statement.file.nul", nil},
		"one column":         {"id\n1\n", "statement.file.not_csv", nil},
		"letter":             {"Dear Sir\nhow are you\n", "statement.file.not_csv", nil},
		"no header":          {"a1;12,50\na2;13,00\n", "statement.file.no_header", nil},
		"date on top":        {"x;2026-07-04\n", "statement.file.no_header", nil},
		"one name":           {"id;\na;1\n", "statement.file.no_header", nil},
		"no lines":           {"id;total\n", "statement.file.no_lines", nil},
		"unequal":            {"id;total\na;1\nb;2;3\nc\n", "statement.file.unequal", []any{"Lines", "3, 4", "Cells", 2}},
		"many unequal":       {"id;total\n" + strings.Repeat("a\n", 9), "statement.file.unequal", []any{"Lines", "2, 3, 4, 5, 6, …", "Cells", 2}},
		"quotes":             {"id;total\na;1\n\"b;2\n", "statement.file.quotes", []any{"Line", 3}},
		"formula":            {"id;total\na;1\nb;=1+1\n", "statement.file.formula", []any{"Line", 3, "Column", 2}},
		"function":           {"id;total\n+SUM(A1);1\n", "statement.file.formula", []any{"Line", 2, "Column", 1}},
		"command":            {"id;total\n\"@cmd|'/c x'!A1\";1\n", "statement.file.formula", []any{"Line", 2, "Column", 1}},
		"long cell":          {"id;total\n" + strings.Repeat("x", 1001) + ";1\n", "statement.file.cell", []any{"Line", 2, "Column", 1}},
		"many columns":       {strings.Repeat("a;", 101) + "\n", "statement.file.columns", nil},
		"many cells":         {"id;total\n" + strings.Repeat(";", 20<<20), "statement.file.record", []any{"Line", 2}},
		"some cells":         {"id;total\n" + strings.Repeat(";", 101), "statement.file.columns", nil},
		"a large picture":    {"\x89PNG\r\n\x1a\n" + strings.Repeat("\xff\x01", 1<<20), "statement.file.not_csv", nil},
		"a long line":        {"id;total\na;" + strings.Repeat("1", 16<<10), "statement.file.record", []any{"Line", 2}},
		"no closing mark":    {"id;total\na;1\n\"" + strings.Repeat("b;2\n", 5<<20), "statement.file.record", []any{"Line", 3}},
		"unequal to the end": {"id;total\n" + strings.Repeat("a\n", 10<<20), "statement.file.lines", nil},
		"many lines":         {many, "statement.file.lines", nil},
	} {
		_, _, err := readAll(c.file)
		var bad *invalid.Error
		if !errors.As(err, &bad) || bad.Fields["file"].Key != c.key || fmt.Sprint(bad.Fields["file"].Args) != fmt.Sprint(c.args) {
			t.Errorf("%s: %v %+v", name, err, bad)
		}
	}
	if _, lines, err := readAll("id;phone;note;total\na;+33 6 12;- late;-12,50\n"); err != nil || len(lines) != 1 {
		t.Errorf("signs that are no formulas: %v", err)
	}
}

// FuzzReadStatement: whatever the file, what is read has the header's shape and
// is text that a database keeps; what is not read says why.
func FuzzReadStatement(f *testing.F) {
	f.Fuzz(func(t *testing.T, file []byte) {
		header, lines, err := readAll(string(file))
		var bad *invalid.Error
		if err != nil {
			if !errors.As(err, &bad) || !strings.HasPrefix(bad.Fields["file"].Key, "statement.file.") {
				t.Fatalf("%v", err)
			}
			return
		}
		before := 0
		for _, l := range lines {
			if len(l.Cells) != len(header) || l.Number <= before || l.Number < 2 {
				t.Fatalf("line %d after %d: %d cells of %d", l.Number, before, len(l.Cells), len(header))
			}
			before = l.Number
			if text := strings.Join(l.Cells, ""); strings.ToValidUTF8(text, "") != text || strings.ContainsRune(text, 0) || text == "" {
				t.Fatalf("line %d: %q", l.Number, text)
			}
		}
		if statement.GuessColumns(header) == nil {
			t.Fatal("no columns at all")
		}
	})
}
