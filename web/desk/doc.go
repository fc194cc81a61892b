// Package desk holds the pages of customer service: the queue, statements of the supplier, bookings
// that are not known here.
//
// It must not know other features' pages, services or the clock.
package desk
