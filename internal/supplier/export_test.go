package supplier

import (
	"crypto/x509"
	"net/http"
	"time"

	"guichet/internal/booking"
)

// Trust makes the client accept certificates of that pool, for servers of tests.
func (c *Client) Trust(pool *x509.CertPool) {
	c.tls.RootCAs = pool
	c.reads = readTransport(c.tls)
}

// Transports returns both kinds of transport.
func (c *Client) Transports() (reads, writes *http.Transport) {
	g := &gate{now: c.now, before: c.now().Add(time.Minute), tls: c.tls}
	return c.reads, g.transport()
}

// MinorUnits is the exact conversion of amounts.
func MinorUnits(text, currency string) (int64, bool) { return minorUnits(text, currency) }

// FitFields are the fields that must fit, by the schema of the answer.
func FitFields() map[string][]string {
	all := map[string][]string{}
	for schema, checks := range map[string][]check{"Quote": quoteFits, "Created": createdFits, "Paid": paidFits, "Cancelled": cancelledFits} {
		for _, c := range checks {
			if c.field != "error_code" && c.field != "status_code" {
				all[schema] = append(all[schema], c.field)
			}
		}
	}
	return all
}

// EnvironmentOf derives the environment of a host.
func EnvironmentOf(host string) booking.Environment { return environmentOf(host) }

// DecodeAll reads one body as every kind of answer there is.
func DecodeAll(body []byte) {
	decodeZones(body) //nolint:errcheck // a fuzz test: only a panic counts
	a := wanted{id: "1", plate: "AA001AA"}
	x := exchange{sent: true, status: http.StatusOK, body: body, whole: true}
	decodeQuote(body, a.stay) //nolint:errcheck // as above
	decodeError(body)         // as above
	judge(booking.OpCreate, x, a)
	judge(booking.OpPay, x, a)
	(&mask{}).body(body) // as above
}

// Clean is what is kept of a text of the supplier's.
func Clean(text string) string { return clean(text) }
