// Package simulator stands in for the supplier: an HTTP server of the Partners
// API v3 with its own zones, prices, rules and ledger, with faults that can be
// set per endpoint, and with three profiles for what the documentation leaves
// open.
//
// It imports nothing of ours, so that it is able to disagree with the client:
// whatever it accepts or refuses is read from the supplier's documentation and
// never from the portal's code.
package simulator
