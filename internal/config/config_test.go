package config_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"guichet/internal/config"
)

const sealing = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

// settings are a complete environment; a test changes what it is about.
func settings(changes ...string) func(string) string {
	values := map[string]string{
		"GUICHET_DATABASE_URL": "postgres://guichet:db-secret@db.test/guichet",
		"GUICHET_SUPPLIER_URL": "https://supplier.test",
		"GUICHET_SUPPLIER_KEY": "key-secret",
		"GUICHET_SECRET_KEY":   sealing,
	}
	for i := 0; i+1 < len(changes); i += 2 {
		values["GUICHET_"+changes[i]] = changes[i+1]
	}
	return func(name string) string { return values[name] }
}

func TestDefaults(t *testing.T) {
	t.Parallel()
	got, err := config.Load(settings())
	if err != nil {
		t.Fatal(err)
	}
	want := config.Config{
		Addr: "127.0.0.1:8080", DatabaseURL: "postgres://guichet:db-secret@db.test/guichet",
		SupplierURL: "https://supplier.test", SupplierKey: "key-secret",
		LogLevel: slog.LevelInfo, DefaultTimezone: "Europe/Paris", SecureCookies: true,
		SecretKey: sealing, SecondFactor: "required", HSTS: "host",
		ProxyHeader:      "X-Forwarded-For",
		StatementTimeout: 10 * time.Second, LongStatementTimeout: 15 * time.Minute, IdleTransactionTimeout: 30 * time.Second, AcquireTimeout: 2 * time.Second,
	}
	if got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}

// The README has a line for each setting, with its default.
func TestEverySettingIsInTheReadme(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range reflect.VisibleFields(reflect.TypeFor[config.Config]()) {
		name, found := f.Tag.Get("env"), false
		for line := range strings.Lines(string(readme)) {
			cells := strings.Split(line, " | ")
			if !strings.HasPrefix(line, "|") || !strings.Contains(cells[0], "`GUICHET_"+name+"`") {
				continue
			}
			found = true
			if usual := f.Tag.Get("envDefault"); usual != "" && !strings.Contains(cells[len(cells)-1], "`"+usual+"`") {
				t.Errorf("GUICHET_%s: the default is %s, and not %s", name, usual, cells[len(cells)-1])
			}
		}
		if !found {
			t.Errorf("no line for GUICHET_%s", name)
		}
	}
}

