package config

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/mail"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // timezones are checked, and known, on machines that have none
)

// problems collects what is wrong, one sentence a setting.
type problems []string

func (p *problems) add(name, text string) { *p = append(*p, prefix+name+": "+text) }

func (p *problems) err() error {
	if len(*p) == 0 {
		return nil
	}
	slices.Sort(*p)
	return errors.New("the settings are not usable:\n  " + strings.Join(*p, "\n  "))
}

// checkGone refuses a setting that no longer does anything: whoever set it to keep
// a restored portal closed must not find it open.
func (p *problems) checkGone(getenv func(string) string) {
	if strings.TrimSpace(getenv(prefix+"FROZEN")) != "" {
		p.add("FROZEN", "is no setting any more: run `portal freeze`, or after a restore `portal restored`, and leave it out")
	}
}

func (p *problems) checkAddress(c Config) {
	host, ok := isAddress(c.Addr)
	if !ok {
		p.add("ADDR", fmt.Sprintf("%q must be host:port with a port from 0 to 65535, such as 127.0.0.1:8080 or :8080", c.Addr))
		return
	}
	if !c.SecureCookies && !isLoopback(host) {
		p.add("SECURE_COOKIES", "false would send sign-ins in clear over a network; "+
			"leave it out, or let GUICHET_ADDR be a loopback address such as 127.0.0.1:8080")
	}
}

// isAddress splits a host off its port.
func isAddress(text string) (host string, ok bool) {
	host, port, err := net.SplitHostPort(text)
	_, numberErr := strconv.ParseUint(port, 10, 16)
	return host, err == nil && numberErr == nil
}

func (p *problems) checkProxies(c Config) {
	if _, err := readNetworks(c.TrustedProxies); err != nil {
		p.add("TRUSTED_PROXIES", err.Error())
	}
	switch {
	case !isToken(c.ProxyHeader):
		p.add("PROXY_HEADER", fmt.Sprintf("%q is no name of a header; leave it out for X-Forwarded-For", c.ProxyHeader))
	case slices.Contains([]string{"Forwarded", "Host", "Cookie", "Origin"}, http.CanonicalHeaderKey(c.ProxyHeader)):
		p.add("PROXY_HEADER", c.ProxyHeader+" holds no list of addresses, or a stranger's; let the proxy write X-Forwarded-For")
	}
}

func (p *problems) checkMetrics(c Config) {
	if c.MetricsAddr == "" {
		return
	}
	if _, ok := isAddress(c.MetricsAddr); !ok {
		p.add("METRICS_ADDR", fmt.Sprintf("%q must be host:port, such as 127.0.0.1:9090; leave it out to serve no metrics", c.MetricsAddr))
	}
}

func (p *problems) checkDatabase(c Config) {
	const form = "postgres://user:password@host:5432/database" //nolint:gosec // an example, not a password
	if c.DatabaseURL == "" {
		p.add("DATABASE_URL", "is missing; set it to "+form)
		return
	}
	p.checkDatabaseURL("DATABASE_URL", c.DatabaseURL, form)
	if c.OwnerDatabaseURL != "" {
		p.checkDatabaseURL("OWNER_DATABASE_URL", c.OwnerDatabaseURL, form)
	}
}

// checkDatabaseURL repeats nothing: the parser's own words would hold the password.
func (p *problems) checkDatabaseURL(name, value, form string) {
	u, err := url.Parse(value)
	if err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" || strings.Trim(u.Path, "/") == "" {
		p.add(name, "must have the form "+form+" (special characters of the password as %XX)")
	}
}

// checkTimeouts refuses what would let nothing through, or everything.
func (p *problems) checkTimeouts(c Config) {
	for name, d := range map[string]time.Duration{
		"STATEMENT_TIMEOUT": c.StatementTimeout, "LONG_STATEMENT_TIMEOUT": c.LongStatementTimeout,
		"IDLE_TRANSACTION_TIMEOUT": c.IdleTransactionTimeout, "ACQUIRE_TIMEOUT": c.AcquireTimeout,
	} {
		said := slices.ContainsFunc(*p, func(line string) bool { return strings.HasPrefix(line, prefix+name+":") })
		if !said && (d < 100*time.Millisecond || d > 24*time.Hour) {
			p.add(name, "must be from 100ms to 24h")
		}
	}
	if c.LongStatementTimeout != 0 && c.LongStatementTimeout < c.StatementTimeout {
		p.add("LONG_STATEMENT_TIMEOUT", "must not be less than GUICHET_STATEMENT_TIMEOUT")
	}
}

