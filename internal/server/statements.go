package server

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/go-chi/chi/v5"

	"guichet/internal/account"
	"guichet/internal/booking"
	"guichet/internal/locale"
	"guichet/web/desk"
	"guichet/web/ui"
)

// shownStatements is how many earlier statements are listed.
const shownStatements = 100

// shownFirst is how many lines help to choose the columns.
const shownFirst = 3

// listStatements answers GET /desk/statements.
func (s *Server) listStatements(w http.ResponseWriter, r *http.Request) error {
	return s.drawStatements(w, r, http.StatusOK, desk.StatementsPage{About: string(booking.AboutPayments)})
}

func (s *Server) drawStatements(w http.ResponseWriter, r *http.Request, status int, p desk.StatementsPage) error {
	var err error
	if p.Statements, err = s.Bookings.Statements(r.Context(), actor(r), shownStatements); err != nil {
		return err
	}
	p.MayImport, p.Now, p.Timezone = customerService(actor(r)), s.Now(), timezone(r).String()
	v := s.view(r, "statement.title")
	v.Problem = len(p.Errors) > 0
	return s.render(w, r, status, desk.Statements(v, p))
}

// addStatement answers POST /desk/statements. What was typed stays on a refused
// form; the file has to be chosen once more, since browsers keep none.
func (s *Server) addStatement(w http.ResponseWriter, r *http.Request) error {
	sent, err := receive(r)
	var tooBig *http.MaxBytesError
	if err != nil && !errors.As(err, &tooBig) {
		return err
	}
	p := desk.StatementsPage{From: sent.fields.Get("from"), To: sent.fields.Get("to"), About: sent.fields.Get("about"), Errors: map[string]string{}}
	if tooBig != nil {
		p.Errors["file"] = lang(r).T("statement.file.big", "Megabytes", maxStatement>>20)
		return s.drawStatements(w, r, http.StatusRequestEntityTooLarge, p)
	}
	st, err := s.Bookings.AddStatement(r.Context(), actor(r), booking.StatementUpload{
		FileName: sent.fileName, File: sent.file, From: s.periodDay(r, p.From), To: s.periodDay(r, p.To), About: booking.StatementAbout(p.About),
	})
	var invalid *booking.InvalidError
	switch {
	case errors.As(err, &invalid):
		p.Errors = problems(lang(r), invalid)
		if len(sent.file) > 0 && p.Errors["file"] == "" {
			p.Errors["file"] = lang(r).T("statement.file.again")
		}
		return s.drawStatements(w, r, http.StatusUnprocessableEntity, p)
	case errors.Is(err, booking.ErrChanged):
		return s.goWith(w, r, "/desk/statements/"+st.Handle, ui.Info, "statement.known")
	case err != nil:
		return err
	}
	if err := s.Accounts.AuditStatement(r.Context(), actor(r), account.DidImportStatement, st.Handle); err != nil {
		return err
	}
	return redirect(w, r, "/desk/statements/"+st.Handle+"/columns")
}

// periodDay reads a day; zero when none can be read. A day without a year is the
// last one.
func (s *Server) periodDay(r *http.Request, text string) time.Time {
	today := s.Now().In(timezone(r))
	yearAgo := today.AddDate(-1, 0, 1)
	day, err := locale.ParseDate(text, today, &yearAgo)
	if err != nil {
		return time.Time{}
	}
	return day
}

func (s *Server) statement(r *http.Request) (booking.Statement, error) {
	return s.Bookings.Statement(r.Context(), actor(r), chi.URLParam(r, "statement"))
}

// showColumns answers GET /desk/statements/{statement}/columns.
func (s *Server) showColumns(w http.ResponseWriter, r *http.Request) error {
	st, err := s.statement(r)
	if err != nil {
		return err
	}
	chosen, err := s.Bookings.UsualColumns(r.Context(), st)
	if err != nil {
		return err
	}
	return s.drawColumns(w, r, http.StatusOK, desk.StatementColumnsPage{Statement: st, Chosen: chosen})
}

func (s *Server) drawColumns(w http.ResponseWriter, r *http.Request, status int, p desk.StatementColumnsPage) error {
	var err error
	if p.Lines, err = s.Bookings.FirstLines(r.Context(), p.Statement, shownFirst); err != nil {
		return err
	}
	v := s.view(r, "statement.columns")
	v.Problem = len(p.Errors) > 0
	return s.render(w, r, status, desk.StatementColumns(v, p))
}

