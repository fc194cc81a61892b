// Package signin holds the pages of signing in, second factors, invitations, one's own profile
// and sessions.
//
// It must not know other features' pages, services or the clock.
package signin
