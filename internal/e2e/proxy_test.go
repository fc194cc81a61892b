package e2e

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"guichet/internal/config"
	"guichet/internal/locale"
)

// host is the name in the examples of tools/ops.
const host = "guichet.example"

// proxy is a real one with the configuration that operators are given.
type proxy struct {
	t     *testing.T
	said  *lines
	plain string // its address without TLS
	tls   string
	roots *x509.CertPool
}

// office is one network of visitors.
type office struct {
	*http.Client
	t *testing.T
	p *proxy
}

func TestBehindNginx(t *testing.T) {
	t.Parallel()
	behind(t, func(p *proxy, node, folder string) *exec.Cmd {
		site := p.example("nginx.conf",
			"server 127.0.0.1:8080 ", "server "+node+" ",
			"listen 80;", "listen "+p.plain+";",
			"listen 443 ssl http2;", "listen "+p.tls+" ssl http2;",
			"/etc/ssl/guichet.example.pem", folder+"/cert.pem",
			"/etc/ssl/guichet.example.key", folder+"/key.pem")
		whole := fmt.Sprintf("daemon off; master_process off; pid %[1]s/pid; error_log %[1]s/error.log;\nevents {}\n"+
			"http { access_log /dev/stdout; client_body_temp_path %[1]s/b; proxy_temp_path %[1]s/p; fastcgi_temp_path %[1]s/f; "+
			"uwsgi_temp_path %[1]s/u; scgi_temp_path %[1]s/s;\n%[2]s\n}", folder, site)
		p.write(folder+"/nginx.conf", whole)
		return exec.Command(program(p.t, "nginx"), "-c", folder+"/nginx.conf", "-e", folder+"/error.log")
	})
}

func TestBehindCaddy(t *testing.T) {
	t.Parallel()
	behind(t, func(p *proxy, node, folder string) *exec.Cmd {
		_, secure, _ := net.SplitHostPort(p.tls)
		_, plain, _ := net.SplitHostPort(p.plain)
		site := p.example("Caddyfile",
			"guichet.example {\n", "guichet.example {\n\tbind 127.0.0.1\n\ttls "+folder+"/cert.pem "+folder+"/key.pem\n",
			"reverse_proxy 127.0.0.1:8080 {", "reverse_proxy "+node+" {")
		p.write(folder+"/Caddyfile", fmt.Sprintf("{\n\tadmin off\n\thttp_port %s\n\thttps_port %s\n\tskip_install_trust\n}\n%s", plain, secure, site))
		caddy := exec.Command(program(p.t, "caddy"), "run", "--config", folder+"/Caddyfile", "--adapter", "caddyfile")
		caddy.Env = append(os.Environ(), "XDG_DATA_HOME="+folder, "XDG_CONFIG_HOME="+folder, "HOME="+folder)
		return caddy
	})
}

// behind lets three offices sign in through a proxy: one guesses and forges
// headers, the others must not notice.
func behind(t *testing.T, start func(p *proxy, node, folder string) *exec.Cmd) {
	t.Helper()
	log := &lines{}
	s := openShopWith(t, locale.FR, func(c *config.Config) {
		c.TrustedProxies, c.ProxyHeader, c.CanonicalURL, c.SecureCookies = "127.0.0.1", "X-Forwarded-For", "https://"+host, true
	}, debugLog(log))
	p := newProxy(t, strings.TrimPrefix(s.url, "http://"), start)

	thief := p.office("127.0.0.2")
	const limit = 60
	for n := range limit {
		if got := thief.signIn(fmt.Sprintf("n%d@test.test", n), "not the password"); got != http.StatusUnprocessableEntity {
			t.Fatalf("wrong sign-in %d: %d", n+1, got)
		}
	}
	if got := thief.signIn("one-more@test.test", "not the password"); got != http.StatusTooManyRequests {
		t.Errorf("wrong sign-in %d: %d", limit+1, got)
	}
	for n := range limit + 10 {
		// Each from a browser of its own: a known one is counted apart.
		if got := p.office("127.0.0.3").signIn(agent, password); got != http.StatusSeeOther {
			t.Fatalf("right sign-in %d of an office: %d", n+1, got)
		}
	}
	if got := p.office("127.0.0.4").signIn(manager, password); got != http.StatusSeeOther {
		t.Errorf("another office's sign-in: %d", got)
	}

	for network, want := range map[string]int{"127.0.0.2": limit, "127.0.0.3": limit + 10, "127.0.0.4": 1} {
		var got int
		if err := s.pool.QueryRow(t.Context(), `SELECT count(*) FROM audit WHERE network = $1`, network).Scan(&got); err != nil || got != want {
			t.Errorf("%d lines of the audit log are of %s, want %d; %v", got, network, want, err)
		}
	}
	if got := log.networks("/sign-in"); got["127.0.0.2"] != limit+1 || got["127.0.0.1"] != 0 || len(got) != 3 {
		t.Errorf("the log speaks of %v", got)
	}
	p.leadsToTLS()
	p.tellsNobody(s, log)
}

