package e2e

import (
	"encoding/base64"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"guichet/internal/auth"
	"guichet/internal/config"
	"guichet/internal/locale"
	"guichet/internal/mail/catcher"
)

// debugLog is the log at its most talkative.
func debugLog(l *lines) slog.Handler {
	return slog.NewJSONHandler(l, &slog.HandlerOptions{Level: slog.LevelDebug})
}

// tellsNot fails the test for every secret that a text holds, as it is, in an address
// or in base64. Texts in which nothing stands prove nothing.
func tellsNot(t *testing.T, what, text string, secrets ...string) {
	t.Helper()
	if text == "" {
		t.Errorf("%s is empty", what)
	}
	for i, secret := range secrets {
		if len(secret) < 6 {
			t.Fatalf("secret %d is %q", i, secret)
		}
		for _, shape := range []string{
			secret, url.QueryEscape(secret), url.PathEscape(secret),
			base64.StdEncoding.EncodeToString([]byte(secret)), base64.RawURLEncoding.EncodeToString([]byte(secret)),
		} {
			if strings.Contains(text, shape) {
				t.Errorf("%s tells %q", what, shape)
			}
		}
	}
}

// read fetches a page without a session.
func read(t *testing.T, address string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := (&http.Client{Timeout: time.Minute}).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%s: %d, %v", address, res.StatusCode, err)
	}
	return string(body)
}

var linkToAlert = regexp.MustCompile(`/alerts/(\S{22})`)

// waitsForMails returns the links in mails about changes, as soon as there are so many.
func waitsForMails(t *testing.T, caught *catcher.Catcher, want int) (tokens []string) {
	t.Helper()
	again := time.NewTicker(100 * time.Millisecond)
	defer again.Stop()
	for deadline := time.Now().Add(time.Minute); ; <-again.C {
		tokens = nil
		for _, m := range caught.Messages() {
			if found := linkToAlert.FindStringSubmatch(m.Text); found != nil {
				tokens = append(tokens, found[1])
			}
		}
		if len(tokens) >= want {
			return tokens
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d mails of %d", len(tokens), want)
		}
	}
}

// Passkeys, the mails about them and the links in these go through the portal, and
// neither its log nor its metrics tell whose they are or what opens them.
func TestPasskeysAndMailsAreInNoLog(t *testing.T) {
	t.Parallel()
	caught, err := catcher.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = caught.Close() })
	log := &lines{}
	v := openNamedWith(t, locale.FR, func(c *config.Config) {
		c.SMTPURL, c.MailFrom = caught.URL(), "guichet@guichet.test"
	}, debugLog(log))
	counted, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(v.portal.ServeMetrics(counted))
	const name = "Clavecin de Camille"
	v.authenticator()
	v.enters()
	secret, recovery := v.setsUpACode()
	v.open("/profile/passkeys/new")
	v.typing("#name", name)
	v.leave(chromedp.Click(chromedp.CSS(keyButton)))
	v.says("[data-testid=passkeys]", name)
	v.leaves()
	v.enters()
	v.leave(chromedp.Click(chromedp.CSS(keyButton)))
	v.open("/profile/sessions")

	links := waitsForMails(t, caught, 3) // a new browser, a factor, a passkey
	v.open("/alerts/" + links[0])
	v.leave(chromedp.Click(chromedp.CSS(`[data-testid=end-all] button`)))
	v.says("main", words("alert.done"))

	var id []byte
	cookies := v.cookies()
	if err := v.pool.QueryRow(t.Context(), `SELECT credential_id FROM passkeys`).Scan(&id); err != nil {
		t.Fatal(err)
	}
	secrets := append(append(append(cookies, links...), recovery...),
		agent, password, "Camille", name, secret, base64.RawURLEncoding.EncodeToString(id), base64.StdEncoding.EncodeToString(id), fmt.Sprintf("%x", id))
	if len(cookies) == 0 || len(recovery) != 10 {
		t.Fatalf("%d cookies, %d codes", len(cookies), len(recovery))
	}
	for _, change := range []auth.Change{auth.NewBrowser, auth.FactorSet, auth.PasskeyAdded} {
		if mails := fmt.Sprint(caught.Messages()); !strings.Contains(mails, words("mail.alert."+string(change))) {
			t.Errorf("no mail about %s", change)
		}
	}
	tellsNot(t, "the log", log.String(), secrets...)
	tellsNot(t, "/metrics", read(t, "http://"+counted.Addr().String()+"/metrics"), secrets...)
	if !strings.Contains(log.String(), `"/alerts/{token}"`) || !strings.Contains(log.String(), `"/profile/passkeys"`) {
		t.Error("the log does not speak of these pages")
	}
}
