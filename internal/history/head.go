package history

import (
	"crypto/hmac"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"
)

// headMark begins the line of a head.
const headMark = "guichet-head-1"

// Errors of a line that is to be a head.
var (
	ErrNoHead    = errors.New("this is no line that `portal verify -head` has printed")
	ErrOtherHead = errors.New("the line was changed since it was printed, or is of a portal with another key of its history")
)

// Head is what stood in the history at a moment, in one line that is kept elsewhere:
// it tells when whole bookings or entries are gone, which the rest alone cannot.
type Head struct {
	At       time.Time // events until then
	Bookings int64     // that had an event
	Events   int64
	History  []byte // digest of each booking's number of events and last hash

	Entries int64 // of the audit log that were sealed
	Seals   int64 // the number of the last seal; 0: none
	Log     []byte
}

func (h Head) text() string {
	return fmt.Sprintf("%s %s bookings %d events %d %x audit %d seals %d %x",
		headMark, h.At.UTC().Format(time.RFC3339Nano), h.Bookings, h.Events, h.History, h.Entries, h.Seals, h.Log)
}

// Line is the head as it is kept, signed.
func (h Head) Line(key []byte) string {
	return h.text() + " " + hex.EncodeToString(sign(key, "head", h.text()))
}

// ReadHead reads the last head of a text. Errors: ErrNoHead, ErrOtherHead.
func ReadHead(key []byte, text string) (Head, error) {
	var line string
	for l := range strings.Lines(text) {
		if l = strings.TrimSpace(l); strings.HasPrefix(l, headMark+" ") {
			line = l
		}
	}
	var h Head
	var at, mac string
	_, err := fmt.Sscanf(line, headMark+" %s bookings %d events %d %x audit %d seals %d %x %s",
		&at, &h.Bookings, &h.Events, &h.History, &h.Entries, &h.Seals, &h.Log, &mac)
	if err != nil {
		return Head{}, ErrNoHead
	}
	if h.At, err = time.Parse(time.RFC3339Nano, at); err != nil {
		return Head{}, ErrNoHead
	}
	if !hmac.Equal([]byte(h.Line(key)), []byte(line)) {
		return Head{}, ErrOtherHead
	}
	return h, nil
}

// Missing says what of a head is not in the history any more, in English, for
// operators. now is what stands there of the events until the head's time, and of the
// seals up to the head's. None: all is there, and the same.
func (h Head) Missing(now Head) (bad []string) {
	say := func(format string, args ...any) {
		bad = append(bad, "since the head of "+h.At.UTC().Format(time.RFC3339)+": "+fmt.Sprintf(format, args...))
	}
	switch {
	case now.Bookings < h.Bookings:
		say("%d of %d bookings are missing", h.Bookings-now.Bookings, h.Bookings)
	case now.Bookings > h.Bookings:
		say("%d bookings were slipped in, with events of before", now.Bookings-h.Bookings)
	}
	switch {
	case now.Events < h.Events:
		say("%d of %d events are missing", h.Events-now.Events, h.Events)
	case now.Events > h.Events:
		say("%d events were slipped in", now.Events-h.Events)
	}
	if len(bad) == 0 && !hmac.Equal(now.History, h.History) {
		say("there are as many bookings and events, but they are not the same")
	}
	switch {
	case now.Entries < h.Entries || now.Seals < h.Seals:
		say("%d of %d audit entries that were sealed are missing", h.Entries-now.Entries, h.Entries)
	case !hmac.Equal(now.Log, h.Log):
		say("the audit log is not the one that was sealed")
	}
	return bad
}
