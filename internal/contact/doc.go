// Package contact reads what people type of themselves and their way: names, e-mail
// addresses, phone numbers, plates, numbers of flights and trains. Each reader returns
// the normal form that is stored, or says beside which field what is wrong.
//
// It must not know bookings, pages or SQL.
package contact
