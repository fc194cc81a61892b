package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"time"

	toxiproxy "github.com/Shopify/toxiproxy/v2"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/rs/zerolog"

	"guichet/internal/booking"
	"guichet/internal/failpoint"
	"guichet/internal/simulator"
)

// bad wires, as toxiproxy knows them; %d is a number of bytes.
var toxics = map[string]string{
	"latency":    `{"name":"x","type":"latency","stream":"downstream","attributes":{"latency":400,"jitter":300}}`,
	"reset":      `{"name":"x","type":"reset_peer","stream":"downstream","attributes":{"timeout":0}}`,
	"reset up":   `{"name":"x","type":"reset_peer","stream":"upstream","attributes":{"timeout":0}}`,
	"slow close": `{"name":"x","type":"slow_close","stream":"downstream","attributes":{"delay":500}}`,
	"silence":    `{"name":"x","type":"timeout","stream":"downstream","attributes":{"timeout":600}}`,
	"silence up": `{"name":"x","type":"timeout","stream":"upstream","attributes":{"timeout":600}}`,
	"slices":     `{"name":"x","type":"slicer","stream":"downstream","attributes":{"average_size":3,"size_variation":2,"delay":1000}}`,
}

func cutAt(bytes int) string {
	return fmt.Sprintf(`{"name":"x","type":"limit_data","stream":"downstream","attributes":{"bytes":%d}}`, bytes)
}

// wire is a connection that can be spoilt.
type wire struct{ proxy *toxiproxy.Proxy }

func newWire(name, upstream string) (*wire, error) {
	server := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop())
	w := &wire{toxiproxy.NewProxy(server, name, "127.0.0.1:0", upstream)}
	return w, w.proxy.Start()
}

func (w *wire) spoil(toxic string) error {
	_, err := w.proxy.Toxics.AddToxicJson(strings.NewReader(toxic))
	return err
}

func (w *wire) mend(ctx context.Context) { w.proxy.Toxics.ResetToxics(ctx) }

// at calls do once, when the process comes to a place.
func at(place failpoint.Point, do func()) {
	var once sync.Once
	failpoint.Watch(func(p failpoint.Point) {
		if p == place {
			once.Do(do)
		}
	})
}

// supplierWire sells over bad wires to the supplier: every kind of fault, and
// answers that are cut after each number of bytes. step leaves out numbers.
func (l *lab) supplierWire(ctx context.Context, kind rules, step int) (faults int, bad []string, err error) {
	w, err := l.newWorld(ctx, kind)
	if err != nil {
		return 0, nil, err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	link, err := newWire("supplier", w.http.Listener.Addr().String())
	if err != nil {
		return 0, nil, err
	}
	defer link.proxy.Stop()
	address, longest, step := "http://"+link.proxy.Listen, 200, step
	if w.production { // a handshake comes first, and more bytes
		address, longest, step = l.address(link.proxy.Listen), 4000, 20*step
	}
	s, err := w.service(ctx, address, 0)
	if err != nil {
		return 0, nil, err
	}
	c := &counter{w, s}
	var all []string
	for _, toxic := range toxics {
		all = append(all, toxic)
	}
	for n := 0; n < longest; n += step {
		all = append(all, cutAt(n))
	}
	defer failpoint.Watch(nil)
	for i, toxic := range all {
		for _, op := range []string{"create", "pay", "cancel"} {
			var spoilt error
			at(failpoint.Point(op+".claimed"), func() { spoilt = link.spoil(toxic) })
			err := c.whole(ctx, fmt.Sprintf("AA-%03d-%s", i+1, op[:2]), func() { link.mend(ctx) })
			failpoint.Watch(nil)
			link.mend(ctx)
			if err = errors.Join(err, spoilt); err != nil {
				return faults, nil, fmt.Errorf("%s over %s: %w", op, toxic, err)
			}
			faults++
		}
		if i%5 == 4 { // places that nobody paid for lapse
			if err := c.settle(ctx); err != nil {
				return faults, nil, err
			}
		}
	}
	if err := c.settle(ctx); err != nil {
		return faults, nil, err
	}
	bad, err = w.violations(ctx)
	return faults, bad, err
}

// whole books, pays and cancels as far as the portal lets it; between the steps
// the wire is mended.
func (c *counter) whole(ctx context.Context, plate string, mend func()) error {
	d, err := c.draft(ctx, plate)
	if err != nil {
		return err
	}
	b, err := c.book(ctx, d)
	mend()
	if err != nil || b.State != booking.Held {
		return tolerate(err)
	}
	b, err = c.pay(ctx, b)
	mend()
	if err != nil || b.State != booking.Confirmed {
		return tolerate(err)
	}
	_, err = c.Cancel(ctx, c.desk, booking.CancelRequest{Ref: b.Ref, Version: b.Version, Reason: "plans"})
	return tolerate(err)
}

// bridge carries TCP to the socket of a PostgreSQL, which may be another one
// the next time. It can cut the connection exactly at a COMMIT.
type bridge struct {
	listener net.Listener
	mu       sync.Mutex
	socket   string
	cut      commitCut
}

// commitCut says what happens to the next COMMIT.
type commitCut int

const (
	keepCommit   commitCut = iota
	loseCommit             // it never arrives
	loseItsFruit           // it is carried out, and nobody hears of it
)

func newBridge(socket string) (*bridge, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	b := &bridge{listener: listener, socket: socket}
	go b.serve()
	return b, nil
}

func (b *bridge) serve() {
	for {
		client, err := b.listener.Accept()
		if err != nil {
			return
		}
		go b.carry(client)
	}
}

func (b *bridge) arm(c commitCut) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.cut = c
}

