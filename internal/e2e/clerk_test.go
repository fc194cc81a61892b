package e2e

import (
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"guichet/internal/booking"
)

// clerk sells without a browser, to bring a sale to where a test begins.
type clerk struct {
	t      *testing.T
	shop   *shop
	client *http.Client
}

// clerk is somebody signed in.
func (s *shop) clerk(email string) *clerk {
	s.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	c := &clerk{t: s.t, shop: s, client: &http.Client{Jar: jar, CheckRedirect: stay}}
	c.post("/sign-in", url.Values{"email": {email}, "password": {password}})
	return c
}

// post sends a form and returns where the portal then leads. However many are
// sent, no limit is reached.
func (c *clerk) post(path string, fields url.Values) string {
	c.t.Helper()
	c.shop.sql(`DELETE FROM rate_limits`)
	status, location, body := c.do(http.MethodPost, path, fields)
	if strings.Contains(location, "?kept=") { // a page that answers a form is shown by GET
		status, _, body = c.do(http.MethodGet, location, nil)
	}
	if status != http.StatusSeeOther {
		c.t.Fatalf("POST %s: %d %s", path, status, body)
	}
	return location
}

func (c *clerk) do(method, path string, fields url.Values) (status int, location, body string) {
	c.t.Helper()
	req, err := http.NewRequestWithContext(c.t.Context(), method, c.shop.url+path, strings.NewReader(fields.Encode()))
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := c.client.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	if err := resp.Body.Close(); err != nil {
		c.t.Fatal(err)
	}
	return resp.StatusCode, resp.Header.Get("Location"), string(text)
}

var versionField = regexp.MustCompile(`name="version" value="(\d+)"`)

// send posts to a page's form, with the version that the page names.
func (c *clerk) send(page, path string, fields url.Values) string {
	c.t.Helper()
	_, _, body := c.do(http.MethodGet, page, nil)
	m := versionField.FindStringSubmatch(body)
	if m == nil {
		c.t.Fatalf("%s has no version: %s", page, body)
	}
	if fields == nil {
		fields = url.Values{}
	}
	fields.Set("version", m[1])
	return c.post(path, fields)
}

// aStay is a filled-in quote form: eight days, in forty days, which is far from every step of the price.
func (s *shop) aStay() url.Values {
	from := time.Now().Add(time.Duration(s.ahead.Load())).AddDate(0, 0, 40)
	return url.Values{
		"zone": {"CDG"}, "from_date": {from.Format("02/01/2006")}, "from_time": {"6h05"},
		"to_date": {"+8"}, "to_time": {"22h40"}, "outbound": {"AF1234"}, "return": {"AF1235"},
	}
}

// aCustomer is a filled-in customer form.
func aCustomer(plate string) url.Values {
	return url.Values{
		"last_name": {"O’Hara-Lévy"}, "first_name": {"Zoé"}, "email": {"zoe.ohara-levy@example.test"},
		"phone_country": {"FR"}, "phone": {"01 99 00 12 34"}, "language": {"fr"},
		"plate": {plate}, "make": {"Renault"}, "model": {"Clio"}, "color": {"bleue"}, "agency_ref": {"D-2041"},
		"meeting_point": {"T2E"}, "outbound": {"AF1234"}, "return": {"AF1235"},
	}
}

// quoted returns the address of a new quote.
func (c *clerk) quoted() string {
	c.t.Helper()
	return c.post("/quotes", c.shop.aStay())
}

// filled returns the address of a quote whose check page is ready.
func (c *clerk) filled(plate string, services ...string) string {
	c.t.Helper()
	quote := c.quoted()
	c.post(quote+"/services", url.Values{"service": services})
	c.post(quote+"/customer", aCustomer(plate))
	return quote
}

// booked sells until the supplier has answered and returns the booking's address.
func (c *clerk) booked(plate string, services ...string) string {
	c.t.Helper()
	quote := c.filled(plate, services...)
	sale := c.send(quote+"/check", quote+"/check", url.Values{"pay_method": {"card_terminal"}})
	if !strings.HasPrefix(sale, "/bookings/") {
		c.t.Fatalf("the check page led to %s", sale)
	}
	return sale
}

// pay says that the agency has the money.
func (c *clerk) pay(sale string) {
	c.t.Helper()
	c.send(sale+"/pay", sale+"/pay", url.Values{"pay_method": {"cash"}, "receipt": {"T-42"}})
}

// paid returns the address of a booking that is paid.
func (c *clerk) paid(plate string) string {
	c.t.Helper()
	sale := c.booked(plate, booking.CancellationInsurance)
	c.pay(sale)
	return sale
}

// cancelled returns the address of a booking that was paid, then cancelled.
func (c *clerk) cancelled(plate string) string {
	c.t.Helper()
	sale := c.paid(plate)
	c.post(sale+"/cancel", url.Values{
		"version": {strconv.Itoa(c.shop.stored(sale).Version)}, "reason": {"illness"}, "agreed": {"1"}, "sure": {"1"},
	})
	return sale
}

// lend gives the clerk's session to a tab; nil leaves nobody, who reads the shop's
// language.
func (b *tab) lend(s *shop, c *clerk) {
	b.t.Helper()
	b.do(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		if _, err := cdp.Call(ctx, target, network.ClearBrowserCookies, cdp.Empty{}); err != nil {
			return err
		}
		cookies := []*http.Cookie{{Name: "guichet-lang", Value: string(s.lang)}}
		if c != nil {
			at, err := url.Parse(s.url)
			if err != nil {
				return err
			}
			cookies = c.client.Jar.Cookies(at)
		}
		for _, cookie := range cookies {
			p := network.SetCookieParams{Name: cookie.Name, Value: cookie.Value, URL: s.url}
			if _, err := cdp.Call(ctx, target, network.SetCookie, p); err != nil {
				return err
			}
		}
		return nil
	}))
}
