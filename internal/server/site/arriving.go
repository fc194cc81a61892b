package site

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
)

// arriving is a body whose errors tell one that did not arrive from one that is
// wrong.
type arriving struct{ io.ReadCloser }

// Read implements io.Reader.
func (a arriving) Read(p []byte) (int, error) {
	n, err := a.ReadCloser.Read(p)
	var network net.Error
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, os.ErrDeadlineExceeded) || errors.As(err, &network) {
		return n, fmt.Errorf("%w: %w", errNotArrived, err)
	}
	return n, err //nolint:wrapcheck // io.EOF must stay what it is
}

// failing ends a body as reading it did.
type failing struct{ err error }

// Read implements io.Reader.
func (f failing) Read([]byte) (int, error) {
	if f.err == nil {
		return 0, io.EOF
	}
	return 0, f.err
}
