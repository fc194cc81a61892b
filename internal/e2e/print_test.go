package e2e

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/ledongthuc/pdf"
	"golang.org/x/text/unicode/norm"
)

// printed is the text of each sheet that a page prints on A4, without spaces: where a
// line breaks, a sheet has none.
func (b *tab) printed() []string {
	b.t.Helper()
	file := run(b, chromedp.PrintToPDF(chromedp.PDFPreferCSSPageSize(), chromedp.PDFPaper(chromedp.PaperA4)))
	r, err := pdf.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		b.t.Fatal(err)
	}
	var sheets []string
	for i := range r.NumPage() {
		text, err := r.Page(i + 1).GetPlainText(nil)
		if err != nil {
			b.t.Fatal(err)
		}
		sheets = append(sheets, plain(text))
	}
	return sheets
}

// plain is a text without spaces of any kind, and with its letters apart: on paper
// some stand together.
func plain(text string) string { return strings.Join(strings.Fields(norm.NFKC.String(text)), "") }

// The list on paper has all that it has on a wide screen, whole, and its heads on each
// sheet.
func TestTheListIsPrintedWhole(t *testing.T) {
	t.Parallel()
	for _, lang := range both {
		t.Run(string(lang), func(t *testing.T) {
			t.Parallel()
			v := open(t, lang)
			const sold = 45
			for i := range sold {
				v.agent.paid(fmt.Sprintf("AB-%03d-CD", 200+i))
			}
			v.sql(`SET session_replication_role = replica;
				UPDATE bookings SET last_name = 'Wolfeschlegelsteinhausenbergerdorff-Montmorency-Laval-Boutev';
				UPDATE agencies SET name = 'Voyages Wolfeschlegelsteinhausenbergerdorff-Montmorency-Lava';
				RESET session_replication_role`)
			for _, who := range []string{agent, desk} {
				v.visit(sight{"list", who, func(v *visit) { v.open("/bookings") }})
				heads := js[[]string](v.tab, `[...document.querySelectorAll("thead th:not(.act)")].map(e => e.textContent.replace(/[↑↓]/, ""))`)
				cells := js[[]string](v.tab, `[...document.querySelectorAll("tbody :is(td, th):not(.act)")].map(e => e.textContent)`)
				sheets := v.printed()
				if n := len(sheets); n < 2 || n > 4 {
					t.Errorf("%s: %d bookings on %d sheets", who, sold, n)
				}
				for i, sheet := range sheets {
					for _, head := range heads {
						if !strings.Contains(sheet, plain(head)) {
							t.Errorf("%s: sheet %d has no column %q", who, i+1, head)
						}
					}
				}
				all := strings.Join(sheets, "")
				for _, cell := range cells {
					if !strings.Contains(all, plain(cell)) {
						t.Fatalf("%s: %q is not printed: %s", who, plain(cell), all)
					}
				}
			}
		})
	}
}

// What an agent hands out or files after a sale is one sheet.
func TestTheConfirmationIsOneSheet(t *testing.T) {
	t.Parallel()
	for _, lang := range both {
		t.Run(string(lang), func(t *testing.T) {
			t.Parallel()
			v := open(t, lang)
			sale := v.agent.paid("AB-123-CD")
			v.open(sale + "/confirmation")
			sheets := v.printed()
			b := v.stored(sale)
			if len(sheets) != 1 || !strings.Contains(sheets[0], plain(b.CustomerRef())) || !strings.Contains(sheets[0], plain(b.Customer.LastName)) {
				t.Errorf("%d sheets: %s", len(sheets), sheets)
			}
		})
	}
}
