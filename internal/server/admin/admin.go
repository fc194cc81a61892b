// Package admin answers the office: people, agencies, the supplier's keys and zones,
// figures, the audit log, what follows a restore.
//
// It must not know the handlers of another feature, SQL, or the supplier's wire format.
package admin

import "guichet/internal/server/site"

// Handlers are the handlers of this feature.
type Handlers struct{ *site.Site }
