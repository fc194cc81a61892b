package site

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
)

// proxies are one proxy on this machine and a network of them.
var proxies = Proxies{
	Trusted: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32"), netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")},
	Header:  "X-Forwarded-For",
}

func TestNetwork(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, remote string
		forwarded    []string
		want         string
	}{
		{"nobody in between", "192.0.2.7:1234", nil, "192.0.2.7"},
		{"a stranger who claims to be a proxy", "192.0.2.7:1234", []string{"203.0.113.9"}, "192.0.2.7"},
		{"IPv6: the network of one customer", "[2001:db8:1:2:3:4:5:6]:1234", nil, "2001:db8:1:2::/64"},
		{"IPv4 in IPv6", "[::ffff:192.0.2.7]:1234", nil, "192.0.2.7"},
		{"a link's own address", "[fe80::1%eth0]:1234", nil, "fe80::/64"},
		{"one proxy", "127.0.0.1:1234", []string{"203.0.113.9"}, "203.0.113.9"},
		{"a proxy by IPv4 in IPv6", "[::ffff:127.0.0.1]:1234", []string{"203.0.113.9"}, "203.0.113.9"},
		{"a proxy by IPv6", "[fd00::7]:1234", []string{"2001:db8:1:2:3::1"}, "2001:db8:1:2::/64"},
		{"a visitor who writes one, too", "127.0.0.1:1234", []string{"198.51.100.1, 203.0.113.9"}, "203.0.113.9"},
		{"in a header of its own", "127.0.0.1:1234", []string{"198.51.100.1", "203.0.113.9"}, "203.0.113.9"},
		{"two proxies", "127.0.0.1:1234", []string{"198.51.100.1, 203.0.113.9, 10.1.2.3"}, "203.0.113.9"},
		{"a visitor who writes a proxy's address", "127.0.0.1:1234", []string{"10.1.2.3, 203.0.113.9"}, "203.0.113.9"},
		{"a visitor on the proxies' network", "127.0.0.1:1234", []string{"10.1.2.3"}, "10.1.2.3"},
		{"with a port", "127.0.0.1:1234", []string{"203.0.113.9:4711"}, "203.0.113.9"},
		{"IPv6 with a port", "127.0.0.1:1234", []string{"[2001:db8::1]:4711"}, "2001:db8::/64"},
		{"IPv6 in brackets", "127.0.0.1:1234", []string{"[2001:db8::1]"}, "2001:db8::/64"},
		{"a proxy that says nothing", "127.0.0.1:1234", nil, "127.0.0.1"},
		{"a proxy that knows nothing", "127.0.0.1:1234", []string{"203.0.113.9, unknown"}, "127.0.0.1"},
		{"a proxy behind one that knows nothing", "127.0.0.1:1234", []string{"203.0.113.9, _hidden, 10.1.2.3"}, "10.1.2.3"},
		{"nothing after a comma", "127.0.0.1:1234", []string{"203.0.113.9,"}, "127.0.0.1"},
		{"a connection without an address", "@", []string{"203.0.113.9"}, "unknown"},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = c.remote
		r.Header["X-Forwarded-For"] = c.forwarded
		r.Header.Set("Forwarded", "for=198.51.100.99")
		r.Header.Set("X-Real-Ip", "198.51.100.99")
		s := &Site{Options: Options{Proxies: proxies}}
		if got := s.Network(r); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// Whoever comes without TLS is led to where there is: what a proxy says counts,
// what a visitor says does not.
func TestWithoutTLS(t *testing.T) {
	t.Parallel()
	const origin = "https://guichet.example"
	for _, c := range []struct {
		name, remote, proto, method, target, to string
	}{
		{"a page", "127.0.0.1:1", "http", http.MethodGet, "/sign-in?next=%2Fbookings", origin + "/sign-in?next=%2Fbookings"},
		{"a form", "127.0.0.1:1", "HTTP", http.MethodPost, "/sign-in", origin + "/"},
		{"with TLS", "127.0.0.1:1", "https", http.MethodGet, "/sign-in", ""},
		{"a proxy that does not say", "127.0.0.1:1", "", http.MethodGet, "/sign-in", ""},
		{"a stranger", "192.0.2.7:1", "http", http.MethodGet, "/sign-in", ""},
		{"a target that leads elsewhere", "127.0.0.1:1", "http", http.MethodGet, "//evil.example/x", origin + "/"},
	} {
		s := &Site{Options: Options{Proxies: proxies, Origin: origin}}
		h := s.RequireTLS(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) }))
		r := httptest.NewRequest(c.method, c.target, nil)
		r.RemoteAddr = c.remote
		r.Header.Set("X-Forwarded-Proto", c.proto)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if got := w.Header().Get("Location"); got != c.to || (c.to == "") != (w.Code == http.StatusTeapot) {
			t.Errorf("%s: %d to %q, want %q", c.name, w.Code, got, c.to)
		}
	}
}
