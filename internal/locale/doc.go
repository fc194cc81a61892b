// Package locale speaks to people in their language: messages from the catalogues
// in messages/, dates and times as agents type them and as pages show them,
// money, numbers, names of countries and timezones. A language is an entry of the
// table in lang.go and a folder of messages; nothing else knows which there are.
//
// It is a leaf: it takes and returns plain values and knows nothing of
// bookings, pages or the clock.
package locale

//go:generate node ../../tools/countries.mjs fr=fr en=en-GB
