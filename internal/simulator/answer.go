package simulator

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
)

// answer is what goes back over the wire.
type answer struct {
	status      int
	contentType string
	header      http.Header
	body        []byte

	silent    bool // goes as 204 without a body, unless a fault makes something of it
	drop      bool // reset the connection instead, without a byte
	announced int  // Content-Length when it is not that of the body; the connection is cut after the body
	padding   int  // spaces before the body
}

// apiError is the published shape of an error.
type apiError struct {
	StatusCode int      `json:"status_code"`
	ErrorCode  string   `json:"error_code"`
	Message    string   `json:"message"`
	Errors     []string `json:"errors,omitempty"`
}

func refusal(status int, code, message string, errs ...string) answer {
	return withJSON(status, apiError{status, code, message, errs})
}

// invalid is the refusal of a request that says something wrong.
func invalid(errs ...string) answer {
	return refusal(http.StatusUnprocessableEntity, "validation_failed", "The request is not valid.", errs...)
}

func withJSON(status int, content any) answer {
	body, err := json.Marshal(content)
	if err != nil { // only a mistake in this package can bring it here
		status, body = http.StatusInternalServerError, []byte(`{"status_code":500,"error_code":"internal_error","message":"The answer cannot be written."}`)
	}
	return answer{status: status, contentType: "application/json", body: body}
}

func (a answer) good() bool { return a.status >= 200 && a.status <= 299 }

// send writes the answer. What a caller who is gone does not read is lost, as
// on any network.
func (a answer) send(w http.ResponseWriter) {
	if a.drop {
		reset(w)
		return
	}
	for name, values := range a.header {
		w.Header()[name] = values
	}
	if a.status == http.StatusNoContent {
		w.WriteHeader(a.status)
		return
	}
	w.Header().Set("Content-Type", a.contentType)
	w.Header().Set("Content-Length", strconv.Itoa(max(a.announced, a.padding+len(a.body))))
	w.WriteHeader(a.status)
	_, err := io.Copy(w, io.MultiReader(spaces(a.padding), bytes.NewReader(a.body)))
	if err == nil && a.announced > 0 {
		err = http.NewResponseController(w).Flush()
	}
	if err != nil || a.announced > 0 {
		panic(http.ErrAbortHandler) // net/http closes the connection and logs nothing
	}
}

// spaces is n spaces without the memory for them.
func spaces(n int) io.Reader { return io.LimitReader(blank{}, int64(n)) }

var blanks = bytes.Repeat([]byte{' '}, 64<<10)

type blank struct{}

func (blank) Read(p []byte) (int, error) { return copy(p, blanks), nil }

// reset closes the connection so that the caller sees a reset (RST) and not an
// orderly end. Where that cannot be done (HTTP/2) aborting the handler is the
// nearest there is.
func reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	raw := conn
	if t, ok := conn.(*tls.Conn); ok {
		raw = t.NetConn()
	}
	if t, ok := raw.(*net.TCPConn); ok {
		err = t.SetLinger(0)
	}
	if errors.Join(err, raw.Close()) != nil {
		panic(http.ErrAbortHandler) // it was closed from the other end already
	}
}
