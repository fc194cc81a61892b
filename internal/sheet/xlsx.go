package sheet

import (
	"archive/zip"
	"bufio"
	"compress/flate"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"
)

// An XLSX file is a zip of XML (ECMA-376). It is written here and not by a
// library: those keep the whole file in memory before they send a byte of it.

// sheetRows is how many rows one sheet takes, with room for what stands above
// them; a longer table goes on in the next sheet.
const sheetRows = 1_040_000

// What a cell looks like: places in the list of cellXfs below.
const (
	asText   = 1
	asTitle  = 2
	asAmount = 3
	asMoment = 4
)

const (
	xmlHead = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"
	spaceOf = `http://schemas.openxmlformats.org/`

	styles = xmlHead + `<styleSheet xmlns="` + spaceOf + `spreadsheetml/2006/main">` +
		`<numFmts count="1"><numFmt numFmtId="164" formatCode="dd/mm/yyyy\ hh:mm"/></numFmts>` +
		`<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts>` +
		`<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>` +
		`<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>` +
		`<cellXfs count="5"><xf/><xf numFmtId="49" applyNumberFormat="1"/><xf fontId="1" applyFont="1"/>` +
		`<xf numFmtId="4" applyNumberFormat="1"/><xf numFmtId="164" applyNumberFormat="1"/></cellXfs></styleSheet>`
	rootLinks = xmlHead + `<Relationships xmlns="` + spaceOf + `package/2006/relationships">` +
		`<Relationship Id="rId1" Type="` + spaceOf + `officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>`
)

type xlsxWriter struct {
	zip    *zip.Writer
	out    *bufio.Writer // the sheet that is being written
	about  []string
	head   []string
	sheets int
	next   int // number of the next row
	rows   int // of the table, in this sheet
}

func newXLSX(w io.Writer, about, head []string) (*xlsxWriter, error) {
	x := &xlsxWriter{zip: zip.NewWriter(w), about: about, head: head}
	x.zip.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestSpeed) })
	return x, x.begin()
}

// begin starts a sheet with what stands above the table.
func (x *xlsxWriter) begin() error {
	x.sheets, x.next, x.rows = x.sheets+1, 1, 0
	part, err := x.zip.Create("xl/worksheets/sheet" + strconv.Itoa(x.sheets) + ".xml")
	if err != nil {
		return err
	}
	x.out = bufio.NewWriterSize(part, 1<<16)
	x.write(xmlHead, `<worksheet xmlns="`, spaceOf, `spreadsheetml/2006/main"><cols><col min="1" max="`, strconv.Itoa(max(1, len(x.head))),
		`" width="18" customWidth="1"/></cols><sheetData>`)
	for _, line := range x.about {
		x.open()
		x.text(line, asText)
		x.write(`</row>`)
	}
	x.open()
	for _, title := range x.head {
		x.text(title, asTitle)
	}
	x.write(`</row>`)
	return x.failed()
}

// write leaves its error to failed: the writer keeps the first one.
func (x *xlsxWriter) write(parts ...string) {
	for _, p := range parts {
		_, _ = x.out.WriteString(p)
	}
}

// failed is what went wrong so far.
func (x *xlsxWriter) failed() error {
	_, err := x.out.Write(nil)
	return err
}

func (x *xlsxWriter) open() {
	x.write(`<row r="`, strconv.Itoa(x.next), `">`)
	x.next++
}

// text writes a cell of type text, which no program takes for a formula.
func (x *xlsxWriter) text(text string, style int) {
	x.write(`<c t="inlineStr" s="`, strconv.Itoa(style), `"><is><t xml:space="preserve">`)
	_ = xml.EscapeText(x.out, []byte(text)) // the writer keeps the error
	x.write(`</t></is></c>`)
}

func (x *xlsxWriter) number(value string, style int) {
	x.write(`<c s="`, strconv.Itoa(style), `"><v>`, value, `</v></c>`)
}

// Row implements Writer.
func (x *xlsxWriter) Row(cells []Cell) error {
	if x.rows == sheetRows {
		if err := errors.Join(x.end(), x.begin()); err != nil {
			return err
		}
	}
	x.rows++
	x.open()
	for _, cell := range cells {
		switch v := cell.(type) {
		case nil:
			x.write(`<c/>`)
		case string:
			x.text(v, asText)
		case int:
			x.number(strconv.Itoa(v), 0)
		case bool:
			x.write(`<c t="b"><v>`, map[bool]string{true: "1", false: "0"}[v], `</v></c>`)
		case Cents:
			x.number(v.Decimal("."), asAmount)
		case time.Time:
			x.moment(v)
		default:
			return fmt.Errorf("sheet: a cell of type %T", cell)
		}
	}
	x.write(`</row>`)
	return x.failed()
}

// moment writes a time as spreadsheets count it, in days since 30 December 1899.
// They know no timezones: it is the clock as it stands.
func (x *xlsxWriter) moment(t time.Time) {
	if t.IsZero() {
		x.write(`<c/>`)
		return
	}
	_, offset := t.Zone()
	seconds := t.Unix() + int64(offset)
	const day, epoch = 24 * 60 * 60, 25569 // 1 January 1970
	x.number(strconv.FormatFloat(float64(seconds)/day+epoch, 'f', 9, 64), asMoment)
}

// end closes the sheet that is being written.
func (x *xlsxWriter) end() error {
	x.write(`</sheetData></worksheet>`)
	return x.out.Flush()
}

// Close implements Writer: what is left to write says which sheets there are.
func (x *xlsxWriter) Close() error {
	if err := x.end(); err != nil {
		return err
	}
	const part, kind = `<Override PartName="/xl/`, `" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.`
	types := xmlHead + `<Types xmlns="` + spaceOf + `package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/>` +
		`<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
		part + `workbook.xml` + kind + `sheet.main+xml"/>` + part + `styles.xml` + kind + `styles+xml"/>`
	book := xmlHead + `<workbook xmlns="` + spaceOf + `spreadsheetml/2006/main" xmlns:r="` + spaceOf + `officeDocument/2006/relationships"><sheets>`
	links := xmlHead + `<Relationships xmlns="` + spaceOf + `package/2006/relationships">`
	const link = `officeDocument/2006/relationships/`
	for i := 1; i <= x.sheets; i++ {
		n := strconv.Itoa(i)
		types += part + `worksheets/sheet` + n + `.xml` + kind + `worksheet+xml"/>`
		book += `<sheet name="Sheet` + n + `" sheetId="` + n + `" r:id="rId` + n + `"/>`
		links += `<Relationship Id="rId` + n + `" Type="` + spaceOf + link + `worksheet" Target="worksheets/sheet` + n + `.xml"/>`
	}
	links += `<Relationship Id="rIdStyles" Type="` + spaceOf + link + `styles" Target="styles.xml"/></Relationships>`
	for _, p := range [][2]string{
		{"[Content_Types].xml", types + `</Types>`},
		{"_rels/.rels", rootLinks},
		{"xl/workbook.xml", book + `</sheets></workbook>`},
		{"xl/_rels/workbook.xml.rels", links},
		{"xl/styles.xml", styles},
	} {
		out, err := x.zip.Create(p[0])
		if err == nil {
			_, err = io.WriteString(out, p[1])
		}
		if err != nil {
			return err
		}
	}
	return x.zip.Close()
}
