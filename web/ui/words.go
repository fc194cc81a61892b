package ui

import (
	"strconv"
	"strings"
	"time"

	"guichet/internal/booking"
	"guichet/internal/locale"
	"guichet/internal/walltime"
)

// The supplier's labels and its error messages come in one language each,
// whatever the visitor reads and whatever languages the portal has.
const (
	LabelLang   = "fr"
	SupplierSay = "en"
)

// Words is a text and its language; empty when it is the visitor's.
type Words struct {
	Text, Lang string
}

// Money writes an amount; one that is not known is empty.
func (v View) Money(m booking.Money) string {
	if m.Currency == "" {
		return ""
	}
	return v.Lang.Money(m.Cents, m.Currency)
}

// At says when something is in a timezone: "à 15:42" on the day of now, else
// "le mar. 30 juin 2026 à 15:42".
func (v View) At(t, now time.Time, tz string) string {
	return v.Day(t, now, tz, "sale.at", "sale.at.day")
}

// Since is At for a beginning: "depuis 15:42".
func (v View) Since(t, now time.Time, tz string) string {
	return v.Day(t, now, tz, "sale.since", "sale.since.day")
}

// Before is At for an end: "avant 15:42".
func (v View) Before(t, now time.Time, tz string) string {
	return v.Day(t, now, tz, "sale.before", "sale.before.day")
}

// Day writes a time: today's as the message today, another day's as other.
func (v View) Day(t, now time.Time, tz string, today, other locale.Key) string {
	loc := Location(tz)
	t, now = t.In(loc), now.In(loc)
	if t.YearDay() == now.YearDay() && t.Year() == now.Year() {
		return v.T(string(today), "Time", t)
	}
	return v.T(string(other), "Day", t, "Time", t)
}

// Location is a timezone by its name; one that cannot be loaded is UTC, which
// ZoneName then says too.
func Location(tz string) *time.Location {
	loc, err := time.LoadLocation(tz)
	if err != nil {
		return time.UTC
	}
	return loc
}

// ZoneName says whose time it is.
func (v View) ZoneName(tz string) string { return v.Lang.ZoneName(Location(tz).String()) }

// Service names a service: in the visitor's language when the portal knows its
// code, else by the supplier's own label, else by the code.
func (v View) Service(q booking.Quote, code string) Words {
	if key := "service." + code; locale.Has(v.Lang, key) {
		return Words{Text: v.T(key)}
	}
	if o, ok := q.Offer(code); ok && o.Name != "" {
		return Words{o.Name, LabelLang}
	}
	return Words{Text: code}
}

// Services lists services in one line.
func (v View) Services(q booking.Quote, codes []string) string {
	if len(codes) == 0 {
		return v.T("sale.services.none")
	}
	var names []string
	for _, code := range codes {
		names = append(names, v.Service(q, code).Text)
	}
	return strings.Join(names, ", ")
}

// BoardOf is a stay at a glance, in the zone's own time.
func BoardOf(v View, s booking.Stay) Board {
	return Board{
		Code: s.ZoneCode, Place: s.ZoneName, Duration: v.Lang.Days(s.Days()), ZoneName: v.ZoneName(s.Timezone),
		From: side(v, "sale.from", s.FromWall, s.From, s.Timezone),
		To:   side(v, "sale.to", s.ToWall, s.To, s.Timezone),
	}
}

func side(v View, label locale.Key, wall, at time.Time, tz string) BoardSide {
	return BoardSide{
		Label: v.T(string(label)), Day: v.Lang.Date(wall), Time: v.Lang.Time(wall), Fold: v.fold(at, tz),
		DateTime: at.In(Location(tz)).Format(time.RFC3339),
	}
}

// fold says which of two equal wall times a moment is, when clocks go back; empty
// where there is one only.
func (v View) fold(at time.Time, tz string) string {
	switch walltime.FoldAt(at, Location(tz)) {
	case walltime.FoldBefore:
		return v.T("sale.which.before")
	case walltime.FoldAfter:
		return v.T("sale.which.after")
	}
	return ""
}

// Moment is one end of a stay in a line: "sam. 4 juillet 2026, 06:05".
func (v View) Moment(wall time.Time) string { return v.Lang.DateTime(wall) }

// Sentence is what an agent says on the phone: the stay, its price and what is
// in it, in the language of v.
func (v View) Sentence(s booking.Stay, q booking.Quote, services []string, total booking.Money) string {
	args := []any{
		"Place", s.ZoneName,
		"FromDay", v.Lang.DayMonth(s.FromWall), "FromTime", v.Lang.TimeSpoken(s.FromWall) + v.fold(s.From, s.Timezone),
		"ToDay", v.Lang.DayMonth(s.ToWall), "ToTime", v.Lang.TimeSpoken(s.ToWall) + v.fold(s.To, s.Timezone),
		"Days", v.Lang.Days(s.Days()), "Total", v.Money(total),
	}
	if len(services) == 0 {
		return v.T("sale.read", args...)
	}
	return v.T("sale.read.with", append(args, "Services", v.said(q, services))...)
}

