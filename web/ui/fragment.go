package ui

import (
	"context"
	"io"

	"github.com/a-h/templ"
)

// Text is a fragment that is one text and nothing else.
func Text(text string) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		_, err := io.WriteString(w, templ.EscapeString(text))
		return err
	})
}
