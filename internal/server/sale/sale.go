// Package sale answers the steps of a sale: quote, services, customer and car,
// check, book.
//
// It must not know the handlers of another feature, SQL, or the supplier's wire format.
package sale

import "guichet/internal/server/site"

// Handlers are the handlers of this feature.
type Handlers struct{ *site.Site }