// disarm returns what to do with a COMMIT, once.
func (b *bridge) disarm() commitCut {
	b.mu.Lock()
	defer b.mu.Unlock()
	c := b.cut
	b.cut = keepCommit
	return c
}

func (b *bridge) carry(client net.Conn) {
	defer client.Close() //nolint:errcheck // a cut connection is the purpose
	b.mu.Lock()
	socket := b.socket
	b.mu.Unlock()
	server, err := net.Dial("unix", socket)
	if err != nil {
		return
	}
	defer server.Close() //nolint:errcheck // a cut connection is the purpose
	deaf := make(chan struct{})
	go func() {
		defer client.Close() //nolint:errcheck // a cut connection is the purpose
		buffer := make([]byte, 32<<10)
		for {
			n, err := server.Read(buffer)
			select {
			case <-deaf:
				return
			default:
			}
			if err != nil {
				return
			}
			if _, err := client.Write(buffer[:n]); err != nil {
				return
			}
		}
	}()
	buffer := make([]byte, 32<<10)
	for {
		n, err := client.Read(buffer)
		if err != nil {
			return
		}
		if isCommit(buffer[:n]) {
			switch b.disarm() {
			case loseCommit:
				return
			case loseItsFruit:
				close(deaf)
				_, _ = server.Write(buffer[:n])
				_, _ = io.ReadAtLeast(server, make([]byte, 64), 1) // it is carried out when the server answers
				return
			}
		}
		if _, err := server.Write(buffer[:n]); err != nil {
			return
		}
	}
}

// isCommit knows the simple query by which the driver commits.
func isCommit(message []byte) bool {
	return len(message) > 5 && message[0] == 'Q' && strings.EqualFold(strings.TrimRight(string(message[5:]), "\x00"), "commit")
}

// poolOn connects to a database through the wire.
func (w *world) poolOn(ctx context.Context, address string) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(w.url)
	if err != nil {
		return nil, err
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	number, err := net.LookupPort("tcp", port)
	if err != nil {
		return nil, err
	}
	config.ConnConfig.Host, config.ConnConfig.Port, config.ConnConfig.TLSConfig = host, uint16(number), nil
	config.ConnConfig.Fallbacks = nil
	config.ConnConfig.ConnectTimeout = 2 * time.Second
	return pgxpool.NewWithConfig(ctx, config)
}

// databaseWire sells while the connection to the database fails at each place
// of each action: lost, reset, silent, and exactly at COMMIT.
func (l *lab) databaseWire(ctx context.Context, step int) (faults int, bad []string, err error) {
	w, err := l.newWorld(ctx, rules{simulator.ProfileHostile, true})
	if err != nil {
		return 0, nil, err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	socket, err := w.socket()
	if err != nil {
		return 0, nil, err
	}
	b, err := newBridge(socket)
	if err != nil {
		return 0, nil, err
	}
	defer b.listener.Close() //nolint:errcheck // the end of the experiment
	link, err := newWire("database", b.listener.Addr().String())
	if err != nil {
		return 0, nil, err
	}
	defer link.proxy.Stop()
	n := 0
	for _, op := range []string{"create", "pay", "cancel"} {
		for _, place := range []string{"begin", "in_claim", "claimed", "written", "answered", "in_record"} {
			for _, fault := range []string{"reset", "silence", "reset up", "COMMIT lost", "COMMIT unheard"} {
				if n++; n%step != 0 {
					continue
				}
				if strings.HasPrefix(fault, "COMMIT") && !strings.HasPrefix(place, "in_") {
					continue
				}
				if err := w.overDatabaseWire(ctx, link, b, failpoint.Point(op+"."+place), fault, n); err != nil {
					return faults, nil, fmt.Errorf("%s at %s.%s: %w", fault, op, place, err)
				}
				faults++
			}
		}
	}
	bad, err = w.violations(ctx)
	return faults, bad, err
}

func (w *world) overDatabaseWire(ctx context.Context, link *wire, b *bridge, place failpoint.Point, fault string, n int) error {
	pool, err := w.poolOn(ctx, link.proxy.Listen)
	if err != nil {
		return err
	}
	defer pool.Close()
	s, err := w.serviceOn(ctx, pool, w.supplier, 0)
	if err != nil {
		return err
	}
	c := &counter{w, s}
	defer failpoint.Watch(nil)
	at(place, func() {
		switch fault {
		case "COMMIT lost":
			b.arm(loseCommit)
		case "COMMIT unheard":
			b.arm(loseItsFruit)
		default:
			_ = link.spoil(toxics[fault]) // toxics are known to be readable
			time.AfterFunc(700*time.Millisecond, func() { link.mend(ctx) })
		}
	})
	sold := c.whole(ctx, fmt.Sprintf("AA-%03d-DB", n), func() {})
	failpoint.Watch(nil)
	b.arm(keepCommit)
	link.mend(ctx)
	if sold != nil && !errors.Is(sold, booking.ErrAway) && !errors.Is(sold, booking.ErrUncertain) {
		return sold
	}
	s.Wait()
	direct, err := w.service(ctx, w.supplier, 0)
	if err != nil {
		return err
	}
	return (&counter{w, direct}).settle(ctx)
}

// socket is the path of the server's socket.
func (w *world) socket() (string, error) {
	config, err := pgxpool.ParseConfig(w.url)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s/.s.PGSQL.%d", config.ConnConfig.Host, config.ConnConfig.Port), nil
}
