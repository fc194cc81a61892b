// Package bookings answers all that is about bookings: the list and the desk's
// search, one booking with its papers, paying, cancelling, its case and its evidence.
//
// It must not know the handlers of another feature, SQL, or the supplier's wire format.
package bookings

import "guichet/internal/server/site"

// Handlers are the handlers of this feature.
type Handlers struct{ *site.Site }
