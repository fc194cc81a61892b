package bookings

import (
	"time"

	"guichet/internal/account"
	"guichet/internal/booking"
	"guichet/web/ui"
)

// MostToday is how many drop-offs, returns, holds and unknown outcomes one day shows;
// the list has the rest.
const MostToday = 200

// TodayPage is one day of an agency.
type TodayPage struct {
	Now      time.Time
	Timezone string
	Today    time.Time // midnight as UTC, of the day that it is
	Day      time.Time // the same of the day that is shown

	DropOffs, Returns []booking.Booking // in the order of their times
	Holds             []booking.Booking // the one that expires next first
	Unknown           []booking.Booking

	Handovers  map[int64]booking.Handover // of Holds, by id
	Colleagues []account.Person           // of the agency, the visitor among them
	Unhanded   string                     // the reference of one that no colleague was chosen for
}

// Waiting is how many bookings wait for somebody of the agency.
func (p TodayPage) Waiting() int { return len(p.Holds) + len(p.Unknown) }

func (p TodayPage) isToday() bool { return p.Day.Equal(p.Today) }

// at is the address of a day so many days after this one.
func (p TodayPage) at(days int) string {
	day := p.Day.AddDate(0, 0, days)
	if day.Equal(p.Today) {
		return "/today"
	}
	return "/today?day=" + day.Format(time.DateOnly)
}

// cut reports that a part of the day has more than is shown.
func (p TodayPage) cut(part string) bool {
	if part == "drop-offs" {
		return len(p.DropOffs) >= MostToday
	}
	return len(p.Returns) >= MostToday
}

// deadline says until when a booking can be paid, and how long that is.
func (p TodayPage) deadline(v ui.View, b booking.Booking) string {
	left := int(b.PayBy.Sub(p.Now) / time.Minute)
	return v.T("today.pay_by", "When", v.Before(b.PayBy, p.Now, p.Timezone), "Count", left)
}

func noWord(ui.View, booking.Booking) string { return "" }

// todayHour is what happens within an hour.
type todayHour struct {
	label string
	moves []move
}

// move is a car that comes or goes.
type move struct {
	b      booking.Booking
	time   string
	travel string // number of the flight or train
}

func dropOff(b booking.Booking) (time.Time, string) { return b.Stay.FromWall, b.Outbound }
func back(b booking.Booking) (time.Time, string)    { return b.Stay.ToWall, b.Return }

// hours groups bookings, which stand in the order of their times, by the hour at the
// airport or station.
func (p TodayPage) hours(v ui.View, list []booking.Booking, end func(booking.Booking) (time.Time, string)) (hours []todayHour) {
	for _, b := range list {
		at, travel := end(b)
		label := v.Lang.TimeSpoken(at.Truncate(time.Hour))
		if len(hours) == 0 || hours[len(hours)-1].label != label {
			hours = append(hours, todayHour{label: label})
		}
		last := &hours[len(hours)-1]
		last.moves = append(last.moves, move{b, v.Lang.Time(at), travel})
	}
	return hours
}

// colleague is the field that names who sees to a booking.
func (p TodayPage) colleague(v ui.View, b booking.Booking) ui.SelectField {
	f := ui.SelectField{Field: ui.Field{ID: "colleague-" + b.Ref, Name: "colleague", Label: v.T("today.colleague"), Value: p.Handovers[b.ID].Handle}, Empty: v.T("today.colleague.choose")}
	if b.Ref == p.Unhanded {
		f.Error = v.T("today.colleague.none")
	}
	group := ui.OptionGroup{}
	for _, c := range p.Colleagues {
		group.Options = append(group.Options, ui.Option{Value: c.Handle, Label: c.Name})
	}
	f.Groups = []ui.OptionGroup{group}
	return f
}

// problems is what is wrong with what was sent.
func (p TodayPage) problems(v ui.View) []ui.Problem {
	var fields []ui.Field
	for _, b := range p.Holds {
		fields = append(fields, p.colleague(v, b).Field)
	}
	return ui.Problems(fields...)
}
