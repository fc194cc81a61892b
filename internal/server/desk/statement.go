package desk

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/go-chi/chi/v5"

	"guichet/internal/booking"
	"guichet/internal/bound"
	"guichet/internal/invalid"
	"guichet/internal/locale"
	"guichet/internal/server/site"
	"guichet/internal/statement"
	pages "guichet/web/desk"
	"guichet/web/ui"
)

// shownStatements is how many earlier statements are listed.
const shownStatements = 100

// shownFirst is how many lines help to choose the columns.
const shownFirst = 3

// ListStatements answers GET /desk/statements.
func (s *Handlers) ListStatements(w http.ResponseWriter, r *http.Request) error {
	return s.drawStatements(w, r, http.StatusOK, pages.StatementsPage{About: string(statement.AboutPayments)})
}

func (s *Handlers) drawStatements(w http.ResponseWriter, r *http.Request, status int, p pages.StatementsPage) error {
	var err error
	if p.Statements, err = s.Statements.List(r.Context(), site.Actor(r), shownStatements); err != nil {
		return err
	}
	p.MayImport, p.Now, p.Timezone = site.CustomerService(site.Actor(r)), s.Now(), site.Timezone(r).String()
	v := s.View(r, "statement.title")
	v.Problem = len(p.Errors) > 0
	return s.Render(w, r, status, pages.Statements(v, p))
}

// AddStatement answers POST /desk/statements. What was typed stays on a refused
// form; the file has to be chosen once more, since browsers keep none.
func (s *Handlers) AddStatement(w http.ResponseWriter, r *http.Request) error {
	sent, err := site.Receive(r)
	var tooBig *http.MaxBytesError
	if err != nil && !errors.As(err, &tooBig) {
		return err
	}
	defer sent.Close()
	p := pages.StatementsPage{From: sent.Fields.Get("from"), To: sent.Fields.Get("to"), About: sent.Fields.Get("about"), Errors: map[string]string{}}
	if tooBig != nil {
		p.Errors["file"] = site.Lang(r).T("statement.file.big", "Megabytes", bound.Statement>>20)
		return s.drawStatements(w, r, http.StatusRequestEntityTooLarge, p)
	}
	st, err := s.Statements.Import(r.Context(), site.Actor(r), statement.Upload{
		FileName: sent.FileName, File: sent.File, From: s.periodDay(r, p.From), To: s.periodDay(r, p.To), About: statement.About(p.About),
	})
	var invalid *invalid.Error
	switch {
	case errors.As(err, &invalid):
		p.Errors = site.Problems(site.Lang(r), invalid)
		if sent.Size > 0 && p.Errors["file"] == "" {
			p.Errors["file"] = site.Lang(r).T("statement.file.again")
		}
		return s.drawStatements(w, r, http.StatusUnprocessableEntity, p)
	case errors.Is(err, booking.ErrChanged):
		return s.RedirectWithFlash(w, r, "/desk/statements/"+st.Handle, ui.Info, "statement.known")
	case err != nil:
		return err
	}
	return site.Redirect(w, r, "/desk/statements/"+st.Handle+"/columns")
}

// periodDay reads a day; zero when none can be read. A day without a year is the
// last one.
func (s *Handlers) periodDay(r *http.Request, text string) time.Time {
	day, err := locale.ParsePastDay(text, s.Now().In(site.Timezone(r)))
	if err != nil {
		return time.Time{}
	}
	return day
}

func (s *Handlers) statement(r *http.Request) (statement.Statement, error) {
	return s.Statements.Find(r.Context(), site.Actor(r), chi.URLParam(r, "statement"))
}

// ShowColumns answers GET /desk/statements/{statement}/columns.
func (s *Handlers) ShowColumns(w http.ResponseWriter, r *http.Request) error {
	st, err := s.statement(r)
	if err != nil {
		return err
	}
	chosen, err := s.Statements.UsualColumns(r.Context(), st)
	if err != nil {
		return err
	}
	return s.drawColumns(w, r, http.StatusOK, pages.StatementColumnsPage{Statement: st, Chosen: chosen})
}

func (s *Handlers) drawColumns(w http.ResponseWriter, r *http.Request, status int, p pages.StatementColumnsPage) error {
	var err error
	if p.Lines, err = s.Statements.FirstLines(r.Context(), p.Statement, shownFirst); err != nil {
		return err
	}
	v := s.View(r, "statement.columns")
	v.Problem = len(p.Errors) > 0
	return s.Render(w, r, status, pages.StatementColumns(v, p))
}

