package site

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"guichet/internal/auth"
	"guichet/internal/sheet"
)

// exportPause is the longest silence of a visitor's line during an export.
const exportPause = 2 * time.Minute

// Table is a file that is written while it is sent.
type Table struct {
	Format      sheet.Format
	Name        string // what it lists
	About, Head []string
	Mark        string   // of the filter, for the audit log
	Parts       []string // of the filter and the timezone, for the file's name
}

// Send writes a table to the visitor, row by row. When something goes wrong on
// the way the line is cut, so that nobody takes half a file for a whole one.
func (s *Site) Send(w http.ResponseWriter, r *http.Request, t Table, each func(add func([]sheet.Cell) error) error) error {
	a := Actor(r)
	subject := strconv.FormatInt(a.AgencyID, 10)
	if a.AgencyID == 0 {
		subject = "person " + strconv.FormatInt(a.UserID, 10)
	}
	select {
	case s.Exports <- struct{}{}:
		defer func() { <-s.Exports }()
	default:
		return &auth.LimitedError{Limit: "exports at once", Wait: time.Minute}
	}
	if err := s.Auth.Allow(r.Context(), auth.ExportsPerAgency, subject); err != nil {
		return err
	}
	if err := s.Accounts.AuditExport(r.Context(), a, t.Name+" "+string(t.Format)+" "+t.Mark); err != nil {
		return err
	}
	name := "guichet-" + strings.Join(append([]string{t.Name, s.Now().In(Timezone(r)).Format("2006-01-02")}, t.Parts...), "_")
	Download(w, t.Format.ContentType(), name+"."+t.Format.Extension())
	line := http.NewResponseController(w)
	patient := func() error { return line.SetWriteDeadline(s.Now().Add(exportPause)) }
	err := s.write(w, t, patient, each)
	if err == nil {
		return nil
	}
	level := slog.LevelWarn
	if errors.Is(r.Context().Err(), context.Canceled) { // by the visitor
		level = slog.LevelInfo
	}
	s.Log.Log(r.Context(), level, "export cut off", "request", RequestInfoOf(r).id, "error", err)
	panic(http.ErrAbortHandler)
}

func (s *Site) write(w http.ResponseWriter, t Table, patient func() error, each func(add func([]sheet.Cell) error) error) error {
	if err := patient(); err != nil {
		return fmt.Errorf("allow for a long answer: %w", err)
	}
	out, err := sheet.New(t.Format, w, t.About, t.Head)
	if err != nil {
		return err
	}
	rows := 0
	err = each(func(cells []sheet.Cell) error {
		if rows++; rows%1000 == 0 {
			if err := patient(); err != nil {
				return err
			}
		}
		return out.Row(cells)
	})
	if err != nil {
		return err
	}
	if err := patient(); err != nil {
		return err
	}
	return out.Close()
}

// FileWord writes a text as a part of a file name: letters, digits and hyphens.
func FileWord(text string) string { return strings.Trim(strings.Map(fileLetter, text), "-") }

// Formats are the codes of the formats that lists are exported in.
func Formats() []string {
	var codes []string
	for _, f := range sheet.Formats() {
		codes = append(codes, string(f))
	}
	return codes
}

// fileLetter leaves in a file's name what every system takes.
func fileLetter(r rune) rune {
	if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' {
		return r
	}
	return '-'
}

// Download makes the answer a file of that name.
func Download(w http.ResponseWriter, kind, name string) {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
}
