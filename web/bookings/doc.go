// Package bookings holds the pages of bookings: the list and the desk's search, one booking, its
// papers, paying, cancelling, its case and its evidence.
//
// It must not know other features' pages, services or the clock.
package bookings
