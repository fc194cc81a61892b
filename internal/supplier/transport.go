package supplier

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"time"
)

const (
	dialTimeout = 10 * time.Second // for the connection, and again for its TLS
	bodyLimit   = 1 << 20          // bytes of an answer
	headerLimit = 64 << 10         // bytes of its head, 1xx answers included
)

var (
	errTooLate  = errors.New("too late to be sent")
	errTooLarge = errors.New("answer too large")
)

// readTransport keeps connections: a read may be sent again.
func readTransport(conf *tls.Config) *http.Transport {
	dialer := &net.Dialer{Timeout: dialTimeout}
	t := plainTransport()
	t.DialContext = dialer.DialContext
	t.TLSClientConfig = conf.Clone()
	t.TLSHandshakeTimeout = dialTimeout
	t.MaxIdleConnsPerHost = 4
	t.IdleConnTimeout = 30 * time.Second
	return t
}

// plainTransport has no proxy of the environment, speaks HTTP/1.1 only and
// unpacks nothing. Transports are used by RoundTrip, which follows no redirect.
func plainTransport() *http.Transport {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	return &http.Transport{
		Protocols:              protocols,
		DisableCompression:     true,
		MaxResponseHeaderBytes: headerLimit,
	}
}

// gate lets one write through before a moment and never after. Each write has
// a gate and a transport of its own, so that no connection is ever used twice
// and none that was opened for another write is handed to this one.
type gate struct {
	now    func() time.Time
	before time.Time
	tls    *tls.Config
	shut   atomic.Bool // refused at the last moment: not a byte was written
}

func (g *gate) transport() *http.Transport {
	t := plainTransport()
	t.DisableKeepAlives = true
	t.DialContext = g.dial
	t.DialTLSContext = g.dialTLS
	return t
}

// late asks both clocks: the wall clock may be set back, and the monotonic one
// stands still while a machine is suspended.
func (g *gate) late() bool {
	now := g.now()
	return !now.Before(g.before) || !now.Round(0).Before(g.before.Round(0))
}

func (g *gate) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := g.connect(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return g.guard(conn)
}

func (g *gate) dialTLS(ctx context.Context, network, address string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	raw, err := g.connect(ctx, network, address)
	if err != nil {
		return nil, err
	}
	conf := g.tls.Clone()
	conf.ServerName, conf.NextProtos = host, []string{"http/1.1"}
	conn := tls.Client(raw, conf)
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	if err := conn.HandshakeContext(ctx); err != nil {
		return nil, errors.Join(err, raw.Close())
	}
	return g.guard(conn)
}

func (g *gate) connect(ctx context.Context, network, address string) (net.Conn, error) {
	if g.late() {
		return nil, errTooLate
	}
	dialer := &net.Dialer{Timeout: dialTimeout}
	return dialer.DialContext(ctx, network, address)
}

// guard refuses a connection that took too long to obtain.
func (g *gate) guard(conn net.Conn) (net.Conn, error) {
	if g.late() {
		return nil, errors.Join(errTooLate, conn.Close())
	}
	return &guardedConn{Conn: conn, gate: g}, nil
}

// guardedConn looks at the clock once more before the first byte leaves.
type guardedConn struct {
	net.Conn

	gate *gate
	open bool // only the goroutine that writes reads and sets it
}

func (c *guardedConn) Write(b []byte) (int, error) {
	if c.gate.shut.Load() || (!c.open && c.gate.late()) {
		c.gate.shut.Store(true)
		return 0, errTooLate
	}
	c.open = true
	return c.Conn.Write(b)
}

// readBody reads an answer to its end. Any error means that it is not whole.
func readBody(res *http.Response) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(res.Body, bodyLimit+1))
	if err == nil && len(body) > bodyLimit {
		err = errTooLarge
	}
	return body, err
}