func (p *problems) checkSupplier(c *Config) {
	if c.SupplierURL == "" {
		p.add("SUPPLIER_URL", "is missing; set it to the origin of the supplier's API, such as http://127.0.0.1:8090 for the simulator")
	} else {
		p.checkOrigin("SUPPLIER_URL", c.SupplierURL)
	}
	switch {
	case c.SupplierKey != "" && c.SupplierKeyFile != "":
		p.add("SUPPLIER_KEY", "and GUICHET_SUPPLIER_KEY_FILE are both set; keep one of them")
	case c.SupplierKeyFile != "":
		key, err := ReadKey(c.SupplierKeyFile)
		if err != nil {
			p.add("SUPPLIER_KEY_FILE", "cannot be used: "+err.Error())
		}
		c.SupplierKey = key
	}
	if strangeKey(c.SupplierKey) {
		p.add("SUPPLIER_KEY", "holds spaces, line breaks or characters that no key has; copy it again")
	}
}

func (p *problems) checkSecretKey(c *Config) {
	const how = "make one with `openssl rand -base64 32` and keep it as you keep the database's backups"
	switch {
	case c.SecretKey == "" && c.SecretKeyFile == "":
		p.add("SECRET_KEY", "is missing; "+how)
		return
	case c.SecretKey != "" && c.SecretKeyFile != "":
		p.add("SECRET_KEY", "and GUICHET_SECRET_KEY_FILE are both set; keep one of them")
		return
	case c.SecretKeyFile != "":
		key, err := ReadKey(c.SecretKeyFile)
		if err != nil {
			p.add("SECRET_KEY_FILE", "cannot be used: "+err.Error())
			return
		}
		c.SecretKey = key
	}
	keys := strings.Split(c.SecretKey, ",")
	if len(keys) > 2 || len(keys) == 2 && keys[0] == keys[1] {
		p.add("SECRET_KEY", "must be one key, or NEW,OLD while a new one takes over")
		return
	}
	for _, key := range keys {
		if raw, err := base64.StdEncoding.DecodeString(key); err != nil || len(raw) != 32 {
			p.add("SECRET_KEY", "must be 32 bytes in base64, or two such keys as NEW,OLD; "+how)
			return
		}
	}
}

func (p *problems) checkSecondFactor(c Config) {
	if c.SecondFactor != Required && c.SecondFactor != "off" {
		p.add("SECOND_FACTOR", "must be required or off")
	}
}

func (p *problems) checkHSTS(c Config) {
	if !slices.Contains([]string{"host", "subdomains", "preload"}, c.HSTS) {
		p.add("HSTS", "must be host, subdomains or preload")
	}
}

// checkOrigin accepts https://host[:port], and http on this machine itself.
func (p *problems) checkOrigin(name, value string) {
	u, err := url.Parse(value)
	if err != nil || u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https" {
		p.add(name, "must have the form https://host or https://host:port")
		return
	}
	if u.User != nil {
		p.add(name, "must not hold a user or a password; remove what stands before the @")
	}
	if u.Path != "" || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" {
		p.add(name, "must end after the host or port; remove the path and everything behind it")
	}
	if u.Scheme == "http" && !isLoopback(u.Hostname()) {
		p.add(name, "must begin with https://, since its host is not this machine")
	}
}

func (p *problems) checkTimezone(c Config) {
	if _, err := time.LoadLocation(c.DefaultTimezone); err != nil || c.DefaultTimezone == "Local" {
		p.add("DEFAULT_TIMEZONE", fmt.Sprintf("%q is no timezone; use an IANA name such as Europe/Paris", c.DefaultTimezone))
	}
}

func (p *problems) checkCanonical(c Config) {
	if c.CanonicalURL != "" {
		p.checkOrigin("CANONICAL_URL", c.CanonicalURL)
	}
}

func (p *problems) checkMail(c Config) {
	if c.SMTPURL == "" {
		return
	}
	u, err := url.Parse(c.SMTPURL)
	if err != nil || u.Hostname() == "" || u.Scheme != "smtp" && u.Scheme != "smtps" {
		p.add("SMTP_URL", "must have the form smtp://user:password@host:587, or smtps://user:password@host:465")
	}
	if _, err := mail.ParseAddress(c.MailFrom); err != nil {
		p.add("MAIL_FROM", "must be the address that mails come from, such as guichet@agency.example, since GUICHET_SMTP_URL is set")
	}
}
