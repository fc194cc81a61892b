package site

import (
	"context"
	"crypto/rand"
	"net/http"
	"time"

	"guichet/internal/account"
	"guichet/internal/booking"
	"guichet/internal/locale"
)

// requestInfo is what is known about a request. It is filled in on the way in, and
// read on the way out by the access log and by the page for a panic.
type requestInfo struct {
	id       string // the reference on the 500 page and in the log
	lang     locale.Lang
	rec      *recorder
	Person   *account.Person // nil when nobody is signed in
	Pending  *account.Person // has shown the password, and not yet the second factor
	former   *account.Person // was fully signed in until the session was over
	session  bool            // the request's context has a session
	entered  bool            // the session was loaded
	frozen   bool            // the portal is
	away     bool            // the database does not answer, or not in time: nothing more is asked of it
	slow     bool            // the log says that a statement took too long
	ended    bool            // the visitor was signed in and no longer is
	Now      time.Time       // by the database, when the session was read
	lastUsed time.Time       // the session's, as it counts from now on
	Began    time.Time       // when the session did
	sure     time.Time       // when the person last showed a password or a code

	SessionKey string           // of the person who is signed in
	shows      *booking.Booking // whose traveller the answer may show
	noted      bool             // whom the answer shows is in the audit log already, or it shows nobody
	network    string           // where the request comes from
}

type factsKey struct{}

// RequestInfoOf returns what is known about a request; it panics outside Identify.
func RequestInfoOf(r *http.Request) *requestInfo {
	f, _ := r.Context().Value(factsKey{}).(*requestInfo)
	if f == nil {
		panic("server: request did not come through identify")
	}
	return f
}

// Identify gives the request its id and its language, and notes its answer.
func (s *Site) Identify(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rec := &recorder{ResponseWriter: w}
		f := &requestInfo{id: newID(), lang: s.visitorsLanguage(r), rec: rec, network: s.Network(r)}
		rec.Header().Set("X-Request-Id", f.id)
		next.ServeHTTP(rec, r.WithContext(context.WithValue(r.Context(), factsKey{}, f)))
	})
}

// newID is short enough to be read out on the phone: 40 random bits.
func newID() string {
	id := rand.Text()
	return id[:4] + "-" + id[4:8]
}

// recorder notes the status and the size of an answer. Once sealed it takes
// nothing more: the answer was replaced by an error page.
type recorder struct {
	http.ResponseWriter
	status int
	means  int // the status that counts, where the page is shown elsewhere; 0 for its own
	bytes  int
	sealed bool
}

func (rec *recorder) WriteHeader(status int) {
	if rec.sealed {
		return
	}
	if rec.status == 0 {
		rec.status = status
	}
	rec.ResponseWriter.WriteHeader(status)
}

func (rec *recorder) Write(b []byte) (int, error) {
	if rec.sealed {
		return len(b), nil
	}
	if rec.status == 0 {
		rec.status = http.StatusOK
	}
	n, err := rec.ResponseWriter.Write(b)
	rec.bytes += n
	return n, err
}

// Unwrap serves http.ResponseController.
func (rec *recorder) Unwrap() http.ResponseWriter { return rec.ResponseWriter }

// Actor returns who acts; only behind signedIn.
func Actor(r *http.Request) account.Actor {
	a := Person(r).Actor()
	a.Network = RequestInfoOf(r).network
	return a
}

// Person returns who is signed in; only behind signedIn.
func Person(r *http.Request) account.Person { return *RequestInfoOf(r).Person }

// Shows tells Render that the answer may show who travels in a booking.
func Shows(r *http.Request, b booking.Booking) { RequestInfoOf(r).shows = &b }

// Noted tells Render that whom the answer shows is in the audit log already.
func Noted(r *http.Request) { RequestInfoOf(r).noted = true }

// Lang returns the visitor's language.
func Lang(r *http.Request) locale.Lang { return RequestInfoOf(r).lang }
