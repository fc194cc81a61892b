// Package admin holds the pages of the office: people, agencies, supplier keys and zones, figures, the
// audit log, what follows a restore.
//
// It must not know other features' pages, services or the clock.
package admin
