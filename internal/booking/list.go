package booking

import (
	"time"
)

// DateField is which date of a booking a period is about.
type DateField string

// The dates: the creation is an instant, the others are wall time of the zone.
const (
	ByCreation        DateField = "created"
	ByDropOff         DateField = "dropoff"
	ByReturn          DateField = "return"
	ByDropOffOrReturn DateField = "move" // the drop-off or the return
)

// Sort is the order of a list; ties are broken by the row's age.
type Sort string

// The orders; a minus is the largest first.
const (
	NewestFirst  Sort = ""
	OldestFirst  Sort = "created"
	DropOffFirst Sort = "dropoff"
	DropOffLast  Sort = "-dropoff"
	ReturnFirst  Sort = "return"
	ReturnLast   Sort = "-return"
	TotalFirst   Sort = "total"
	TotalLast    Sort = "-total"
	DueFirst     Sort = "due" // what must be paid first
)

// Sorts lists the orders.
func Sorts() []Sort {
	return []Sort{NewestFirst, OldestFirst, DropOffFirst, DropOffLast, ReturnFirst, ReturnLast, TotalFirst, TotalLast, DueFirst}
}

// Filter chooses bookings of a list. What is empty leaves nothing out.
type Filter struct {
	Text    string // name, phone, plate, e-mail or agency reference, as people type it
	States  []State
	Zones   []string // codes
	Agency  int64
	Seller  int64 // who sold it
	Insured *bool
	Min     *int64 // what the customer pays, in cents
	Max     *int64

	Uncompared Environment // only what waits for the comparison after a restore, in this environment
	Payable    Environment // only what can still be paid, in this environment

	By       DateField
	From, To time.Time // From included, To not; for ByCreation instants, else wall times as UTC

	Sort   Sort
	Before Cursor // only what comes after this place in the order
	After  Cursor // only what comes before it, for going back
	Limit  int
}

// Cursor is a place in a list: the value that it is sorted by (microseconds
// since 1970, or cents) and the row, whose id is never 0.
type Cursor struct {
	Key int64
	ID  int64
}

// Place returns where in an order a booking stands.
func (s Sort) Place(b Booking) Cursor {
	c := Cursor{ID: b.ID}
	switch s {
	case DropOffFirst, DropOffLast:
		c.Key = b.Stay.FromWall.UnixMicro()
	case ReturnFirst, ReturnLast:
		c.Key = b.Stay.ToWall.UnixMicro()
	case TotalFirst, TotalLast:
		c.Key = b.Due().Cents
	case DueFirst:
		c.Key = b.PayBy.UnixMicro()
	default:
		c.Key = b.CreatedAt.UnixMicro()
	}
	return c
}

// CountLimit is up to where the bookings of a list are counted.
const CountLimit = 10_000

// Tally is how many bookings a filter leaves, and what is paid for them.
type Tally struct {
	Count int     // exact up to CountLimit
	More  bool    // there are more than CountLimit; Count and Sums say nothing then
	Sums  []Money // one for each currency: of the active ones, see ActiveStates
}

// Page is a part of a list.
type Page struct {
	Bookings []Booking
	Tally    Tally // of the whole list
}

// toComeStates are those of a stay that will take place unless it is cancelled.
var toComeStates = []State{Confirmed, PayUnknown, Cancelling, CancelUnknown}

// Views are the groups of states that the list offers.
var Views = map[string][]State{
	"":        nil,
	"mine":    nil,
	"to_pay":  {Held},
	"today":   toComeStates,
	"week":    toComeStates,
	"paid":    {Confirmed},
	"unknown": {Creating, CreateUnknown, Paying, PayUnknown, Cancelling, CancelUnknown},
	"over":    {Refused, Expired, Dropped, Cancelled, Voided},
}
