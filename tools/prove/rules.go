package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"time"

	"guichet/internal/booking"
	"guichet/internal/simulator"
)

// rules are what a world is like: how the supplier fills the silence of its
// documentation, and whether bookings are real there.
type rules struct {
	profile    string
	production bool
}

func (r rules) String() string {
	if r.production {
		return r.profile + ", production"
	}
	return r.profile
}

func (r rules) environment() booking.Environment {
	if r.production {
		return booking.Production
	}
	return booking.Simulator
}

// allRules lists the kinds of world, the worst first.
func allRules() []rules {
	return []rules{
		{simulator.ProfileHostile, true},
		{simulator.ProfileHostile, false},
		{simulator.ProfileDocumented, false},
		{simulator.ProfileDocumented, true},
		{simulator.ProfileFriendly, false},
	}
}

// identity is the supplier's where bookings are real: a name that is not this
// machine's loopback, and a certificate for it that portals trust.
type identity struct {
	host string
	tls  *tls.Config
}

// newIdentity makes a certificate and has this process and the portals that it
// starts trust it; before the first connection that checks one.
func newIdentity(folder string) (identity, error) {
	host := publicHost()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return identity{}, err
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().AddDate(-1, 0, 0), NotAfter: time.Now().AddDate(1, 0, 0),
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, IsCA: true, BasicConstraintsValid: true,
	}
	if ip := net.ParseIP(host); ip != nil {
		c.IPAddresses = []net.IP{ip}
	} else {
		c.DNSNames = []string{host}
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		return identity{}, err
	}
	file := filepath.Join(folder, "supplier.pem")
	err = errors.Join(
		os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600),
		os.Setenv("SSL_CERT_FILE", file),
	)
	return identity{host, &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, MinVersion: tls.VersionTLS12}}, err
}

// publicHost is a name of this machine that no portal takes for the machine
// itself: its own name where that resolves, else an address of its network, else
// the one that stands for any.
func publicHost() string {
	name, err := os.Hostname()
	if addresses, lookup := net.LookupHost(name); err == nil && lookup == nil && !strings.HasPrefix(name, "localhost") && len(addresses) > 0 {
		if conn, err := net.Listen("tcp", net.JoinHostPort(name, "0")); err == nil {
			conn.Close() //nolint:errcheck // it was only tried
			return name
		}
	}
	found, _ := net.InterfaceAddrs() // none is no error: there is the last one
	for _, a := range found {
		if n, ok := a.(*net.IPNet); ok && n.IP.To4() != nil && !n.IP.IsLoopback() {
			return n.IP.String()
		}
	}
	return "0.0.0.0"
}

// serveSupplier lets the simulator answer, and returns its address.
func (l *lab) serveSupplier(h http.Handler, r rules) (*httptest.Server, string, error) {
	if !r.production {
		s := httptest.NewServer(h)
		return s, s.URL, nil
	}
	listener, err := net.Listen("tcp", net.JoinHostPort(l.identity.host, "0"))
	if err != nil {
		return nil, "", err
	}
	s := httptest.NewUnstartedServer(h)
	s.Listener.Close() //nolint:errcheck // another one takes its place
	s.Listener, s.TLS = listener, l.identity.tls
	s.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError) // connections are cut on purpose
	s.StartTLS()
	return s, l.address(listener.Addr().String()), nil
}

// address is where a portal finds what listens at a place, by production's rules.
func (l *lab) address(place string) string {
	_, port, _ := net.SplitHostPort(place) // a listener's address has one
	return "https://" + net.JoinHostPort(l.identity.host, port)
}
