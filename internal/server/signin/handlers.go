// Package signin answers what lets people in: password, second factor, invitations,
// and their own profile and sessions.
//
// It must not know the handlers of another feature, SQL, or the supplier's wire format.
package signin

import "guichet/internal/server/site"

// Handlers are the handlers of this feature.
type Handlers struct{ *site.Site }
