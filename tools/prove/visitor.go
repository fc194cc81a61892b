package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/pquerna/otp/totp"

	"guichet/internal/booking"
	"guichet/internal/locale"
)

// visitor is a person with a browser at one portal. Its methods answer errGone
// when the portal died meanwhile.
type visitor struct {
	world  *world
	base   string
	email  string      // set by signIn
	lang   locale.Lang // set by signIn
	client *http.Client
}

type page struct {
	status   int
	location string
	body     string
}

func (p *process) visitor() (*visitor, error) { return p.world.visitorAt("http://" + p.addr) }

func (w *world) visitorAt(base string) (*visitor, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &visitor{
		world:  w,
		base:   base,
		client: &http.Client{Jar: jar, CheckRedirect: stay, Timeout: time.Minute, Transport: &http.Transport{DisableKeepAlives: true}},
	}, nil
}

func (v *visitor) do(ctx context.Context, method, path string, fields url.Values) (page, error) {
	req, err := http.NewRequestWithContext(ctx, method, v.base+path, strings.NewReader(fields.Encode()))
	if err != nil {
		return page{}, err
	}
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	res, err := v.client.Do(req)
	if err != nil {
		return page{}, err
	}
	defer res.Body.Close() //nolint:errcheck // it was read to its end
	body, err := io.ReadAll(res.Body)
	p := page{status: res.StatusCode, location: res.Header.Get("Location"), body: string(body)}
	if res.StatusCode >= http.StatusInternalServerError && res.StatusCode != http.StatusServiceUnavailable {
		return p, fmt.Errorf("%s %s: %d", method, path, res.StatusCode)
	}
	return p, err
}

func (v *visitor) get(ctx context.Context, path string) (page, error) {
	return v.do(ctx, http.MethodGet, path, nil)
}

// post sends a form; fields are names and values in turn.
func (v *visitor) post(ctx context.Context, path string, fields ...string) (page, error) {
	values := url.Values{}
	for i := 0; i+1 < len(fields); i += 2 {
		values.Add(fields[i], fields[i+1])
	}
	p, err := v.do(ctx, http.MethodPost, path, values)
	if err == nil && strings.Contains(p.location, "?kept=") { // a page that answers a form is shown by GET
		return v.get(ctx, p.location)
	}
	return p, err
}

func (v *visitor) signIn(ctx context.Context, email string) error {
	p, err := v.post(ctx, "/sign-in", "email", email, "password", password)
	if err == nil && p.status != http.StatusSeeOther {
		err = fmt.Errorf("sign in: %d", p.status)
	}
	switch {
	case err != nil:
	case strings.HasPrefix(p.location, "/second-factor"):
		err = v.enrol(ctx, email)
	case strings.HasPrefix(p.location, "/sign-in/code"):
		err = v.showCode(ctx, email)
	}
	v.email, v.lang = email, languageOf(email)
	return err
}

// secretField holds the secret of a second factor on its page.
var secretField = regexp.MustCompile(`id="secret"[^>]*>([A-Z2-7 ]+)<`)

// enrol sets a second factor up, as everybody must where bookings are real.
func (v *visitor) enrol(ctx context.Context, email string) error {
	if _, err := v.post(ctx, "/second-factor"); err != nil {
		return err
	}
	p, err := v.get(ctx, "/second-factor/new")
	if err != nil {
		return err
	}
	m := secretField.FindStringSubmatch(p.body)
	if m == nil {
		return fmt.Errorf("second factor: the page (%d) shows no secret", p.status)
	}
	secret := strings.ReplaceAll(m[1], " ", "")
	v.world.secrets.Store(email, secret)
	code, err := v.code(ctx, secret)
	if err != nil {
		return err
	}
	if p, err = v.post(ctx, "/second-factor/new", "code", code); err != nil || p.location != "/second-factor/codes" {
		return fmt.Errorf("second factor: %d to %q: %w", p.status, p.location, err)
	}
	_, err = v.post(ctx, "/second-factor/codes", "kept", "1")
	return err
}

// code is the one that counts now: the database's clock says when that is.
func (v *visitor) code(ctx context.Context, secret string) (string, error) {
	var now time.Time
	if err := v.world.pool.QueryRow(ctx, `SELECT portal_now()`).Scan(&now); err != nil {
		return "", err
	}
	return totp.GenerateCode(secret, now)
}