func TestEverythingSet(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(file, []byte("filed-key\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	sealingFile := filepath.Join(t.TempDir(), "sealing")
	if err := os.WriteFile(sealingFile, []byte(sealing+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := config.Load(settings(
		"ADDR", "[::1]:0", "DATABASE_URL", "postgresql:///guichet?host=/run/postgresql",
		"SUPPLIER_URL", "http://127.0.0.1:8090/", "SUPPLIER_KEY", "", "SUPPLIER_KEY_FILE", file,
		"SUPPORT_PHONE", "+33 1 23 45 67 89", "LOG_LEVEL", "debug", "DEFAULT_TIMEZONE", "Indian/Reunion",
		"SECURE_COOKIES", "false", "CANONICAL_URL", "https://guichet.test/",
		"SECRET_KEY", "", "SECRET_KEY_FILE", sealingFile, "SECOND_FACTOR", "off", "HSTS", "preload", "METRICS_ADDR", ":9090",
		"TRUSTED_PROXIES", "loopback, 10.1.2.3", "PROXY_HEADER", "X-Real-IP",
		"STATEMENT_TIMEOUT", "3s", "LONG_STATEMENT_TIMEOUT", "1h", "IDLE_TRANSACTION_TIMEOUT", "1m", "ACQUIRE_TIMEOUT", "500ms",
	))
	if err != nil {
		t.Fatal(err)
	}
	want := config.Config{
		Addr: "[::1]:0", DatabaseURL: "postgresql:///guichet?host=/run/postgresql",
		SupplierURL: "http://127.0.0.1:8090", SupplierKey: "filed-key", SupplierKeyFile: file,
		SupportPhone: "+33 1 23 45 67 89", LogLevel: slog.LevelDebug, DefaultTimezone: "Indian/Reunion",
		CanonicalURL: "https://guichet.test",
		SecretKey:    sealing, SecretKeyFile: sealingFile, SecondFactor: "off", HSTS: "preload", MetricsAddr: ":9090",
		TrustedProxies: "loopback, 10.1.2.3", ProxyHeader: "X-Real-IP",
		StatementTimeout: 3 * time.Second, LongStatementTimeout: time.Hour, IdleTransactionTimeout: time.Minute, AcquireTimeout: 500 * time.Millisecond,
	}
	if got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestEverythingMissingIsOneMessage(t *testing.T) {
	t.Parallel()
	_, err := config.Load(func(string) string { return "" })
	wantLines(t, err, "DATABASE_URL: is missing", "SECRET_KEY: is missing", "SUPPLIER_URL: is missing")
}

// A new key and the one before may stand beside each other, and no more.
func TestTheSecretKeyAndTheOneBefore(t *testing.T) {
	t.Parallel()
	const other = "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8="
	for keys, want := range map[string]string{
		other + "," + sealing:                "",
		sealing + "," + sealing:              "SECRET_KEY: must be one key, or NEW,OLD",
		other + "," + sealing + "," + "AAAA": "SECRET_KEY: must be one key, or NEW,OLD",
		other + ",":                          "SECRET_KEY: must be 32 bytes in base64, or two such keys",
		other + ",sealing-secret":            "SECRET_KEY: must be 32 bytes in base64, or two such keys",
		"sealing-secret," + other:            "SECRET_KEY: must be 32 bytes in base64, or two such keys",
	} {
		c, err := config.Load(settings("SECRET_KEY", keys))
		switch {
		case want == "" && (err != nil || c.SecretKey != keys):
			t.Errorf("%v", err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "sealing-secret")):
			t.Errorf("%q: %v", keys, err)
		}
	}
	file := filepath.Join(t.TempDir(), "keys")
	if err := os.WriteFile(file, []byte(other+","+sealing+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if c, err := config.Load(settings("SECRET_KEY", "", "SECRET_KEY_FILE", file)); err != nil || c.SecretKey != other+","+sealing {
		t.Errorf("from a file: %v", err)
	}
}

func TestEverythingWrongIsOneMessage(t *testing.T) {
	t.Parallel()
	_, err := config.Load(settings(
		"ADDR", "8080", "DATABASE_URL", "postgres://guichet:db-secret@host:port/x",
		"SUPPLIER_URL", "http://me:url-secret@supplier.test/v3?key=query-secret",
		"OWNER_DATABASE_URL", "mysql://owner:owner-secret@host/x",
		"SUPPLIER_KEY", "key secret", "SUPPLIER_KEY_FILE", "/nowhere/key",
		"LOG_LEVEL", "loud", "DEFAULT_TIMEZONE", "Paris", "SECURE_COOKIES", "perhaps", "CANONICAL_URL", "guichet.test",
		"SMTP_URL", "mail://me:mail-secret@host", "MAIL_FROM", "nobody",
		"SECRET_KEY", "sealing-secret", "SECOND_FACTOR", "optional", "HSTS", "always", "METRICS_ADDR", "9090",
		"TRUSTED_PROXIES", "10.0.0.0/33", "PROXY_HEADER", "X Forwarded For",
		"STATEMENT_TIMEOUT", "2m", "LONG_STATEMENT_TIMEOUT", "1m", "IDLE_TRANSACTION_TIMEOUT", "soon", "ACQUIRE_TIMEOUT", "0s",
	))
	wantLines(t, err,
		"ACQUIRE_TIMEOUT: must be from 100ms to 24h",
		"ADDR: \"8080\" must be host:port",
		"CANONICAL_URL: must have the form https://host",
		"DATABASE_URL: must have the form postgres://",
		"DEFAULT_TIMEZONE: \"Paris\" is no timezone; use an IANA name",
		"HSTS: must be host, subdomains or preload",
		"IDLE_TRANSACTION_TIMEOUT: must be a duration such as 10s",
		"LOG_LEVEL: must be debug, info, warn or error",
		"LONG_STATEMENT_TIMEOUT: must not be less than GUICHET_STATEMENT_TIMEOUT",
		"MAIL_FROM: must be the address that mails come from",
		"METRICS_ADDR: \"9090\" must be host:port",
		"OWNER_DATABASE_URL: must have the form postgres://",
		"PROXY_HEADER: \"X Forwarded For\" is no name of a header",
		"SECOND_FACTOR: must be required or off",
		"SECRET_KEY: must be 32 bytes in base64",
		"SECURE_COOKIES: must be true or false",
		"SMTP_URL: must have the form smtp://",
		"SUPPLIER_KEY: and GUICHET_SUPPLIER_KEY_FILE are both set; keep one",
		"SUPPLIER_KEY: holds spaces",
		"SUPPLIER_URL: must begin with https://",
		"SUPPLIER_URL: must end after the host or port; remove",
		"SUPPLIER_URL: must not hold a user",
		"TRUSTED_PROXIES: \"10.0.0.0/33\" is no network",
	)
	for _, secret := range []string{"db-secret", "url-secret", "query-secret", "key secret", "mail-secret", "sealing-secret", "owner-secret"} {
		if strings.Contains(err.Error(), secret) {
			t.Errorf("the message repeats %s: %v", secret, err)
		}
	}
}

// wantLines checks that the error is a heading and exactly these problems.
func wantLines(t *testing.T, err error, want ...string) {
	t.Helper()
	if err == nil {
		t.Fatal("accepted")
	}
	lines := strings.Split(err.Error(), "\n")[1:]
	if len(lines) != len(want) {
		t.Fatalf("%d problems, want %d: %v", len(lines), len(want), err)
	}
	for i, line := range lines {
		if !strings.HasPrefix(line, "  GUICHET_"+want[i]) {
			t.Errorf("got %q, want %q", line, want[i])
		}
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	empty := filepath.Join(t.TempDir(), "empty")
	if err := os.WriteFile(empty, []byte("\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, changes := range map[string][]string{
		"no database name":        {"DATABASE_URL", "postgres://localhost"},
		"another database":        {"DATABASE_URL", "mysql://localhost/guichet"},
		"plain http":              {"SUPPLIER_URL", "http://supplier.test"},
		"loopback look-alike":     {"SUPPLIER_URL", "http://localhost.supplier.test"},
		"loopback as user":        {"SUPPLIER_URL", "https://localhost@supplier.test"},
		"a path":                  {"SUPPLIER_URL", "https://supplier.test/v3"},
		"a query":                 {"SUPPLIER_URL", "https://supplier.test?x"},
		"an empty query":          {"SUPPLIER_URL", "https://supplier.test?"},
		"another scheme":          {"SUPPLIER_URL", "ftp://supplier.test"},
		"no host":                 {"SUPPLIER_URL", "https://"},
		"no key file":             {"SUPPLIER_KEY", "", "SUPPLIER_KEY_FILE", "/nowhere/key"},
		"an empty key file":       {"SUPPLIER_KEY", "", "SUPPLIER_KEY_FILE", empty},
		"port out of range":       {"ADDR", "127.0.0.1:65536"},
		"named port":              {"ADDR", "127.0.0.1:http"},
		"open cookies everywhere": {"ADDR", ":8080", "SECURE_COOKIES", "false"},
		"open cookies on a net":   {"ADDR", "192.0.2.1:8080", "SECURE_COOKIES", "false"},
		"the machine's timezone":  {"DEFAULT_TIMEZONE", "Local"},
		"metrics without a port":  {"METRICS_ADDR", "127.0.0.1"},
		"metrics at a named port": {"METRICS_ADDR", "127.0.0.1:prom"},
		"canonical plain http":    {"CANONICAL_URL", "http://guichet.test"},
		"a proxy by name":         {"TRUSTED_PROXIES", "proxy.test"},
		"everybody is a proxy":    {"TRUSTED_PROXIES", "10.0.0.0/8,0.0.0.0/0"},
		"everybody by IPv6":       {"TRUSTED_PROXIES", "::/0"},
		"IPv4 written as IPv6":    {"TRUSTED_PROXIES", "::ffff:10.0.0.0/104"},
		"a header of pairs":       {"PROXY_HEADER", "forwarded"},
		"a header of strangers":   {"PROXY_HEADER", "Host"},
		"a setting that is gone":  {"FROZEN", "true"},
	} {
		if _, err := config.Load(settings(changes...)); err == nil {
			t.Errorf("%s: accepted", name)
		} else if lines := strings.Count(err.Error(), "\n"); lines != 1 {
			t.Errorf("%s: %d problems: %v", name, lines, err)
		}
	}
}

func TestSecretsAreHidden(t *testing.T) {
	t.Parallel()
	c, err := config.Load(settings())
	if err != nil {
		t.Fatal(err)
	}
	var logged bytes.Buffer
	slog.New(slog.NewJSONHandler(&logged, nil)).Info("start", "config", c, "nested", struct{ C config.Config }{c})
	slog.New(slog.NewTextHandler(&logged, nil)).Info("start", "config", c)
	encoded, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	wrapped := struct{ C *config.Config }{&c}
	all := fmt.Sprintf("%v %+v %#v %s %q %+v %+v %s %s", c, c, c, c, c, &c, struct{ C config.Config }{c}, encoded, &logged)
	all += fmt.Sprintf("%v", *wrapped.C)
	for _, secret := range []string{"db-secret", "key-secret"} {
		if strings.Contains(all, secret) {
			t.Errorf("%s is shown: %s", secret, all)
		}
	}
	if !strings.Contains(c.String(), "https://supplier.test") {
		t.Errorf("nothing is shown: %s", c)
	}
}
