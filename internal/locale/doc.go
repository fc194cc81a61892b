// Package locale speaks to people in French and English: messages from the
// catalogues in messages/, dates and times as agents type them and as pages
// show them, money, numbers, names of countries and timezones.
//
// It is a leaf: it takes and returns plain values and knows nothing of
// bookings, pages or the clock.
package locale
