package sheet

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"time"
)

type csvWriter struct {
	dialect

	out *csv.Writer
	row []string
}

func newCSV(w io.Writer, d dialect, about, head []string) (*csvWriter, error) {
	if d.bom {
		if _, err := io.WriteString(w, "\ufeff"); err != nil {
			return nil, err
		}
	}
	c := &csvWriter{dialect: d, out: csv.NewWriter(w)}
	c.out.Comma, c.out.UseCRLF = d.comma, true
	for _, line := range about {
		if err := c.out.Write([]string{Harmless(line)}); err != nil {
			return nil, err
		}
	}
	return c, c.out.Write(head)
}

// Row implements Writer.
func (c *csvWriter) Row(cells []Cell) error {
	c.row = c.row[:0]
	for _, cell := range cells {
		text, err := c.text(cell)
		if err != nil {
			return err
		}
		c.row = append(c.row, text)
	}
	return c.out.Write(c.row)
}

func (c *csvWriter) text(cell Cell) (string, error) {
	switch v := cell.(type) {
	case nil:
		return "", nil
	case string:
		return Harmless(v), nil
	case int:
		return strconv.Itoa(v), nil
	case Cents:
		return v.Decimal(c.decimal), nil
	case bool:
		if v {
			return c.yes, nil
		}
		return c.no, nil
	case time.Time:
		if v.IsZero() {
			return "", nil
		}
		return c.moment(v), nil
	}
	return "", fmt.Errorf("sheet: a cell of type %T", cell)
}

// Close implements Writer.
func (c *csvWriter) Close() error {
	c.out.Flush()
	return c.out.Error()
}
