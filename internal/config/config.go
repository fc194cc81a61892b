// Package config reads the portal's settings from the environment, once, into
// one checked struct, and reports everything that is wrong with them together.
//
// It knows no other package of the portal and opens nothing but the file that
// holds the supplier's key. Its messages are for the operator's terminal.
package config

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"
)

const prefix = "GUICHET_"

// Required is SecondFactor where everybody needs one.
const Required = "required"

// Config is what the operator decides. Every setting's name begins with GUICHET_.
type Config struct {
	// Addr is where the portal listens, host:port.
	Addr string `env:"ADDR" envDefault:"127.0.0.1:8080"`
	// TrustedProxies are the networks of the proxies in front, separated by commas:
	// CIDRs, addresses, "loopback" and "private". Only they say where a visitor
	// comes from. See Proxies.
	TrustedProxies string `env:"TRUSTED_PROXIES"`
	// ProxyHeader is the one header in which they say it.
	ProxyHeader string `env:"PROXY_HEADER" envDefault:"X-Forwarded-For"`
	// DatabaseURL is the PostgreSQL address, password included. Secret.
	DatabaseURL string `env:"DATABASE_URL"`
	// OwnerDatabaseURL is the same database as its owner, who migrates it; empty
	// when there is but one role. Secret.
	OwnerDatabaseURL string `env:"OWNER_DATABASE_URL"`
	// StatementTimeout is what one statement of a page may take in the database.
	StatementTimeout time.Duration `env:"STATEMENT_TIMEOUT" envDefault:"10s"`
	// LongStatementTimeout is the same for exports, reports, statements of the
	// supplier, the erasure of travellers and jobs.
	LongStatementTimeout time.Duration `env:"LONG_STATEMENT_TIMEOUT" envDefault:"15m"`
	// IdleTransactionTimeout is after how much silence the database ends a
	// transaction.
	IdleTransactionTimeout time.Duration `env:"IDLE_TRANSACTION_TIMEOUT" envDefault:"30s"`
	// AcquireTimeout is how long a page waits for a connection to the database.
	AcquireTimeout time.Duration `env:"ACQUIRE_TIMEOUT" envDefault:"2s"`
	// SupplierURL is the origin of the supplier's API, without a final slash.
	SupplierURL string `env:"SUPPLIER_URL"`
	// SupplierKey is the API key, from SupplierKeyFile when that is set; empty when
	// an admin keeps the keys in the portal. Secret.
	SupplierKey string `env:"SUPPLIER_KEY"`
	// SupplierKeyFile is the path of a file that holds the API key alone.
	SupplierKeyFile string `env:"SUPPLIER_KEY_FILE"`
	// SecretKey seals what the database must hold and nobody may read there:
	// base64 of 32 bytes, from SecretKeyFile when that is set; NEW,OLD while a new
	// one takes over: the first one seals, both open. Secret.
	SecretKey string `env:"SECRET_KEY"`
	// SecretKeyFile is the path of a file that holds SecretKey alone.
	SecretKeyFile string `env:"SECRET_KEY_FILE"`
	// SecondFactor is "required" of everybody, or "off" where nothing is real.
	SecondFactor string `env:"SECOND_FACTOR" envDefault:"required"`
	// SupportPhone is shown to agents in the footer; empty shows none.
	SupportPhone string `env:"SUPPORT_PHONE"`
	// MetricsAddr is where metrics are served, host:port, apart from everything else
	// and to whoever reaches it; empty serves none.
	MetricsAddr string `env:"METRICS_ADDR"`
	// LogLevel is the least important level that is logged.
	LogLevel slog.Level `env:"LOG_LEVEL" envDefault:"info"`
	// DefaultTimezone is the IANA name used where no zone says otherwise.
	DefaultTimezone string `env:"DEFAULT_TIMEZONE" envDefault:"Europe/Paris"`
	// SecureCookies restricts cookies to https; false only on the own machine.
	SecureCookies bool `env:"SECURE_COOKIES" envDefault:"true"`
	// HSTS is how far browsers keep to https: "host", "subdomains", or "preload",
	// which binds the operator's whole domain.
	HSTS string `env:"HSTS" envDefault:"host"`
	// StateDir is where the portal keeps what it remembers of its database, so that
	// it notices a restored one; empty: beside SecretKeyFile. See StateFolder.
	StateDir string `env:"STATE_DIR"`
	// CanonicalURL is the portal's public origin, without a final slash; may be empty.
	CanonicalURL string `env:"CANONICAL_URL"`
	// SMTPURL is the mail server, password included; empty sends no mail. Secret.
	SMTPURL string `env:"SMTP_URL"`
	// MailFrom is the sender's address of every mail.
	MailFrom string `env:"MAIL_FROM"`
}

// Load reads and checks the settings. Its error names every problem, one a
// line, and what to do about it; it never repeats a secret.
func Load(getenv func(string) string) (Config, error) {
	var c Config
	values, err := environment(getenv)
	if err != nil {
		return Config{}, err
	}
	var found problems
	if err := env.ParseWithOptions(&c, env.Options{Prefix: prefix, Environment: values}); err != nil {
		if err := found.addParseErrors(err); err != nil {
			return Config{}, err
		}
	}
	c.SupplierURL = strings.TrimSuffix(c.SupplierURL, "/")
	c.CanonicalURL = strings.TrimSuffix(c.CanonicalURL, "/")
	found.checkGone(getenv)
	found.checkAddress(c)
	found.checkProxies(c)
	found.checkMetrics(c)
	found.checkDatabase(c)
	found.checkTimeouts(c)
	found.checkSupplier(&c)
	found.checkSecretKey(&c)
	found.checkSecondFactor(c)
	found.checkHSTS(c)
	found.checkTimezone(c)
	found.checkCanonical(c)
	found.checkMail(c)
	if err := found.err(); err != nil {
		return Config{}, err
	}
	return c, nil
}

