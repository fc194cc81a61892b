package site

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"guichet/internal/bound"
	"guichet/internal/invalid"
	"guichet/internal/locale"
)

// Form reads the posted fields; the address's own query is not part of them.
// The body's limit gives *http.MaxBytesError, too many fields errManyFields, other
// faults errBadForm.
func Form(r *http.Request) (url.Values, error) {
	if err := r.ParseForm(); err != nil {
		return nil, unreadable(err)
	}
	n := 0
	for _, values := range r.PostForm {
		n += len(values)
	}
	if n > bound.Fields {
		return nil, errManyFields
	}
	return sanitizeValues(r.PostForm), nil
}

// Query reads the parameters of an address.
func Query(r *http.Request) url.Values { return sanitizeValues(r.URL.Query()) }

func sanitizeValues(fields url.Values) url.Values {
	for _, values := range fields {
		for i, text := range values {
			values[i] = SanitizeText(text)
		}
	}
	return fields
}

// SanitizeText leaves out what no keyboard types and no database keeps: broken UTF-8
// and the NUL character.
func SanitizeText(text string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(text, ""), "\x00", "")
}

// Problems translates what is wrong with fields, by the field's name; nothing
// is wrong when invalid is nil.
func Problems(l locale.Lang, invalid *invalid.Error) map[string]string {
	texts := map[string]string{}
	if invalid == nil {
		return texts
	}
	for field, p := range invalid.Fields {
		texts[field] = Say(l, p)
	}
	return texts
}

// Say translates a problem. A country comes as its code and is named.
func Say(l locale.Lang, p invalid.Problem) string {
	args := slices.Clone(p.Args)
	for i := 0; i+1 < len(args); i += 2 {
		if code, ok := args[i+1].(string); ok && args[i] == "Country" {
			args[i+1] = l.Country(code)
		}
	}
	return l.T(p.Key, args...)
}

// Upload reads a file that was sent along with a form; nil when none was.
func Upload(r *http.Request, name string) ([]byte, error) {
	if err := r.ParseMultipartForm(bound.Picture); err != nil { //nolint:gosec // LimitBody bounds the body
		if errors.Is(err, http.ErrNotMultipart) { // a form without a file
			return nil, nil
		}
		return nil, unreadable(err)
	}
	file, _, err := r.FormFile(name)
	if errors.Is(err, http.ErrMissingFile) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBadForm, err)
	}
	content, err := io.ReadAll(file)
	if err = errors.Join(err, file.Close()); err != nil {
		return nil, fmt.Errorf("read a file: %w", err)
	}
	return content, nil
}

// Atoi reads a version; what is no number is no version.
func Atoi(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0
	}
	return n
}
