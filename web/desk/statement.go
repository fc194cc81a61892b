package desk

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"guichet/internal/booking"
	"guichet/internal/locale"
	"guichet/internal/statement"
	"guichet/web/ui"
)

// StatementsPage is the subject of Statements: earlier ones and the upload form.
type StatementsPage struct {
	Statements      []statement.Statement
	From, To, About string // as they were typed
	Errors          map[string]string
	MayImport       bool // customer service; admins only look
	Now             time.Time
	Timezone        string
}

// StatementColumnsPage is the subject of StatementColumns.
type StatementColumnsPage struct {
	Statement statement.Statement
	Lines     []statement.Line // the first ones
	Chosen    statement.Columns
	Errors    map[string]string
}

// StatementPage is the subject of StatementShow: what the lines of one class
// came to, after the sums of all classes.
type StatementPage struct {
	Statement statement.Statement
	Sums      []statement.ClassSum
	Class     booking.LineClass // whose lines are shown; empty when there are none
	Lines     []statement.Line
	Unbilled  []booking.Booking
	MayImport bool
	BadCursor bool
	Pager     ui.Pager
	Now       time.Time
	Timezone  string
}

func statementURL(st statement.Statement) string { return "/desk/statements/" + st.Handle }

// period writes the two days of a statement.
func period(v ui.View, st statement.Statement) string {
	return v.T("statement.period", "From", st.From, "To", st.To)
}

func (p StatementsPage) file(v ui.View) ui.Field {
	return ui.Field{ID: "file", Name: "file", Label: v.T("statement.file"), Hint: v.T("statement.file.hint")}.WithErrors(p.Errors)
}

func (p StatementsPage) from(v ui.View) ui.Field {
	return ui.Field{ID: "from", Name: "from", Label: v.T("statement.from"), Hint: v.T("statement.day.hint"), Value: p.From, Width: "m"}.WithErrors(p.Errors)
}

func (p StatementsPage) to(v ui.View) ui.Field {
	return ui.Field{ID: "to", Name: "to", Label: v.T("statement.to"), Hint: v.T("statement.to.hint"), Value: p.To, Width: "m"}.WithErrors(p.Errors)
}

func (p StatementsPage) about(v ui.View) ui.ChoiceGroup {
	g := ui.ChoiceGroup{ID: "about", Name: "about", Legend: v.T("statement.about"), Error: p.Errors["about"]}
	for _, a := range statement.AllAbout() {
		g.Choices = append(g.Choices, ui.Choice{ID: "about-" + string(a), Value: string(a), Label: v.T("statement.about." + string(a)), Checked: p.About == string(a)})
	}
	return g
}

// columns are the selects, in the order of the page.
func (p StatementColumnsPage) columns(v ui.View) []ui.SelectField {
	var group ui.OptionGroup
	for i, title := range p.Statement.Header {
		group.Options = append(group.Options, ui.Option{Value: strconv.Itoa(i + 1), Label: column(v, i, title)})
	}
	var list []ui.SelectField
	for _, field := range statement.Fields() {
		value := ""
		if i, ok := p.Chosen[field]; ok {
			value = strconv.Itoa(i + 1)
		}
		f := ui.Field{ID: field, Name: field, Label: v.T("statement.field." + field), Value: value, Optional: field != "amount"}
		list = append(list, ui.SelectField{Field: f.WithErrors(p.Errors), Empty: v.T("statement.column.missing"), Groups: []ui.OptionGroup{group}})
	}
	return list
}

// column names a column of the file; one without a name by its place.
func column(v ui.View, i int, title string) string {
	if title == "" {
		return v.T("statement.column.number", "Number", strconv.Itoa(i+1))
	}
	return title
}

func (p StatementColumnsPage) problems(v ui.View) []ui.Problem {
	var fields []ui.Field
	for _, f := range p.columns(v) {
		fields = append(fields, f.Field)
	}
	return ui.Problems(fields...)
}

// classRow is one line of the sums.
type classRow struct {
	class booking.LineClass
	lines int
	there string
}

// rows are the classes that have lines, what must be looked at first.
func (p StatementPage) rows(v ui.View) []classRow {
	var out []classRow
	for _, class := range booking.LineClasses() {
		row := classRow{class: class}
		var amounts []string
		for _, s := range p.Sums {
			if s.Class != class {
				continue
			}
			row.lines += s.Lines
			if s.There.Currency != "" {
				amounts = append(amounts, v.Money(s.There))
			}
		}
		row.there = strings.Join(amounts, ", ")
		if row.lines > 0 {
			out = append(out, row)
		}
	}
	return out
}

// count is how many lines the classes have together.
func (p StatementPage) count(classes ...booking.LineClass) (n int) {
	for _, s := range p.Sums {
		if slices.Contains(classes, s.Class) {
			n += s.Lines
		}
	}
	return n
}

func (p StatementPage) cases() int {
	return p.count(booking.LineExpired, booking.LineCancelled, booking.LineCreditedPart, booking.LineCreditedPaid, booking.LineUnproved, booking.LineByPlate)
}

func (p StatementPage) classURL(c booking.LineClass) string {
	return statementURL(p.Statement) + "?" + url.Values{"class": {string(c)}}.Encode()
}

func class(v ui.View, c booking.LineClass) string { return v.T("statement.class." + string(c)) }

// cell is what a line has in a column; nothing where it is shorter than the head.
func cell(l statement.Line, column int) string {
	if column < len(l.Cells) {
		return l.Cells[column]
	}
	return ""
}

// difference says in words how a line and its booking differ.
func difference(v ui.View, l statement.Line) string {
	var words []string
	if l.Reason != "" {
		words = append(words, v.T("statement.reason."+l.Reason))
	}
	if l.Ref != "" && l.Amount.Currency != "" && l.Amount.Currency == l.Here.Currency {
		more := booking.Money{Cents: l.Amount.Cents - l.Here.Cents, Currency: l.Here.Currency}
		key := locale.Key("statement.more")
		if more.Cents < 0 {
			more.Cents, key = -more.Cents, "statement.less"
		}
		if more.Cents != 0 {
			words = append(words, v.T(string(key), "Amount", v.Money(more)))
		}
	}
	return strings.Join(words, " ")
}

// dropOff is the moment that a line gives, without a time when it gives none.
func dropOff(v ui.View, l statement.Line) string {
	switch {
	case l.From.IsZero():
		return ""
	case l.From.Equal(l.From.Truncate(24 * time.Hour)):
		return v.Lang.DateShort(l.From)
	}
	return v.Lang.DateShort(l.From) + " " + v.Lang.Time(l.From)
}

// again is the way to the comparison, the first one or another.
func (p StatementPage) again(v ui.View) string {
	if p.Statement.ComparedAt.IsZero() {
		return v.T("statement.choose")
	}
	return v.T("statement.again")
}
