package server

import (
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"guichet/internal/booking"
	handlers "guichet/internal/server/bookings"
	"guichet/internal/server/site"
	"guichet/web/bookings"
	"guichet/web/ui"
)

// FuzzCursor: what is taken for a place in a list is written the same again, and
// is one that the database can hold.
func FuzzCursor(f *testing.F) {
	f.Fuzz(func(t *testing.T, text string, micro, id int64) {
		if c, ok := site.DecodeCursor(text, "m"); ok {
			if site.EncodeCursor(c, "m") != text || c.ID < 1 {
				t.Errorf("%q is %+v, which is %q", text, c, site.EncodeCursor(c, "m"))
			}
		} else if c != (booking.Cursor{}) {
			t.Errorf("%q is none, and yet %+v", text, c)
		}
		if _, ok := site.DecodeCursor(site.EncodeCursor(booking.Cursor{Key: micro, ID: id}, "m"), "other"); ok {
			t.Error("a place in another list is taken for one in this")
		}
		if at := time.UnixMicro(micro).UTC(); id > 0 && at.Year() >= 1 && at.Year() <= 9999 {
			given := booking.Cursor{Key: micro, ID: id}
			if c, ok := site.DecodeCursor(site.EncodeCursor(given, "m"), "m"); !ok || c != given {
				t.Errorf("%+v comes back as %+v, %t", given, c, ok)
			}
		}
	})
}

// FuzzSearchText: what is typed into the search comes back from the address of
// the list's next page, fit for a page and for the database.
func FuzzSearchText(f *testing.F) {
	f.Fuzz(func(t *testing.T, text string) {
		r := httptest.NewRequest("GET", "/bookings?"+url.Values{"q": {text}}.Encode(), nil)
		q := site.Query(r).Get("q")
		if !utf8.ValidString(q) || site.SanitizeText(q) != q {
			t.Errorf("%q is read as %q", text, q)
		}
		list := bookings.ListPage{Path: "/bookings", Filter: ui.ReadListFilter(url.Values{"q": {q}, "view": {q}})}
		address := handlers.PageURL(list, "before", booking.Cursor{Key: 1, ID: 1})
		if site.NextPath(address) != address && len(address) <= 2000 {
			t.Errorf("%q leads to %q", text, address)
		}
		again := site.Query(httptest.NewRequest("GET", address, nil))
		if c, ok := site.DecodeCursor(again.Get("before"), site.Mark(list.Filter)); again.Get("q") != strings.TrimSpace(q) || again.Get("view") != strings.TrimSpace(q) || !ok || c.ID != 1 {
			t.Errorf("%q leads to %q", q, address)
		}
	})
}