// showCode is the second step of signing in. A code works once, and nobody here
// waits half a minute for the next one.
func (v *visitor) showCode(ctx context.Context, email string) error {
	secret, _ := v.world.secrets.Load(email)
	text, _ := secret.(string)
	code, err := v.code(ctx, text)
	if err != nil {
		return err
	}
	if _, err := v.world.pool.Exec(ctx, `UPDATE second_factors SET last_step = 0`); err != nil {
		return err
	}
	p, err := v.post(ctx, "/sign-in/code", "code", code)
	if err == nil && p.status != http.StatusSeeOther {
		err = fmt.Errorf("sign in by code: %d", p.status)
	}
	return err
}

var versionField = regexp.MustCompile(`name="version" value="(\d+)"`)

// version is the one that the page's form carries; empty when it has none.
func (p page) version() string {
	if m := versionField.FindStringSubmatch(p.body); m != nil {
		return m[1]
	}
	return ""
}

// wish is what a customer wants.
type wish struct {
	zone             string
	in, nights       int // days from now, and how long
	fromTime, toTime string
	plate            string
	first, last      string
	phone            string
	services         []string
}

// usual is the wish of somebody with a car.
func usual(plate string) wish {
	return wish{
		zone: "CDG", in: 40, nights: 8, fromTime: "6h05", toTime: "22h40", plate: plate,
		first: "Zoé", last: "Lévy", phone: "01 99 00 12 34", services: []string{booking.CancellationInsurance},
	}
}

// quote makes a draft up to its check page and returns its address.
func (v *visitor) quote(ctx context.Context, w *world, plate string) (string, error) {
	return v.quoteFor(ctx, w, usual(plate))
}

func (v *visitor) quoteFor(ctx context.Context, w *world, what wish) (string, error) {
	from := time.Now().Add(w.passed()).AddDate(0, 0, what.in)
	p, err := v.post(ctx, "/quotes", "zone", what.zone, "from_date", from.Format("02/01/2006"), "from_time", what.fromTime,
		"to_date", fmt.Sprintf("+%d", what.nights), "to_time", what.toTime)
	if err != nil || !strings.HasPrefix(p.location, "/quotes/") {
		return "", fmt.Errorf("quote: %d %s: %w", p.status, p.location, err)
	}
	draft := p.location
	var services []string
	for _, s := range what.services {
		services = append(services, "service", s)
	}
	if p, err = v.post(ctx, draft+"/services", services...); err != nil || p.status != http.StatusSeeOther {
		return "", fmt.Errorf("services: %d: %w", p.status, err)
	}
	p, err = v.post(ctx, draft+"/customer", "last_name", what.last, "first_name", what.first, "email", "zoe@example.test", "phone_country", "FR",
		"phone", what.phone, "language", "fr", "plate", what.plate, "make", "Renault", "model", "Clio", "color", "bleue")
	if err != nil || p.status != http.StatusSeeOther {
		return "", fmt.Errorf("customer: %d: %w", p.status, err)
	}
	return draft, nil
}

// book sends the check page and returns the booking's address.
func (v *visitor) book(ctx context.Context, draft string) (string, error) {
	p, err := v.get(ctx, draft+"/check")
	if err != nil {
		return "", err
	}
	if strings.HasPrefix(p.location, "/bookings/") {
		return p.location, nil
	}
	if p, err = v.post(ctx, draft+"/check", "version", p.version(), "pay_method", "cash"); err != nil {
		return "", err
	}
	if !strings.HasPrefix(p.location, "/bookings/") {
		return "", fmt.Errorf("book: %d to %q", p.status, p.location)
	}
	return p.location, nil
}

// pay sends the pay page when the booking has one.
func (v *visitor) pay(ctx context.Context, booking string) error {
	p, err := v.get(ctx, booking+"/pay")
	if err != nil || p.status != http.StatusOK {
		return err
	}
	_, err = v.post(ctx, booking+"/pay", "version", p.version(), "pay_method", "cash")
	return err
}

// cancel cancels a booking when it can be.
func (v *visitor) cancel(ctx context.Context, booking string) error {
	p, err := v.get(ctx, booking+"/cancel?reason=plans&agreed=1")
	if err != nil || p.version() == "" {
		return err
	}
	_, err = v.post(ctx, booking+"/cancel", "version", p.version(), "reason", "plans", "agreed", "1", "sure", "1")
	return err
}

// drop gives a booking up, when its page offers that.
func (v *visitor) drop(ctx context.Context, booking string) error {
	p, err := v.get(ctx, booking)
	if err != nil || !strings.Contains(p.body, `href="`+booking+`/drop"`) {
		return err
	}
	if p, err = v.get(ctx, booking+"/drop"); err != nil {
		return err
	}
	_, err = v.post(ctx, booking+"/drop", "version", p.version())
	return err
}