// columnsOf reads which column holds what; what is no number is none.
func columnsOf(fields url.Values) booking.Columns {
	c := booking.Columns{}
	for _, field := range booking.StatementFields() {
		if n, err := strconv.Atoi(fields.Get(field)); err == nil {
			c[field] = n - 1
		}
	}
	return c
}

// compareStatement answers POST /desk/statements/{statement}/columns.
func (s *Server) compareStatement(w http.ResponseWriter, r *http.Request) error {
	fields, err := form(r)
	if err != nil {
		return err
	}
	st, err := s.statement(r)
	if err != nil {
		return err
	}
	chosen, l := columnsOf(fields), lang(r)
	_, done, err := s.Bookings.CompareStatement(r.Context(), actor(r), booking.CompareRequest{
		Handle: st.Handle, Columns: chosen,
		Words: func(file string, line int) string {
			return l.T("statement.evidence", "File", file, "Line", strconv.Itoa(line))
		},
	})
	var invalid *booking.InvalidError
	if errors.As(err, &invalid) {
		p := desk.StatementColumnsPage{Statement: st, Chosen: chosen, Errors: problems(l, invalid)}
		return s.drawColumns(w, r, http.StatusUnprocessableEntity, p)
	}
	if err == nil {
		err = s.Accounts.AuditStatement(r.Context(), actor(r), account.DidCompareStatement, st.Handle)
	}
	if err == nil {
		err = s.leaveBanner(r, ui.OK, "statement.done", "Proved", done.Proved, "Cases", done.Cases)
	}
	if err != nil {
		return err
	}
	return redirect(w, r, "/desk/statements/"+st.Handle)
}

// showStatement answers GET /desk/statements/{statement}.
func (s *Server) showStatement(w http.ResponseWriter, r *http.Request) error {
	st, err := s.statement(r)
	if err != nil {
		return err
	}
	p := desk.StatementPage{Statement: st, MayImport: customerService(actor(r)), Now: s.Now(), Timezone: timezone(r).String()}
	if !st.ComparedAt.IsZero() {
		if p.Sums, err = s.Bookings.StatementSums(r.Context(), st); err != nil {
			return err
		}
		p.Class = chosenClass(p.Sums, query(r).Get("class"))
		if err := s.linesOf(r, &p); err != nil {
			return err
		}
	}
	v := s.view(r, "statement.one", "From", st.From, "To", st.To)
	return s.render(w, r, http.StatusOK, desk.StatementShow(v, p))
}

// chosenClass is the class whose lines are shown: the one that was asked for,
// else the first that has lines.
func chosenClass(sums []booking.ClassSum, asked string) booking.LineClass {
	first := booking.LineClass("")
	for _, class := range booking.LineClasses() {
		if !slices.ContainsFunc(sums, func(c booking.ClassSum) bool { return c.Class == class && c.Lines > 0 }) {
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
func (s *Server) linesOf(r *http.Request, p *desk.StatementPage) error {
	var after int64
	its := p.Statement.Handle + string(p.Class) // a place in another list says nothing here
	if text := query(r).Get("after"); text != "" {
		c, ok := decodeCursor(text, its)
		if p.BadCursor = !ok || c.ID > booking.MaxStatementLine && p.Class != booking.NotBilled; !p.BadCursor {
			after = c.ID
		}
	}
	at := "/desk/statements/" + p.Statement.Handle + "?" + url.Values{"class": {string(p.Class)}}.Encode()
	last, err := int64(0), error(nil)
	if p.Class == booking.NotBilled {
		if p.Unbilled, err = s.Bookings.Unbilled(r.Context(), p.Statement, after, pageSize+1); len(p.Unbilled) > pageSize {
			p.Unbilled = p.Unbilled[:pageSize]
			last = p.Unbilled[pageSize-1].ID
		}
	} else if p.Lines, err = s.Bookings.LinesOf(r.Context(), p.Statement, p.Class, int(after), pageSize+1); len(p.Lines) > pageSize {
		p.Lines = p.Lines[:pageSize]
		last = int64(p.Lines[pageSize-1].Number)
	}
	if last > 0 {
		p.Pager.Next = at + "&after=" + encodeCursor(booking.Cursor{Key: p.Statement.At.UnixMicro(), ID: last}, its)
	}
	if after > 0 {
		p.Pager.First = at
	}
	return err
}
