package web

import (
	"time"

	"guichet/internal/account"
	"guichet/internal/booking"
)

// QuoteForm is the subject of QuoteNew: what was typed, untouched.
type QuoteForm struct {
	Zones                           []booking.Zone // those that can be sold
	Zone                            string         // the chosen zone's code
	ZoneText                        string         // what was typed and is no zone
	FromDate, FromTime              string
	ToDate, ToTime                  string
	FromFold, ToFold                string // "before" or "after" the clocks change
	AskFromFold, AskToFold          bool   // the time happens twice: ask which
	Outbound, Return                string
	From                            string // id of the draft whose customer is kept
	FromEcho, ToEcho                string // the two ends in words, and the duration
	Timezone                        string // of the chosen zone; the agency's before that
	Errors                          map[string]string
	Recent                          []booking.Draft
	SupplierDownSince, ZonesFetched time.Time // zero when all is well
	Now                             time.Time
}

// DraftPage is the subject of QuoteShow: a quote and what can be added.
type DraftPage struct {
	Draft  booking.Draft
	Now    time.Time
	Errors map[string]string
	Gone   []string // services that are no longer offered

	Timezone string // the agency's, for the time of the quote; the zone's when empty
}

// CustomerPage is the subject of QuoteCustomer: customer and car.
type CustomerPage struct {
	Draft        booking.Draft
	Zone         booking.Zone // its meeting points
	Form         booking.CustomerForm
	Errors       map[string]string
	Lookup       string          // what was searched
	Searched     bool            // a search was made
	Found        []booking.Known // what it found
	Picked       bool            // the form holds a known customer's data
	PhonePreview string          // "Sera enregistré : …"; empty when nothing was typed
	PhoneWarning string          // such as a landline
	PlateNote    string          // such as a foreign format
	MailHint     string          // "jean@gmail.com" for "jean@gmial.com"; empty when fine
	Now          time.Time
	Timezone     string // the agency's, for the time of the quote; the zone's when empty
}

// CheckPage is the subject of QuoteCheck, PriceChanged and SamePlate.
type CheckPage struct {
	Draft     booking.Draft
	Zone      booking.Zone
	Methods   []string // payment methods that the agency may record
	Method    string
	SamePlate bool // the agent already said that the car is booked twice
	Errors    map[string]string
	Now       time.Time
	Timezone  string // the agency's, for the time of the quote; the zone's when empty

	Before    booking.Money    // PriceChanged: what was accepted
	Gone      []string         // PriceChanged: services that are no longer offered
	Other     *booking.Booking // SamePlate: the car's other live booking
	Elsewhere string           // what the supplier calls a booking of the same car that is not known here
}

// BookingPage is the subject of BookingShow, Confirmation and Voucher.
type BookingPage struct {
	Booking      booking.Booking
	MeetingPoint string // its name
	Now          time.Time
	Timezone     string // the agency's; deadlines are shown in it
	Entries      []booking.Entry
	Attempts     []booking.Attempt
	Actor        account.Actor
	ReadOnly     bool                 // it belongs to another environment
	Unrecorded   []booking.Unrecorded // answers that could not be recorded with their calls; for staff
	Disputed     bool                 // it is over here, and the supplier says otherwise
	Credited     bool                 // it is paid here, and the supplier has credited it

	Findings []booking.Found // staff only

	Notes     []booking.Note // those that this person may read
	NoteText  string         // as it was typed
	NoteError string

	// For the paper that the customer keeps.
	AgencyName string
	Logo       []byte // the agency's, PNG; none without one
}

// PayPage is the subject of BookingPay.
type PayPage struct {
	Booking  booking.Booking
	Methods  []string
	Method   string
	Receipt  string
	Errors   map[string]string
	Now      time.Time
	Timezone string
}

// ListPage is the subject of BookingList and Desk.
type ListPage struct {
	Path        string // "/bookings" or "/desk"
	Bookings    []booking.Booking
	Tally       booking.Tally
	Filter      ListFilter
	Sort        booking.Sort // as it is in force; a view may bring its own
	Errors      map[string]string
	Zones       []booking.Zone
	Agencies    []account.Agency // staff only
	Actor       account.Actor
	Environment booking.Environment // the portal's
	Pager       Pager
	Now         time.Time
	Timezone    string
	BadCursor   bool
}
