package ui

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"guichet/internal/account"
	"guichet/internal/locale"

	"github.com/a-h/templ"
)

// Field is one input with its label. All texts are translated by the page; Value
// is what the visitor wrote, untouched.
type Field struct {
	ID, Name, Label, Hint, Value, Error string

	Type         string // "text" when empty; "email", "tel", "password", "search"
	InputMode    string
	Autocomplete string // "off" when empty: most fields are about somebody else
	Capitalize   string // autocapitalize: "none", "words", "characters"
	Width        string // "xs", "s", "m", or empty for the whole column
	Optional     bool   // adds "(optional)" to the label
	Code         bool   // plates, references: fixed-width letters
	Warning      string // a doubt that stops nothing: "this is a landline"
	Key          string // the shortcut that leads here: "n"
}

// Option is one choice of a select.
type Option struct {
	Value, Label string
	Code         string // an exact match for the combobox: "CDG"
	Alias        string // other names to find it by: "Roissy"
	Far          bool   // it is found by the name of a city that it is far from: after the others
}

// OptionGroup is a labelled group of options; an empty label means no group.
type OptionGroup struct {
	Label   string
	Options []Option
}

// SelectField is a native select; Value in Field chooses the option.
type SelectField struct {
	Field
	Empty    string // text of the first, empty option; none when empty
	Groups   []OptionGroup
	Combobox bool   // let the script make it searchable
	Typed    string // what was typed and matched nothing
}

// Choice is one row of a group of radios or checkboxes.
type Choice struct {
	ID, Value, Label string
	Name             string // of a checkbox that differs from its group's
	Hint             string // one line of consequence
	HintIsCode       bool   // the hint is a plate or a reference
	Price            string
	Lang             string // of a label that comes from elsewhere
	Checked          bool
	Focus            bool // where a page that asks one thing begins
}

// ChoiceGroup is a fieldset of choices.
type ChoiceGroup struct {
	ID, Name, Legend, Hint, Error string
	Choices                       []Choice
	Inline                        bool // short labels, side by side
	LegendHidden                  bool // a heading above says the same
}

// Leg is one end of a stay: a date, a time, and what they mean in words.
type Leg struct {
	ID         string // "from" or "to"
	Legend     string
	Date, Time Field
	Echo       Echo
	EchoURL    string       // the fragment that renews the echo: "/fragments/when?leg=from"
	EchoFrom   string       // names of the fields that are sent to it, space-separated
	Overlap    *ChoiceGroup // before or after the clocks change; nil when it is clear
}

// Echo is what was typed, in words, and what will or may be refused of it.
type Echo struct {
	Text    string // "samedi 4 juillet 2026, 06:05, heure de Paris"
	Warning string
}

// PhoneField is a country and a number, with what will be recorded.
type PhoneField struct {
	Country    SelectField
	Number     Field
	Preview    string       // "Sera enregistré : +33 6 …"
	Meant      *ChoiceGroup // the number that was perhaps meant, to be ticked; nil for none
	PreviewURL string       // the fragment that renews the preview; it is sent by POST
}

// Problem is one line of the error summary.
type Problem struct {
	FieldID string // where the link leads
	Text    string
}

// Problems lists the errors of the fields in the order of the page.
func Problems(fields ...Field) []Problem {
	var list []Problem
	for _, f := range fields {
		if f.Error != "" {
			list = append(list, Problem{f.ID, f.Error})
		}
	}
	return list
}

// AllProblems is Problems, and what errs says that none of the fields says: at the top
// of the page, so that no form is refused without a word.
func AllProblems(errs map[string]string, fields ...Field) []Problem {
	list := Problems(fields...)
	for _, name := range slices.Sorted(maps.Keys(errs)) {
		if !slices.ContainsFunc(fields, func(f Field) bool { return f.Name == name && f.Error != "" }) {
			list = append(list, Problem{Text: errs[name]})
		}
	}
	return list
}

