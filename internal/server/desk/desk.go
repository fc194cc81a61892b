// Package desk answers customer service's own pages: the queue, statements of the
// supplier, bookings that are not known here.
//
// It must not know the handlers of another feature, SQL, or the supplier's wire format.
package desk

import "guichet/internal/server/site"

// Handlers are the handlers of this feature.
type Handlers struct{ *site.Site }
