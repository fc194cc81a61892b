// Package booking is the domain: zones, quotes, drafts, bookings, the state
// machine that they follow, and the Service that moves them through it by way
// of a Store (the database) and a Supplier (the other side of the wire). README.md
// tells the lifecycle: states, transitions, clocks, evidence and cases.
//
// It knows nothing of HTTP, SQL, pages or job queues.
package booking