// WithErrors returns the field with the message that errs holds for its name.
func (f Field) WithErrors(errs map[string]string) Field {
	f.Error = errs[f.Name]
	return f
}

// AsField returns the group as Problems takes it: its link leads to the first
// choice; nowhere when there is none left to choose.
func (g ChoiceGroup) AsField() Field {
	f := Field{Name: g.Name, Error: g.Error}
	if len(g.Choices) > 0 {
		f.ID = g.Choices[0].ID
	}
	return f
}

func (f Field) inputType() string {
	if f.Type == "" {
		return "text"
	}
	return f.Type
}

func (f Field) autocomplete() string {
	if f.Autocomplete == "" {
		return "off"
	}
	return f.Autocomplete
}

// describedBy names the texts that belong to the input, in reading order.
func (f Field) describedBy(more ...string) string {
	var ids []string
	if f.Hint != "" {
		ids = append(ids, f.ID+"-hint")
	}
	if f.Error != "" {
		ids = append(ids, f.ID+"-error")
	}
	if f.Warning != "" {
		ids = append(ids, f.ID+"-warning")
	}
	return strings.Join(append(ids, more...), " ")
}

// Attrs are the attributes that an input has only sometimes.
func (f Field) Attrs(more ...string) templ.Attributes {
	a := templ.Attributes{}
	set := func(name, value string) {
		if value != "" {
			a[name] = value
		}
	}
	set("aria-describedby", f.describedBy(more...))
	set("inputmode", f.InputMode)
	set("autocapitalize", f.Capitalize)
	set("data-key", f.Key)
	if f.Error != "" {
		a["aria-invalid"] = "true"
	}
	return a
}

func (f Field) inputClass() string {
	class := "input"
	if f.Width != "" {
		class += " w-" + f.Width
	}
	if f.Code {
		class += " code"
	}
	return class
}

// Button is a submit button.
type Button struct {
	Label       string
	Kind        string // "primary" when empty; "secondary", "danger", "quiet"
	Name, Value string
	Action      string // another address than the form's
	Get         bool   // by GET, whatever the form's method is
}

func (b Button) kind() string {
	if b.Kind == "" {
		return "primary"
	}
	return b.Kind
}

func (c Choice) name(g ChoiceGroup) string {
	if c.Name != "" {
		return c.Name
	}
	return g.Name
}

// Formats asks for the kind of file.
func (v View) Formats(codes []string, problem string) ChoiceGroup {
	g := ChoiceGroup{ID: "format", Name: "format", Legend: v.T("export.format"), Error: problem}
	for i, f := range codes {
		g.Choices = append(g.Choices, Choice{
			ID: "format-" + f, Value: f, Label: v.T("export.format." + f), Hint: v.T("export.format." + f + ".hint"),
			Checked: i == 0 && problem == "",
		})
	}
	return g
}

// LanguageChoice offers the languages of the portal, each in its own words.
func LanguageChoice(legend, chosen, problem string) ChoiceGroup {
	g := ChoiceGroup{ID: "language", Name: "language", Legend: legend, Error: problem}
	for _, l := range locale.Langs() {
		code := string(l)
		g.Choices = append(g.Choices, Choice{ID: "language-" + code, Value: code, Label: l.Name(), Lang: code, Checked: chosen == code})
	}
	return g
}

// Ask adds the question that answers what is wrong with the time.
func (l *Leg) Ask(which *ChoiceGroup) {
	which.Error, l.Time.Error = cmp.Or(which.Error, l.Time.Error), ""
	l.Overlap = which
}

// AgencyOptions offers agencies by their code.
func AgencyOptions(agencies []account.Agency) []Option {
	var list []Option
	for _, a := range agencies {
		list = append(list, Option{Value: a.Code, Label: a.Name + " (" + a.Code + ")", Code: a.Code})
	}
	return list
}
