package sheet

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/xuri/excelize/v2"
)

// sheetRows is how many rows one sheet of a file takes, with room for what
// stands above them; a longer table goes on in the next sheet.
const sheetRows = 1_040_000

type xlsxWriter struct {
	w    io.Writer
	file *excelize.File
	out  *excelize.StreamWriter

	about, head            []string
	bold, money, moment    int
	next, sheets, inColumn int
	row                    []any
}

func newXLSX(w io.Writer, about, head []string) (x *xlsxWriter, err error) {
	x = &xlsxWriter{w: w, file: excelize.NewFile(), about: about, head: head}
	defer func() {
		if err != nil {
			err = errors.Join(err, x.file.Close())
		}
	}()
	moment, money := "dd/mm/yyyy hh:mm", "#,##0.00"
	for _, s := range []struct {
		id    *int
		style excelize.Style
	}{
		{&x.bold, excelize.Style{Font: &excelize.Font{Bold: true}}},
		{&x.money, excelize.Style{CustomNumFmt: &money}},
		{&x.moment, excelize.Style{CustomNumFmt: &moment}},
	} {
		if *s.id, err = x.file.NewStyle(&s.style); err != nil {
			return nil, err
		}
	}
	return x, x.begin("Sheet1")
}

// begin starts a sheet with what stands above the table.
func (x *xlsxWriter) begin(name string) error {
	var err error
	if x.out, err = x.file.NewStreamWriter(name); err != nil {
		return err
	}
	x.sheets, x.next, x.inColumn = x.sheets+1, 1, 0
	if err := x.out.SetColWidth(1, len(x.head), 18); err != nil {
		return err
	}
	for _, line := range x.about {
		if err := x.set([]any{line}); err != nil {
			return err
		}
	}
	titles := make([]any, len(x.head))
	for i, title := range x.head {
		titles[i] = excelize.Cell{StyleID: x.bold, Value: title}
	}
	return x.set(titles)
}

func (x *xlsxWriter) set(values []any) error {
	err := x.out.SetRow("A"+strconv.Itoa(x.next), values)
	x.next++
	return err
}

// Row implements Writer. Texts are cells of type text, which no program takes
// for a formula: they stay as they are.
func (x *xlsxWriter) Row(cells []Cell) error {
	if x.inColumn == sheetRows {
		if err := x.out.Flush(); err != nil {
			return err
		}
		name := "Sheet" + strconv.Itoa(x.sheets+1)
		if _, err := x.file.NewSheet(name); err != nil {
			return err
		}
		if err := x.begin(name); err != nil {
			return err
		}
	}
	x.inColumn++
	x.row = x.row[:0]
	for _, cell := range cells {
		switch v := cell.(type) {
		case nil, string, int, bool:
			x.row = append(x.row, v)
		case Cents:
			x.row = append(x.row, excelize.Cell{StyleID: x.money, Value: float64(v) / 100})
		case time.Time:
			if v.IsZero() {
				x.row = append(x.row, nil)
				continue
			}
			// A spreadsheet knows no timezones: it gets the clock as it stands.
			wall := time.Date(v.Year(), v.Month(), v.Day(), v.Hour(), v.Minute(), v.Second(), 0, time.UTC)
			x.row = append(x.row, excelize.Cell{StyleID: x.moment, Value: wall})
		default:
			return fmt.Errorf("sheet: a cell of type %T", cell)
		}
	}
	return x.set(x.row)
}

// Close implements Writer: only now is the file written.
func (x *xlsxWriter) Close() error {
	err := x.out.Flush()
	if err == nil {
		_, err = x.file.WriteTo(x.w)
	}
	return errors.Join(err, x.file.Close())
}
