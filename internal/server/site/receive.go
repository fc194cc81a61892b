package site

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"sync"
	"time"

	"guichet/internal/auth"
	"guichet/internal/bound"
)

// PathOfStatements is where statements are uploaded.
const PathOfStatements = "/desk/statements"

// received is a form with a file.
type received struct {
	Fields   url.Values
	FileName string
	File     io.ReadSeeker // empty without one
	Size     int64

	spool *os.File
}

// Close lets go of the file.
func (g *received) Close() {
	if g.spool != nil {
		_ = g.spool.Close() // nothing is left to be written
	}
}

// Receive reads a form with a file in the order in which it is sent. Unlike
// upload it keeps the fields before a file that is too large, which gives
// *http.MaxBytesError: so the page can show them again. The file waits on the disk
// under no name until Close, or an error: memory would hold it twice.
func Receive(r *http.Request) (*received, error) {
	got := &received{Fields: url.Values{}, File: new(emptyFile)}
	parts, err := r.MultipartReader()
	if err != nil { // a form without a file
		return got, nil //nolint:nilerr // see above
	}
	for range bound.StatementFields {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			got.Close()
			return got, unreadable(err)
		}
		switch {
		case part.FileName() == "":
			content, err := io.ReadAll(io.LimitReader(part, bound.StatementField))
			if err != nil {
				got.Close()
				return got, unreadable(err)
			}
			got.Fields.Add(part.FormName(), string(content))
		case part.FormName() == "file" && got.spool == nil:
			got.FileName = SanitizeText(part.FileName())
			if err := got.keep(part); err != nil {
				got.Close()
				return got, err
			}
		}
	}
	got.Fields = sanitizeValues(got.Fields)
	return got, nil
}

// keep writes a file to the disk.
func (g *received) keep(part io.Reader) error {
	var err error
	if g.spool, err = os.CreateTemp("", "guichet-upload-"); err != nil {
		return fmt.Errorf("keep an upload: %w", err)
	}
	if err := os.Remove(g.spool.Name()); err != nil {
		return fmt.Errorf("keep an upload: %w", err)
	}
	g.File = g.spool
	if g.Size, err = io.Copy(g.spool, part); err != nil {
		return unreadable(err)
	}
	return nil
}

// emptyFile is a file without anything in it.
type emptyFile struct{}

func (*emptyFile) Read([]byte) (int, error)       { return 0, io.EOF }
func (*emptyFile) Seek(int64, int) (int64, error) { return 0, nil }

// unreadable tells a form that is too large, or did not arrive, from one that is none.
func unreadable(err error) error {
	var tooBig *http.MaxBytesError
	if errors.As(err, &tooBig) || errors.Is(err, errNotArrived) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrBadForm, err)
}

// uploads are the people from whom a file is being taken.
type uploads struct {
	mu     sync.Mutex
	people map[int64]bool
}

// begin counts somebody in; false when that is one too many.
func (u *uploads) begin(person int64) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.people[person] || len(u.people) >= bound.Uploads {
		return false
	}
	if u.people == nil {
		u.people = map[int64]bool{}
	}
	u.people[person] = true
	return true
}

func (u *uploads) end(person int64) {
	u.mu.Lock()
	defer u.mu.Unlock()
	delete(u.people, person)
}

// OneUpload takes one file of a person at a time, and few in all: what is done with
// one is the most work that a request can ask for.
func (s *Site) OneUpload(h Handler) http.HandlerFunc {
	return s.Handle(func(w http.ResponseWriter, r *http.Request) error {
		person := Person(r).ID
		if !s.uploads.begin(person) {
			return &auth.LimitedError{Limit: "uploads at once", Wait: 10 * time.Second}
		}
		defer s.uploads.end(person)
		return h(w, r)
	})
}
