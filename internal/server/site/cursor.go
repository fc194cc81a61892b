package site

import (
	"encoding/base64"
	"fmt"
	"hash/fnv"
	"net/url"
	"time"

	"guichet/internal/booking"
	"guichet/web/ui"
)

// PageSize is the number of rows of a list's page.
const PageSize = 50

// Mark stands in the places of a list, so that a place in another list is known
// as such: it would say nothing here.
func Mark(f ui.ListFilter) string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(f.Values().Encode())) // never fails
	return fmt.Sprintf("%08x", h.Sum32())
}

// EncodeCursor makes a place in a list opaque.
func EncodeCursor(c booking.Cursor, mark string) string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%d.%d.%s", c.Key, c.ID, mark))
}

// DecodeCursor reads what encodeCursor writes for the same list, and nothing
// else: a place that no page of ours names is none, and may be one that the
// database cannot hold.
func DecodeCursor(text, mark string) (booking.Cursor, bool) {
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return booking.Cursor{}, false
	}
	var c booking.Cursor
	var its string
	if n, err := fmt.Sscanf(string(raw), "%d.%d.%s", &c.Key, &c.ID, &its); err != nil || n != 3 || c.ID <= 0 {
		return booking.Cursor{}, false
	}
	if year := time.UnixMicro(c.Key).UTC().Year(); EncodeCursor(c, mark) != text || year < 1 || year > 9999 {
		return booking.Cursor{}, false
	}
	return c, true
}

// ReadCursors reads where a page of a list begins; false when what stands there
// is no place in it, and the first page is shown.
func ReadCursors(q url.Values, f *booking.Filter, mark string) bool {
	for name, to := range map[string]*booking.Cursor{"before": &f.Before, "after": &f.After} {
		text := q.Get(name)
		if text == "" {
			continue
		}
		c, ok := DecodeCursor(text, mark)
		if !ok {
			f.Before, f.After = booking.Cursor{}, booking.Cursor{}
			return false
		}
		*to = c
	}
	return true
}
