package site

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

// PathOfStatements is where statements are uploaded.
const PathOfStatements = "/desk/statements"

// MaxStatement is how much may be sent where a statement is.
const MaxStatement = 20 << 20

// maxParts and maxPart bound what is sent along with a file.
const (
	maxParts = 20
	maxPart  = 4 << 10
)

// received is a form with a file.
type received struct {
	Fields   url.Values
	FileName string
	File     []byte
}

// Receive reads a form with a file in the order in which it is sent. Unlike
// upload it keeps the fields before a file that is too large, which gives
// *http.MaxBytesError: so the page can show them again.
func Receive(r *http.Request) (received, error) {
	got := received{Fields: url.Values{}}
	parts, err := r.MultipartReader()
	if err != nil { // a form without a file
		return got, nil
	}
	for range maxParts {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return got, unreadable(err)
		}
		var in io.Reader = part
		if part.FileName() == "" {
			in = io.LimitReader(part, maxPart)
		}
		content, err := io.ReadAll(in)
		if err != nil {
			return got, unreadable(err)
		}
		switch {
		case part.FileName() == "":
			got.Fields.Add(part.FormName(), string(content))
		case part.FormName() == "file":
			got.File, got.FileName = content, SanitizeText(part.FileName())
		}
	}
	got.Fields = sanitizeValues(got.Fields)
	return got, nil
}

// unreadable tells a form that is too large from one that is none.
func unreadable(err error) error {
	var tooBig *http.MaxBytesError
	if errors.As(err, &tooBig) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrBadForm, err)
}
