package desk

import (
	"time"

	"guichet/internal/account"
	"guichet/internal/auth"
	"guichet/internal/booking"
	"guichet/web/ui"
)

// QueuePage is what waits for customer service, the first due first.
type QueuePage struct {
	Items    []booking.QueueItem
	Mails    []auth.DeadMail
	Count    ui.QueueCount
	Actor    account.Actor
	Now      time.Time
	Timezone string

	Unrecorded  []booking.Unrecorded // answers to calls that the database does not know
	Settling    int64                // of these, the one whose form comes back
	SettledText string
	Problem     string

	Elsewhere []booking.UnknownBooking // the supplier's bookings that are not known here
	Over      int                      // bookings that were over before a restore, and wait for the comparison
}

// settled is the text field of one of the answers.
func (p QueuePage) settled(v ui.View, u booking.Unrecorded) ui.Field {
	f := ui.Field{ID: "answer-" + ui.Ms(u.ID), Name: "text", Label: v.T("queue.answer.text"), Hint: v.T("queue.answer.hint")}
	if u.ID == p.Settling {
		f.Value, f.Error = p.SettledText, p.Problem
	}
	return f
}

// problems is what the page's summary of errors lists.
func (p QueuePage) problems(v ui.View) []ui.Problem {
	var fields []ui.Field
	for _, u := range p.Unrecorded {
		fields = append(fields, p.settled(v, u))
	}
	if p.Problem == "" {
		return nil
	}
	return ui.AllProblems(map[string]string{"text": p.Problem}, fields...)
}

func fullName(b booking.Booking) string { return b.Customer.LastName + " " + b.Customer.FirstName }

func (p QueuePage) due(i booking.QueueItem) ui.Kind {
	if i.Due.After(p.Now) {
		return ui.Mute
	}
	return ui.Warn
}