// tellsNobody follows links that open something, searches for a customer, and looks
// for them in what the portal and the proxy have written.
func (p *proxy) tellsNobody(s *shop, log *lines) {
	p.t.Helper()
	v := &visit{t: p.t, shop: s}
	invitation, alert := v.invited(), v.alerted()
	o := p.office("127.0.0.6")
	if got := o.signIn(agent, password); got != http.StatusSeeOther {
		p.t.Fatal(got)
	}
	for _, path := range []string{invitation, alert, "/bookings?q=Quennevillard"} {
		if got := o.get(path); got != http.StatusOK {
			p.t.Errorf("%s: %d", path, got)
		}
	}
	secrets := []string{agent, manager, "n7@test.test", password, "not the password", "Quennevillard", path.Base(invitation), path.Base(alert)}
	for _, c := range o.Jar.Cookies(&url.URL{Scheme: "https", Host: host, Path: "/"}) {
		if c.Name != "guichet-lang" {
			secrets = append(secrets, c.Value)
		}
	}
	if len(secrets) < 10 {
		p.t.Errorf("%d secrets: no cookies", len(secrets))
	}
	tellsNot(p.t, "the log", log.String(), secrets...)
	tellsNot(p.t, "the proxy", "it says "+p.said.String(), secrets...)
}

// leadsToTLS asks without TLS, and with TLS while claiming the opposite.
func (p *proxy) leadsToTLS() {
	p.t.Helper()
	ask := func(address, scheme string) (int, string) {
		c := p.office("127.0.0.5")
		req, err := http.NewRequestWithContext(p.t.Context(), http.MethodGet, scheme+"://"+address+"/sign-in", nil)
		if err != nil {
			p.t.Fatal(err)
		}
		req.Host = host
		req.Header.Set("X-Forwarded-Proto", "http")
		res, err := c.Do(req)
		if err != nil {
			p.t.Fatal(err)
		}
		defer func() { _ = res.Body.Close() }()
		return res.StatusCode, res.Header.Get("Location")
	}
	if status, to := ask(p.plain, "http"); status != http.StatusPermanentRedirect || !strings.HasPrefix(to, "https://"+host) {
		p.t.Errorf("without TLS: %d to %q", status, to)
	}
	if status, to := ask(p.tls, "https"); status != http.StatusOK {
		p.t.Errorf("with TLS, claiming that there is none: %d to %q", status, to)
	}
}