// said joins services as they are said within a sentence.
func (v View) said(q booking.Quote, codes []string) string {
	var names []string
	for _, code := range codes {
		if key := "service.said." + code; locale.Has(v.Lang, key) {
			names = append(names, v.T(key))
		} else {
			names = append(names, v.Service(q, code).Text)
		}
	}
	if len(names) == 1 {
		return names[0]
	}
	return v.T("sale.and", "List", strings.Join(names[:len(names)-1], ", "), "Last", names[len(names)-1])
}

// Speaking is v in the customer's language; lang is empty when that is the
// visitor's own.
func (v View) Speaking(language string) (cv View, lang string) {
	l := locale.Lang(language)
	if !l.Valid() || l == v.Lang {
		return v, ""
	}
	v.Lang = l
	return v, language
}

// MeetingPoint names a meeting point of a zone; empty when there is none.
func MeetingPoint(z booking.Zone, id string) string {
	for _, m := range z.MeetingPoints {
		if m.ID == id {
			return m.Name
		}
	}
	return ""
}

// Methods asks how the customer pays.
func Methods(v View, legend locale.Key, codes []string, chosen string, errs map[string]string) ChoiceGroup {
	g := ChoiceGroup{ID: "pay_method", Name: "pay_method", Legend: v.T(string(legend)), Error: errs["pay_method"]}
	for _, code := range codes {
		g.Choices = append(g.Choices, Choice{
			ID: MethodID(code), Value: code, Label: v.PayMethod(code), Checked: code == chosen,
		})
	}
	return g
}

// MethodID is the id of the choice of a payment method.
func MethodID(code string) string { return "pay_method-" + code }

// PayMethod is the name of a payment method.
func (v View) PayMethod(code string) string {
	if key := "pay_method." + code; locale.Has(v.Lang, key) {
		return v.T(key)
	}
	return code
}

// Spelled is a reference as it is read out: "G U, 7 K 2 M, 9 Q X D".
func Spelled(ref string) string {
	parts := strings.Split(ref, "-")
	for i, part := range parts {
		parts[i] = strings.Join(strings.Split(part, ""), " ")
	}
	return strings.Join(parts, ", ")
}

// Version writes the version that a form carries.
func Version(n int) string { return strconv.Itoa(n) }

// StateName is a state as the pages call it.
func (v View) StateName(s booking.State) string { return v.T(StateKey(s)) }

// StateOf names how a booking stands, as far as it is known.
func (v View) StateOf(b booking.Booking) string {
	if b.Uncompared {
		return v.T("web.state.uncompared")
	}
	return v.StateName(b.State)
}

// CustomerLine is a customer and a car in a line: "Anne Durand · AB-123-CD".
func CustomerLine(c booking.Customer, car booking.Car) string {
	return c.FirstName + " " + c.LastName + " · " + car.ShownPlate()
}

// CarLine is a car in a line: "AB-123-CD · Peugeot 308 · gris".
func CarLine(c booking.Car) string {
	line := c.ShownPlate()
	for _, word := range []string{c.Make, c.Model, c.Color} {
		if word != "" {
			line += " · " + word
		}
	}
	return line
}

// CaseWhy says why somebody must look at a booking.
func (v View) CaseWhy(code string) string {
	if key := "case.why." + code; locale.Has(v.Lang, key) {
		return v.T(key)
	}
	return code
}

// Attempt says what a call was for and what came of it: "Création réussie".
func Attempt(v View, op booking.Operation, outcome booking.Outcome) string {
	return v.T("attempt." + string(op) + "." + string(outcome))
}

// AttemptFacts are what is known of a call, besides what came of it and when it
// was sent.
func AttemptFacts(a booking.Attempt) string {
	var facts []string
	if said := Technical(a); said != "" {
		facts = append(facts, said)
	}
	if !a.EndedAt.IsZero() {
		facts = append(facts, strconv.FormatInt(a.EndedAt.Sub(a.StartedAt).Milliseconds(), 10)+"\u00a0ms")
	}
	return strings.Join(facts, " · ")
}

// KeptFacts are what is known of an answer that could not be recorded.
func KeptFacts(v View, u booking.Unrecorded) string {
	facts := []string{Attempt(v, u.Operation, u.Answer.Outcome)}
	if said := Technical(booking.Attempt{Answer: u.Answer}); said != "" {
		facts = append(facts, said)
	}
	return strings.Join(facts, " · ")
}

// Technical are the facts by which the supplier finds a call.
func Technical(a booking.Attempt) string {
	var facts []string
	if a.Answer.ErrorCode != "" {
		facts = append(facts, a.Answer.ErrorCode)
	}
	if a.Answer.HTTPStatus > 0 {
		facts = append(facts, "HTTP "+Version(a.Answer.HTTPStatus))
	}
	return strings.Join(facts, " · ")
}
