package bookings

import (
	"time"

	"guichet/internal/booking"
	"guichet/web/ui"
)

// methods are not chosen beforehand: what a person did not say is not declared.
func (p PayPage) methods(v ui.View) ui.ChoiceGroup {
	g := ui.Methods(v, "booking.pay.how", p.Methods, p.Method, p.Errors)
	if len(g.Choices) > 0 && len(p.Errors) == 0 { // a summary of errors has the focus first
		g.Choices[0].Focus = true
	}
	return g
}

func (p PayPage) receipt(v ui.View) ui.Field {
	return ui.Field{
		ID: "receipt", Name: "receipt", Label: v.T("booking.receipt"), Hint: v.T("booking.receipt.hint"),
		Value: p.Receipt, Error: p.Errors["receipt"], Optional: true, Width: "m",
	}
}

func (p PayPage) problems(v ui.View) []ui.Problem {
	return ui.AllProblems(p.Errors, p.methods(v).AsField(), p.receipt(v))
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
