package sheet_test

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"guichet/internal/sheet"
)

var moment = time.Date(2026, 7, 4, 6, 5, 0, 0, time.FixedZone("", 2*3600))

func write(t *testing.T, f sheet.Format, rows ...[]sheet.Cell) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := sheet.New(f, &out, []string{"=About", "Zone: CDG"}, []string{"Name", "Total"})
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		if err := w.Row(row); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestCSV(t *testing.T) {
	t.Parallel()
	row := []sheet.Cell{"Zoé; \"O’Hara\"", sheet.Cents(-1_234_05), "+33199001234", moment, time.Time{}, true, false, 7, nil}
	for f, want := range map[sheet.Format]string{
		sheet.CSVFrench: "\ufeff'=About\r\nZone: CDG\r\nName;Total\r\n\"Zoé; \"\"O’Hara\"\"\";-1234,05;'+33199001234;04/07/2026 06:05;;1;0;7;\r\n",
		sheet.CSV:       "Name,Total\r\n\"Zoé; \"\"O’Hara\"\"\",-1234.05,'+33199001234,2026-07-04T06:05:00+02:00,,true,false,7,\r\n",
	} {
		if got := string(write(t, f, row)); got != want {
			t.Errorf("%s:\n%q, want\n%q", f, got, want)
		}
	}
}

// Texts that look like formulas stay texts, numbers and dates are such.
func TestXLSX(t *testing.T) {
	t.Parallel()
	file, err := excelize.OpenReader(bytes.NewReader(write(t, sheet.XLSX, []sheet.Cell{"=1+1", sheet.Cents(1_234_05), "+33199001234", moment, nil, "AB 123"})))
	if err != nil {
		t.Fatal(err)
	}
	for cell, want := range map[string]struct {
		shown string
		kind  excelize.CellType
	}{
		"A1": {"=About", excelize.CellTypeInlineString},
		"A3": {"Name", excelize.CellTypeInlineString},
		"A4": {"=1+1", excelize.CellTypeInlineString},
		"B4": {"1,234.05", excelize.CellTypeUnset},
		"C4": {"+33199001234", excelize.CellTypeInlineString},
		"D4": {"04/07/2026 06:05", excelize.CellTypeUnset},
		"F4": {"AB 123", excelize.CellTypeInlineString},
	} {
		shown, err := file.GetCellValue("Sheet1", cell)
		if err != nil {
			t.Fatal(err)
		}
		kind, err := file.GetCellType("Sheet1", cell)
		if err != nil || shown != want.shown || kind != want.kind {
			t.Errorf("%s: %q of type %d, %v; want %q of type %d", cell, shown, kind, err, want.shown, want.kind)
		}
		if formula, err := file.GetCellFormula("Sheet1", cell); err != nil || formula != "" {
			t.Errorf("%s is the formula %q, %v", cell, formula, err)
		}
	}
}

func TestWhatIsNoCellIsRefused(t *testing.T) {
	t.Parallel()
	for _, f := range sheet.Formats() {
		w, err := sheet.New(f, &bytes.Buffer{}, nil, []string{"x"})
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Row([]sheet.Cell{3.5}); err == nil {
			t.Errorf("%s takes a float", f)
		}
	}
	if _, err := sheet.New("pdf", &bytes.Buffer{}, nil, nil); err == nil {
		t.Error("an unknown format is taken")
	}
}

// Whatever separator a program reads a file with, no cell of it is a formula; what only
// looks a little like one, or like a number or a date, is written as it stands.
func TestNoCellIsAFormula(t *testing.T) {
	t.Parallel()
	const call = `cmd|'/C calc'!A1`
	for text, want := range map[string]string{
		"=" + call: "'=" + call, "x;=" + call: "x;'=" + call, "x,=" + call: "x,'=" + call, "x\t=1": "x\t'=1", "x\n=1": "x\n'=1", "x\r=1": "x\r'=1",
		"x;+1": "x;'+1", "x,-1": "x,'-1", "x;@a": "x;'@a", "x; \u00a0=1": "x; \u00a0'=1", ";;=1": ";;'=1", " =1": " '=1", "\ufeff=1": "\ufeff'=1",
		"＝1": "'＝1", "x;＋1": "x;'＋1", "x,－1": "x,'－1", "＠a": "'＠a", "\t=1": "'\t'=1", "\rx": "'\rx", "+33199001234": "'+33199001234",
		"00123": "00123", "12E34": "12E34", "3-4": "3-4", "MARCH1": "MARCH1", "a@b.test": "a@b.test", "1=1; 2=2": "1=1; 2=2", "Lévy-Dupont, Zoé": "Lévy-Dupont, Zoé",
	} {
		if got := sheet.Harmless(text); got != want {
			t.Errorf("%q is written as %q, want %q", text, got, want)
		}
		for _, f := range []sheet.Format{sheet.CSV, sheet.CSVFrench} {
			for _, comma := range []rune{',', ';', '\t'} {
				for _, cell := range cells(t, write(t, f, []sheet.Cell{text, "end"}), comma) {
					if start := strings.Trim(cell, " \u00a0\ufeff"); start != "" && strings.ContainsRune("=+-@\t\r＝＋－＠", []rune(start)[0]) {
						t.Errorf("%q as %s, read with %q: %q begins like a formula", text, f, comma, cell)
					}
				}
			}
		}
	}
}

// cells reads a file with a separator as programs do, which take lines as they are.
func cells(t *testing.T, file []byte, comma rune) (all []string) {
	t.Helper()
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(file, []byte("\ufeff"))))
	r.Comma, r.LazyQuotes, r.FieldsPerRecord = comma, true, -1
	rows, err := r.ReadAll()
	if err != nil || len(rows) == 0 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	for _, row := range rows {
		all = append(all, row...)
	}
	return all
}

// FuzzCell: whatever stands in a cell, it is read back, and no program takes it
// for a formula.
func FuzzCell(f *testing.F) {
	for _, text := range []string{"", "=1+1", "+33", "-5", "@x", "\tx", "\rx", "a;b", "\"", "a\nb", "'=x", "\ufeff=x", "x;=1", "x,=1", "＝1"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		text = strings.ReplaceAll(strings.ToValidUTF8(text, ""), "\r\n", "\n") // a reader of CSV does the same
		var out bytes.Buffer
		w, err := sheet.New(sheet.CSV, &out, nil, []string{"a", "b"})
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Row([]sheet.Cell{text, "end"}); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(&out).ReadAll()
		if err != nil || len(rows) != 2 || rows[1][1] != "end" {
			t.Fatalf("%q is read as %q, %v", text, rows, err)
		}
		got := rows[1][0]
		if strings.ReplaceAll(got, "'", "") != strings.ReplaceAll(text, "'", "") && !strings.Contains(text, "\r") {
			t.Errorf("%q is read as %q", text, got)
		}
		for _, cell := range strings.FieldsFunc(got, func(r rune) bool { return strings.ContainsRune(";,\t\n\r", r) }) {
			if strings.ContainsRune("=+-@＝＋－＠", []rune(cell)[0]) {
				t.Errorf("%q is written as %q, where %q begins like a formula", text, got, cell)
			}
		}
	})
}
