package signin

import (
	"fmt"
	"strings"
	"time"

	"guichet/web/ui"
)

// FactorPage is somebody's second factor.
type FactorPage struct {
	Since     time.Time // zero: there is none
	CodesLeft int       // recovery codes
	Required  bool      // nobody goes on without one
	Now       time.Time
	Timezone  string
}

// FactorNewPage is an application that is being set up.
type FactorNewPage struct {
	Secret  string              // base32
	Address string              // otpauth://…
	Size    int                 // of the QR code, in modules
	Dark    func(x, y int) bool // its modules
	Error   string
}

// groups shows the secret four letters at a time, as it is typed.
func (p FactorNewPage) groups() string {
	var parts []string
	for rest := p.Secret; rest != ""; {
		n := min(4, len(rest))
		parts, rest = append(parts, rest[:n]), rest[n:]
	}
	return strings.Join(parts, " ")
}

// path draws the dark modules, a run of them at a time.
func (p FactorNewPage) path() string {
	var d strings.Builder
	for y := range p.Size {
		for x := 0; x < p.Size; x++ {
			begin := x
			for x < p.Size && p.Dark(x, y) {
				x++
			}
			if x > begin {
				fmt.Fprintf(&d, "M%d %dh%dv1h-%dz", begin, y, x-begin, x-begin)
			}
		}
	}
	return d.String()
}

// quiet is the light frame of a QR code, in modules.
const quiet = 4

func (p FactorNewPage) viewBox() string {
	return fmt.Sprintf("%d %d %d %d", -quiet, -quiet, p.Size+2*quiet, p.Size+2*quiet)
}

func (p FactorNewPage) code(v ui.View) ui.Field { return codeField(v, p.Error) }

// codeField asks for the code that an application shows. It takes whatever is
// pasted: "Your code is 123 456".
func codeField(v ui.View, problem string) ui.Field {
	return ui.Field{
		ID: "code", Name: "code", Label: v.T("factor.code"), InputMode: "numeric", Autocomplete: "one-time-code",
		Width: "m", Error: problem,
	}
}

// RecoveryPage shows new recovery codes.
type RecoveryPage struct {
	Codes []string
	Error string
}

func (p RecoveryPage) kept(v ui.View) ui.ChoiceGroup {
	return ui.ChoiceGroup{
		ID: "kept", Name: "kept", Legend: v.T("recovery.keep"), LegendHidden: true, Error: p.Error,
		Choices: []ui.Choice{{ID: "kept-1", Value: "1", Label: v.T("recovery.keep")}},
	}
}
