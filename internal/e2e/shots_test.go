//go:build shots

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"

	"guichet/internal/locale"
)

// TestShots writes pictures of all pages into the folder $GUICHET_SHOTS, to be
// looked at: browsers and fonts differ too much to compare them.
func TestShots(t *testing.T) {
	t.Parallel()
	folder := os.Getenv("GUICHET_SHOTS")
	if folder == "" {
		t.Fatal("GUICHET_SHOTS names no folder; call make shots")
	}
	if err := os.MkdirAll(folder, 0o750); err != nil {
		t.Fatal(err)
	}
	for _, l := range locale.Langs() {
		t.Run(string(l), func(t *testing.T) {
			t.Parallel()
			n := 0
			eachPage(t, l, func(v *visit, p sight) {
				n++
				name := filepath.Join(folder, fmt.Sprintf("%02d-%s.%s", n, p.name, l))
				for _, scheme := range []string{light, dark} {
					for _, width := range []int64{wide, narrow} {
						v.look(scheme, width)
						v.write(fmt.Sprintf("%s.%s.%d.png", name, scheme, width), run(v.tab, chromedp.FullScreenshot(100)))
					}
				}
				if p.name == "confirmation" || p.name == "voucher" {
					v.write(name+".pdf", run(v.tab, chromedp.PrintToPDF(chromedp.PDFPreferCSSPageSize(), chromedp.PDFPaper(chromedp.PaperA4))))
				}
			})
		})
	}
}

func (v *visit) write(name string, content []byte) {
	v.t.Helper()
	if err := os.WriteFile(name, content, 0o600); err != nil {
		v.t.Fatal(err)
	}
}