// columnsOf reads which column holds what; what is no number is none.
func columnsOf(fields url.Values) statement.Columns {
	c := statement.Columns{}
	for _, field := range statement.Fields() {
		if n, err := strconv.Atoi(fields.Get(field)); err == nil {
			c[field] = n - 1
		}
	}
	return c
}

// CompareStatement answers POST /desk/statements/{statement}/columns.
func (s *Handlers) CompareStatement(w http.ResponseWriter, r *http.Request) error {
	fields, err := site.Form(r)
	if err != nil {
		return err
	}
	st, err := s.statement(r)
	if err != nil {
		return err
	}
	chosen, l := columnsOf(fields), site.Lang(r)
	_, done, err := s.Statements.Compare(r.Context(), site.Actor(r), statement.CompareRequest{
		Handle: st.Handle, Columns: chosen,
		Words: func(file string, line int) string {
			return l.T("statement.evidence", "File", file, "Line", strconv.Itoa(line))
		},
	})
	var invalid *invalid.Error
	if errors.As(err, &invalid) {
		p := pages.StatementColumnsPage{Statement: st, Chosen: chosen, Errors: site.Problems(l, invalid)}
		return s.drawColumns(w, r, http.StatusUnprocessableEntity, p)
	}
	if errors.Is(err, booking.ErrChanged) {
		return s.RedirectWithFlash(w, r, "/desk/statements/"+st.Handle, ui.Warn, "statement.changed")
	}
	if err == nil {
		err = s.SetFlash(r, ui.OK, "statement.done", "Proved", done.Proved, "Cases", done.Cases)
	}
	if err != nil {
		return err
	}
	return site.Redirect(w, r, "/desk/statements/"+st.Handle)
}

// ShowStatement answers GET /desk/statements/{statement}.
func (s *Handlers) ShowStatement(w http.ResponseWriter, r *http.Request) error {
	st, err := s.statement(r)
	if err != nil {
		return err
	}
	p := pages.StatementPage{Statement: st, MayImport: site.CustomerService(site.Actor(r)), Now: s.Now(), Timezone: site.Timezone(r).String()}
	if !st.ComparedAt.IsZero() {
		if p.Sums, err = s.Statements.Sums(r.Context(), st); err != nil {
			return err
		}
		p.Class = chosenClass(p.Sums, site.Query(r).Get("class"))
		if err := s.linesOf(r, &p); err != nil {
			return err
		}
	}
	v := s.View(r, "statement.one", "From", st.From, "To", st.To)
	return s.Render(w, r, http.StatusOK, pages.StatementShow(v, p))
}

// chosenClass is the class whose lines are shown: the one that was asked for,
// else the first that has lines.
func chosenClass(sums []statement.ClassSum, asked string) booking.LineClass {
	first := booking.LineClass("")
	for _, class := range booking.LineClasses() {
		if !slices.ContainsFunc(sums, func(c statement.ClassSum) bool { return c.Class == class && c.Lines > 0 }) {
			continue
		}
		if string(class) == asked {
			return class
		}
		if first == "" {
			first = class
		}
	}
	return first
}

// linesOf reads one page of the class; the place in it is opaque.
func (s *Handlers) linesOf(r *http.Request, p *pages.StatementPage) error {
	var after int64
	its := p.Statement.Handle + string(p.Class) // a place in another list says nothing here
	if text := site.Query(r).Get("after"); text != "" {
		c, ok := site.DecodeCursor(text, its)
		if p.BadCursor = !ok || c.ID > statement.MaxLine && p.Class != booking.NotBilled; !p.BadCursor {
			after = c.ID
		}
	}
	at := "/desk/statements/" + p.Statement.Handle + "?" + url.Values{"class": {string(p.Class)}}.Encode()
	last, err := int64(0), error(nil)
	if p.Class == booking.NotBilled {
		if p.Unbilled, err = s.Statements.Unbilled(r.Context(), p.Statement, after, site.PageSize+1); len(p.Unbilled) > site.PageSize {
			p.Unbilled = p.Unbilled[:site.PageSize]
			last = p.Unbilled[site.PageSize-1].ID
		}
	} else if p.Lines, err = s.Statements.LinesOf(r.Context(), p.Statement, p.Class, int(after), site.PageSize+1); len(p.Lines) > site.PageSize {
		p.Lines = p.Lines[:site.PageSize]
		last = int64(p.Lines[site.PageSize-1].Number)
	}
	if last > 0 {
		p.Pager.Next = at + "&after=" + site.EncodeCursor(booking.Cursor{Key: p.Statement.At.UnixMicro(), ID: last}, its)
	}
	if after > 0 {
		p.Pager.First = at
	}
	return err
}
