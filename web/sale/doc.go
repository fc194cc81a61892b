// Package sale holds the pages of the steps of a sale: quote, services, customer and car, check.
//
// It must not know other features' pages, services or the clock.
package sale
