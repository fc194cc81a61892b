package server

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"time"

	"guichet/internal/booking"
	"guichet/web"
)

// pageSize is the number of rows of a list's page.
const pageSize = 50

func cursorOf(b booking.Booking) booking.Cursor { return booking.Cursor{At: b.CreatedAt, ID: b.ID} }

// encodeCursor makes a place in a list opaque.
func encodeCursor(c booking.Cursor) string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%d.%d", c.At.UnixMicro(), c.ID))
}

// decodeCursor reads what encodeCursor writes, and nothing else: a place that no
// page of ours names is none, and may be one that the database cannot hold.
func decodeCursor(text string) (booking.Cursor, bool) {
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return booking.Cursor{}, false
	}
	var micro, id int64
	if n, err := fmt.Sscanf(string(raw), "%d.%d", &micro, &id); err != nil || n != 2 || id <= 0 {
		return booking.Cursor{}, false
	}
	c := booking.Cursor{At: time.UnixMicro(micro).UTC(), ID: id}
	if encodeCursor(c) != text || c.At.Year() < 1 || c.At.Year() > 9999 {
		return booking.Cursor{}, false
	}
	return c, true
}

// readCursors reads where a page of a list begins; false when what stands there
// is no cursor, and the first page is shown.
func readCursors(q url.Values, f *booking.Filter) bool {
	for name, to := range map[string]*booking.Cursor{"before": &f.Before, "after": &f.After} {
		text := q.Get(name)
		if text == "" {
			continue
		}
		c, ok := decodeCursor(text)
		if !ok {
			f.Before, f.After = booking.Cursor{}, booking.Cursor{}
			return false
		}
		*to = c
	}
	return true
}

// listURL is the address of a page of the list with the same filter.
func listURL(p web.ListPage, direction string, c booking.Cursor) string {
	q := url.Values{}
	if p.Query != "" {
		q.Set("q", p.Query)
	}
	if p.View != "" {
		q.Set("view", p.View)
	}
	if direction != "" {
		q.Set(direction, encodeCursor(c))
	}
	if len(q) == 0 {
		return "/bookings"
	}
	return "/bookings?" + q.Encode()
}
