// Package booking is the domain: zones, quotes, drafts, bookings, the state
// machine that they follow, and the Service that moves them through it by way
// of a Store (the database) and a Supplier (the other side of the wire). README.md
// tells the lifecycle: states, transitions, clocks, evidence and cases.
//
// It knows nothing of HTTP, SQL, pages or job queues.
package booking

import (
	"cmp"
	"crypto/rand"
	"slices"
	"strings"
	"time"

	"guichet/internal/contact"
)

// Draft is a quote with what the agent typed so far: the token of one sale. At
// most one booking comes out of it. Version rises with each change, so that a
// check page knows whether it still shows what would be booked.
type Draft struct {
	ID           string // random, its address
	AgencyID     int64
	UserID       int64
	Environment  Environment
	Version      int
	SaleID       string
	RetryOf      string // reference of the booking that is tried again in the same sale
	Replaces     string // reference of the booking that this sale replaces
	Stay         Stay
	Quote        Quote
	Services     []string
	Customer     Customer
	Phone        contact.Phone
	Car          Car
	CustomerID   int64 // the agency's own customer row; 0 for a new customer
	CarID        int64
	Outbound     string
	Return       string
	MeetingPoint string
	AgencyRef    string
	PayMethod    string
	CustomerSet  bool          // the customer page was completed
	Typed        *CustomerForm // what stands on the customer page and cannot be accepted yet; nil for nothing
	Uncompared   bool          // it was here when a backup was restored, and may have been sold since
	CreatedAt    time.Time
	UpdatedAt    time.Time
}

// Ready reports that customer and car are known, as they stand on their page.
func (d Draft) Ready() bool { return d.CustomerSet && d.Typed == nil }

// Total is the price of the stay with the chosen services.
func (d Draft) Total() Money {
	total, _ := d.Quote.Total(d.Services)
	return total
}

// Booking is one booking as the portal knows it.
type Booking struct {
	ID          int64
	Ref         string // such as GU-7K2M-9QXD
	State       State
	Version     int // number of its events
	AgencyID    int64
	AgencyName  string
	UserID      int64
	UserName    string
	Environment Environment
	DraftID     string
	SaleID      string
	RetryOf     string // reference
	RetriedBy   string // reference of its successor in the same sale
	Replaces    string
	Doubt       string // of a held booking: another one of the sale of which the supplier may have made a paid one
	Disputed    bool   // of a held booking, see the function: it may be paid already

	Stay         Stay
	Quote        Quote    // the accepted snapshot
	Services     []string // accepted
	Total        Money    // accepted
	Customer     Customer
	Country      string // of the phone, ISO region
	Car          Car
	Outbound     string
	Return       string
	MeetingPoint string
	AgencyRef    string
	PayMethod    string // how the customer pays
	Receipt      string
	SamePlate    bool // booked although the same car has another live booking then

	SupplierID  string
	SupplierRef string
	Booked      Money    // the supplier's total; zero before its answer
	BookedWith  []string // the supplier's services
	Insured     bool     // read from the supplier's answer
	Differs     bool     // higher total, other currency or services: pay waits for acceptance
	Reason      string   // why it was refused: the supplier's error code
	Unfit       []string // fields of the answer to the create that did not fit what was ordered
	UnfitFound  Finding  // what a person found out about such a booking; empty while nobody has
	IDReissued  bool     // the supplier gave its id to another booking; never in production
	TakenOver   bool     // from the supplier's lines, after a restore had lost it
	Uncompared  bool     // not compared with the supplier since a restore

	T0        time.Time // start of our 60 minutes
	PayBy     time.Time
	Deadline  time.Time
	Fence     time.Time
	LeaseEnds time.Time // zero when nothing is in flight
	CreatedAt time.Time
	ChangedAt time.Time
	PaidAt    time.Time
	PaidBy    string
	ErasedAt  time.Time // when who travelled was forgotten; zero while it is known
}

// Due is what the customer pays: the supplier's total once known.
func (b Booking) Due() Money {
	if b.Booked.Currency != "" {
		return b.Booked
	}
	return b.Total
}

// Chosen returns the services that are in force.
func (b Booking) Chosen() []string {
	if b.SupplierID != "" {
		return b.BookedWith
	}
	return b.Services
}

// Astray reports that the supplier answered with something else than was ordered
// and nobody has found out yet what it is: the stay is not sold again.
func (b Booking) Astray() bool { return b.State == CreateUnknown && len(b.Unfit) > 0 }

