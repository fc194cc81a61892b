package supplier

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
)

// cause names what went wrong with a call, for logs and attempts. The errors'
// own texts are never kept: those of net/http quote what the server sent.
func cause(err error) string {
	var dns *net.DNSError
	var certificate *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var op *net.OpError
	switch {
	case err == nil:
		return ""
	case errors.Is(err, errTooLate):
		return "too_late"
	case errors.Is(err, errTooLarge):
		return "answer_too_large"
	case errors.Is(err, context.Canceled):
		return "cancelled"
	case errors.As(err, &dns):
		return "dns"
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded):
		return "timeout"
	case errors.As(err, &certificate), errors.As(err, &record):
		return "tls"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection_refused"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "connection_reset"
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return "cut"
	case errors.As(err, &op) && strings.HasSuffix(op.Op, " error"): // "remote error" is an alert
		return "tls"
	case errors.As(err, &op):
		return "network_" + op.Op
	default:
		return "not_http"
	}
}