// Origin is where links in mails lead: CanonicalURL, else the portal's address
// on this machine.
func (c Config) Origin() string {
	if c.CanonicalURL != "" {
		return c.CanonicalURL
	}
	return "http://" + c.Addr
}

// StateFolder is where the portal keeps what it remembers outside the database;
// empty when nobody said.
func (c Config) StateFolder() string {
	if c.StateDir != "" || c.SecretKeyFile == "" {
		return c.StateDir
	}
	return filepath.Dir(c.SecretKeyFile)
}

// LoadDatabase reads and checks the database's address alone, for what needs
// nothing else.
func LoadDatabase(getenv func(string) string) (Config, error) {
	c := Config{DatabaseURL: strings.TrimSpace(getenv(prefix + "DATABASE_URL"))}
	var found problems
	found.checkDatabase(c)
	return c, found.err()
}

// environment asks for the settings by name. An empty one counts as not set.
func environment(getenv func(string) string) (map[string]string, error) {
	fields, err := env.GetFieldParamsWithOptions(&Config{}, env.Options{Prefix: prefix})
	if err != nil {
		return nil, fmt.Errorf("list the settings: %w", err)
	}
	values := map[string]string{}
	for _, field := range fields {
		if value := strings.TrimSpace(getenv(field.Key)); value != "" {
			values[field.Key] = value
		}
	}
	return values, nil
}

// addParseErrors says in our words what could not be read as its type.
func (p *problems) addParseErrors(err error) error {
	var all env.AggregateError
	if !errors.As(err, &all) {
		return fmt.Errorf("read the settings: %w", err)
	}
	for _, one := range all.Errors {
		var parse env.ParseError
		if !errors.As(one, &parse) {
			return fmt.Errorf("read the settings: %w", one)
		}
		name := parse.Name
		if field, ok := reflect.TypeFor[Config]().FieldByName(parse.Name); ok {
			name = field.Tag.Get("env")
		}
		switch parse.Type {
		case reflect.TypeFor[bool]():
			p.add(name, "must be true or false")
		case reflect.TypeFor[time.Duration]():
			p.add(name, "must be a duration such as 10s or 5m")
		case reflect.TypeFor[slog.Level]():
			p.add(name, "must be debug, info, warn or error")
		default:
			p.add(name, "cannot be read: "+parse.Err.Error())
		}
	}
	return nil
}

// ReadKey returns the key that a file holds alone, which may end with a line
// break. Its errors repeat nothing of the content.
func ReadKey(path string) (string, error) {
	text, err := os.ReadFile(path) //nolint:gosec // the operator names the file
	if err != nil {
		return "", err
	}
	key := strings.TrimSpace(string(text))
	switch {
	case key == "":
		return "", errors.New("it is an empty file; write the key into it")
	case strangeKey(key):
		return "", errors.New("it holds spaces, line breaks or characters that no key has; copy the key again")
	}
	return key, nil
}

func strangeKey(key string) bool {
	return strings.ContainsFunc(key, func(r rune) bool { return r <= ' ' || r > '~' })
}

// isLoopback says whether a host without port is this machine itself.
func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// LogValue shows the settings without their secrets.
func (c Config) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("addr", c.Addr),
		slog.String("trusted_proxies", c.TrustedProxies),
		slog.String("proxy_header", c.ProxyHeader),
		slog.String("database_url", hidden(c.DatabaseURL)),
		slog.String("owner_database_url", hidden(c.OwnerDatabaseURL)),
		slog.Duration("statement_timeout", c.StatementTimeout),
		slog.Duration("long_statement_timeout", c.LongStatementTimeout),
		slog.Duration("idle_transaction_timeout", c.IdleTransactionTimeout),
		slog.Duration("acquire_timeout", c.AcquireTimeout),
		slog.String("supplier_url", c.SupplierURL),
		slog.String("supplier_key", hidden(c.SupplierKey)),
		slog.String("supplier_key_file", c.SupplierKeyFile),
		slog.String("secret_key", hidden(c.SecretKey)),
		slog.String("secret_key_file", c.SecretKeyFile),
		slog.String("state_dir", c.StateDir),
		slog.String("second_factor", c.SecondFactor),
		slog.String("support_phone", c.SupportPhone),
		slog.String("metrics_addr", c.MetricsAddr),
		slog.String("log_level", c.LogLevel.String()),
		slog.String("default_timezone", c.DefaultTimezone),
		slog.Bool("secure_cookies", c.SecureCookies),
		slog.String("hsts", c.HSTS),
		slog.String("canonical_url", c.CanonicalURL),
		slog.String("smtp_url", hidden(c.SMTPURL)),
		slog.String("mail_from", c.MailFrom),
	)
}

// String is LogValue for everything that prints.
func (c Config) String() string { return c.LogValue().String() }

// GoString keeps %#v from showing what String hides.
func (c Config) GoString() string { return c.String() }

// MarshalText keeps encoders from showing what String hides.
func (c Config) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

func hidden(secret string) string {
	if secret == "" {
		return ""
	}
	return "(hidden)"
}