// Has reports whether a service is in force.
func (b Booking) Has(code string) bool { return slices.Contains(b.Chosen(), code) }

// Payable reports whether a payment may be started at that moment.
func (b Booking) Payable(now time.Time) bool {
	return b.State == Held && !b.Uncompared && now.Before(b.PayBy) && b.Doubt == "" && !b.Disputed
}

// Completed reports whether a paid stay lies in the past.
func (b Booking) Completed(now time.Time) bool { return b.State == Confirmed && now.After(b.Stay.To) }

// Operation is what an attempt asks the supplier to do.
type Operation string

// The three operations that change something at the supplier.
const (
	OpCreate Operation = "create"
	OpPay    Operation = "pay"
	OpCancel Operation = "cancel"
)

// Attempt is one call to the supplier, written before the call.
type Attempt struct {
	ID          int64
	BookingID   int64
	Operation   Operation
	Outcome     Outcome
	Correlation string
	ActorName   string
	ActorID     int64
	StartedAt   time.Time
	EndedAt     time.Time
	Answer      Answer // facts of the answer, once there is one

	// Found is what was found out about the call later; empty for nothing. The
	// outcome stays what the call came to.
	Found Finding
}

// HistoryEntry is one event of a booking's history.
type HistoryEntry struct {
	Seq       int
	Event     Event
	Before    State
	After     State
	ActorID   int64
	ActorName string
	ActorRole string
	Reason    string // a code, never text
	AttemptID int64
	At        time.Time
}

// Case is what a person must look at.
type Case struct {
	ID        int64
	BookingID int64
	Ref       string
	Why       string // a code
	Due       time.Time
	OpenedAt  time.Time
}

const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// NewRef returns a random booking reference such as GU-7K2M-9QXD: 40 bits in
// Crockford's base 32. It may be taken; the insert is then tried again.
func NewRef() string {
	var raw [8]byte
	_, _ = rand.Read(raw[:]) // never fails; it would end the process
	out := make([]byte, 0, 12)
	out = append(out, "GU-"...)
	for i, b := range raw {
		if i == 4 {
			out = append(out, '-')
		}
		out = append(out, crockford[b&31])
	}
	return string(out)
}

// ParseRef reads a reference as people type it: any case, with or without
// hyphens and prefix, I and L for 1, O for 0, whatever was copied along with it.
// False when it cannot be one.
func ParseRef(text string) (string, bool) {
	s, _ := refLetters(text)
	if len(s) != refLength {
		return "", false
	}
	return "GU-" + s[:4] + "-" + s[4:], true
}

// PartOfRef reads a part of a reference: what references begin with, and what they
// end with. What is typed with the prefix is no end. Both are empty for what is no
// part, or one that most have.
func PartOfRef(text string) (begin, end string) {
	s, prefixed := refLetters(text)
	if len(s) >= refLength || len(s) < 2 || !prefixed && len(s) < 4 {
		return "", ""
	}
	begin, end = "GU-"+s, s
	if len(s) > 4 {
		begin, end = "GU-"+s[:4]+"-"+s[4:], s[:len(s)-4]+"-"+s[len(s)-4:]
	}
	if prefixed {
		end = ""
	}
	return begin, end
}

// refLength is how many letters and digits a reference has besides its prefix.
const refLength = 8

// refLetters are the letters and digits of what may be a reference, without its
// prefix; none for what is not.
func refLetters(text string) (letters string, prefixed bool) {
	s := strings.Trim(contact.Compact(text), ",;:!?()[]\"'«»“”")
	s, prefixed = strings.CutPrefix(s, "GU")
	s = strings.NewReplacer("I", "1", "L", "1", "O", "0").Replace(s)
	if strings.Trim(s, crockford) != "" {
		return "", prefixed
	}
	return s, prefixed
}

// newID returns a random identifier of 130 bits, fit for an address.
func newID() string { return strings.ToLower(rand.Text()) }

// CustomerRef is the reference by which the supplier's people know the booking, and so
// the one that a customer is told: theirs, else their id; ours while there is neither.
func (b Booking) CustomerRef() string { return cmp.Or(b.SupplierRef, b.SupplierID, b.Ref) }

// Money is an amount in the currency's minor unit.
type Money struct {
	Cents    int64  `json:"cents"`
	Currency string `json:"currency"` // ISO 4217
}

// Plus returns the sum; both amounts are of one currency.
func (m Money) Plus(o Money) Money { return Money{m.Cents + o.Cents, m.Currency} }
