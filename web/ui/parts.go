package ui

import (
	"encoding/base64"
	"strconv"

	"guichet/internal/booking"
)

// BoardSide is one of the two big times: when the car is left, when it is back.
type BoardSide struct {
	Label    string // "Dépôt"
	Day      string // "sam. 4 juillet 2026"
	Time     string // "06:05"
	Fold     string // ", avant le changement d’heure"; empty where the time comes once
	DateTime string // for machines: RFC 3339
}

// Board is a stay at a glance.
type Board struct {
	Code, Place string // "CDG", "Paris-Charles-de-Gaulle"
	From, To    BoardSide
	Duration    string // "8 jours"
	ZoneName    string // "heure de Paris"
}

// PriceRow is one line of a price.
type PriceRow struct {
	Label, Detail, Amount string
	Lang                  string // of a label that comes from elsewhere
}

// Price is what a stay costs, line by line.
type Price struct {
	Caption    string
	Rows       []PriceRow
	TotalLabel string
	Total      string
	Note       string // "Prix donné à 14:32, …"
}

// ReadAloud is a sentence for the phone, in the customer's language.
type ReadAloud struct {
	ID, Text, Lang string
}

// Countdown is the time that is left to pay. Times are milliseconds since 1970.
type Countdown struct {
	PayBy      string // "before 15:42"
	Zone       string // "heure de Paris"
	Left       string // as rendered: "Il reste 52 min à 14:50"
	DeadlineMS int64
	NowMS      int64
	WholeMS    int64 // length of the full bar
	URL        string
}

// soon is when the bar changes its colour and its words.
const soonMS = 10 * 60 * 1000

func (c Countdown) soon() bool { return c.DeadlineMS-c.NowMS <= soonMS }

// Ms writes a number of milliseconds.
func Ms(n int64) string { return strconv.FormatInt(n, 10) }

// Live is a piece of a page that the script renews from the server; without it
// the piece stays as rendered. The answer at URL is the new content, and nothing
// else. Text in it that is marked by the part spoken is read out; the part
// reload makes the script load the whole page again.
type Live struct {
	URL   string
	From  string // names of the form's fields that are sent and whose change renews it
	Every int    // seconds between two calls, for what changes by itself; 0: never
}

// TimelineItem is one event in the life of a booking, the newest first.
type TimelineItem struct {
	Title, When, DateTime, Who, Text string
	Kind                             Kind // Info when empty
}

// Pager leads through a list by keys; an empty address is a place one cannot go.
type Pager struct {
	First, Previous, Next string
}

// EmptyState says what would stand here, and what to do.
type EmptyState struct {
	Text, Action, URL string
}

type form string

// The shapes of tags: the colour is never alone in saying what something is.
const (
	square      form = "square"
	circle      form = "circle"
	disc        form = "disc"
	halfDisc    form = "half-disc"
	diamond     form = "diamond"
	lozenge     form = "lozenge"
	halfLozenge form = "half-lozenge"
	cross       form = "cross"
)

type look struct {
	shape form
	Kind  Kind
}

// Mute is the kind of what needs no attention.
const Mute Kind = "mute"

// TagLooks gives each state its shape and colour; the word is in the catalogues.
var TagLooks = map[booking.State]look{
	booking.New:           {square, Mute},
	booking.Creating:      {circle, Info},
	booking.CreateUnknown: {halfDisc, Warn},
	booking.Held:          {circle, Warn},
	booking.Paying:        {circle, Info},
	booking.PayUnknown:    {halfDisc, Warn},
	booking.Confirmed:     {disc, OK},
	booking.Cancelling:    {diamond, Info},
	booking.CancelUnknown: {halfLozenge, Warn},
	booking.Refused:       {cross, Bad},
	booking.Expired:       {square, Mute},
	booking.Dropped:       {square, Mute},
	booking.Cancelled:     {lozenge, Bad},
	booking.Voided:        {square, Mute},
}

// StateKey is the message key of a state's word.
func StateKey(s booking.State) string {
	if s == booking.New {
		return "web.state.draft"
	}
	return "web.state." + string(s)
}

// Class is the kind's CSS class.
func (k Kind) Class() string {
	if k == "" {
		return string(Info)
	}
	return string(k)
}

// Picture is a PNG as an address that holds it.
func Picture(png []byte) string {
	return "data:image/png;base64," + base64.StdEncoding.EncodeToString(png)
}