// newProxy runs a proxy in front of a node until the test ends.
func newProxy(t *testing.T, node string, start func(p *proxy, node, folder string) *exec.Cmd) *proxy {
	t.Helper()
	folder := t.TempDir()
	p := &proxy{t: t, said: &lines{}, plain: freeAddress(t), tls: freeAddress(t), roots: x509.NewCertPool()}
	p.identify(folder)
	cmd := start(p, node, folder)
	cmd.Stdout, cmd.Stderr = p.said, p.said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	gone := make(chan struct{})
	go func() {
		_ = cmd.Wait() // it is killed
		close(gone)
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it may be gone
		<-gone
	})
	for deadline := time.Now().Add(30 * time.Second); ; {
		conn, err := net.Dial("tcp", p.tls)
		if err == nil {
			_ = conn.Close()
			return p
		}
		select {
		case <-gone:
			t.Fatalf("the proxy ended: %s", p.said.String())
		case <-time.After(20 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			t.Fatal("the proxy does not get ready")
		}
	}
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// program finds what Debian keeps out of a plain user's path.
func program(t *testing.T, name string) string {
	t.Helper()
	for _, path := range []string{name, "/usr/sbin/" + name} {
		if found, err := exec.LookPath(path); err == nil {
			return found
		}
	}
	t.Fatalf("%s is missing: tools/need.sh %s", name, name)
	return ""
}

// example is a file of tools/ops in which addresses and paths are the test's.
func (p *proxy) example(name string, oldNew ...string) string {
	p.t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "tools", "ops", name))
	if err != nil {
		p.t.Fatal(err)
	}
	for i := 0; i < len(oldNew); i += 2 {
		if strings.Count(string(text), oldNew[i]) != 1 {
			p.t.Fatalf("%s: %q is not there once", name, oldNew[i])
		}
	}
	return strings.NewReplacer(oldNew...).Replace(string(text))
}

func (p *proxy) write(path, content string) {
	p.t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		p.t.Fatal(err)
	}
}

// identify makes the proxy's certificate.
func (p *proxy) identify(folder string) {
	p.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		p.t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{host}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		p.t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		p.t.Fatal(err)
	}
	public := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert})
	p.write(folder+"/cert.pem", string(public))
	p.write(folder+"/key.pem", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})))
	p.roots.AppendCertsFromPEM(public)
}

// office is a browser whose connections come from an address.
func (p *proxy) office(from string) *office {
	p.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		p.t.Fatal(err)
	}
	dialer := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
	transport := &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: p.roots, ServerName: host, MinVersion: tls.VersionTLS12},
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			if strings.HasPrefix(addr, host+":") {
				addr = p.tls
			}
			return dialer.DialContext(ctx, network, addr)
		},
	}
	p.t.Cleanup(transport.CloseIdleConnections)
	return &office{t: p.t, p: p, Client: &http.Client{
		Jar: jar, Transport: transport, Timeout: time.Minute,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

func (o *office) get(path string) int {
	o.t.Helper()
	req, err := http.NewRequestWithContext(o.t.Context(), http.MethodGet, "https://"+host+path, nil)
	if err != nil {
		o.t.Fatal(err)
	}
	res, err := o.Do(req)
	if err != nil {
		o.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	return res.StatusCode
}

// signIn sends a password, as a stranger who claims to come from all over.
func (o *office) signIn(email, secret string) int {
	o.t.Helper()
	form := url.Values{"email": {email}, "password": {secret}}
	req, err := http.NewRequestWithContext(o.t.Context(), http.MethodPost, "https://"+host+"/sign-in", strings.NewReader(form.Encode()))
	if err != nil {
		o.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Origin", "https://"+host)
	forged := fmt.Sprintf("198.51.100.%d", len(email)*7%250)
	for _, h := range []string{"X-Forwarded-For", "X-Real-Ip", "True-Client-Ip", "Client-Ip"} {
		req.Header.Set(h, forged)
	}
	req.Header.Set("Forwarded", "for="+forged)
	res, err := o.Do(req)
	if err != nil {
		o.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		o.t.Fatal(err)
	}
	return res.StatusCode
}

// lines is a log in memory.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// networks counts the requests of a route by where they came from.
func (l *lines) networks(route string) map[string]int {
	l.mu.Lock()
	defer l.mu.Unlock()
	found := map[string]int{}
	for line := range bytes.Lines(l.text.Bytes()) {
		var r struct{ Msg, Route, Network string }
		if json.Unmarshal(line, &r) == nil && r.Msg == "request" && r.Route == route {
			found[r.Network]++
		}
	}
	return found
}
