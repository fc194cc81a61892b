// Package restore notices that the portal's database is not the one that it
// was: a backup was restored, so that what was sold since may be missing here
// while the supplier knows it.
//
// A node remembers the signs of the database and the last claims that it saw
// committed, in memory and in a file, and compares them with what it finds at
// every new connection. What follows from a restore is for the database's side;
// the package knows no SQL and no bookings.
package restore

import (
	"slices"
	"time"
)

// keptClaims is how many claims a node remembers: more than may be on their way
// at once, because they are committed in another order than they are seen.
const keptClaims = 64

// Signs tell one database from another. Timeline is PostgreSQL's: it rises when a
// replica is promoted and when a point in time was restored.
type Signs struct {
	System   int64  `json:"system"` // identifier of the cluster
	Timeline int32  `json:"timeline"`
	Database uint32 `json:"database"` // object identifiers of the database
	Bookings uint32 `json:"bookings"` // and of its table
}

// same reports that no dump was restored between the two.
func (s Signs) same(o Signs) bool {
	return s.System == o.System && s.Database == o.Database && s.Bookings == o.Bookings
}

// Claim is a call to the supplier that was written down before it was made.
type Claim struct {
	Correlation string    `json:"correlation"`
	At          time.Time `json:"at"` // by the database's clock
}

// Found is what stands in the database now.
type Found struct {
	Now     time.Time // by the database's clock
	Portal  string    // names the portal whose data these are, restored or not
	Signs   Signs
	Own     bool     // the latest witness row was written in this very database
	Sold    bool     // there are bookings, or was a restore
	Missing []string // claims that were asked for and are not there
	Recent  []Claim  // claims that are there
	Latest  Event    // the latest restore on record; its ID is empty without one
}

// Event is a restore that was noticed, or that somebody spoke of.
type Event struct {
	ID         string // random
	NoticedAt  time.Time
	Signs      []Sign
	RestoredTo time.Time // zero when nobody said
	SaidBy     string    // empty when a node noticed it
	Found      Signs
	Bookings   int // that were marked
	Drafts     int
	Sessions   int // that were ended
	Mails      int // that wait for a person
}

// Sign is what gave a restore away.
type Sign string

// The signs. Said is that of the operator's own word.
const (
	SignSystem   Sign = "system"
	SignTimeline Sign = "timeline"
	SignDatabase Sign = "database"
	SignTable    Sign = "table"
	SignRow      Sign = "row"
	SignClaim    Sign = "claim"
	SignSaid     Sign = "said"
)

// Memory is what one node knows of its database.
type Memory struct {
	Portal  string  `json:"portal"`
	Signs   Signs   `json:"signs"`
	Restore string  `json:"restore"` // the latest one that this node knows of
	Claims  []Claim `json:"claims"`
}

// Judge compares what a node remembers with what it finds; the signs are empty
// unless a restore is to be put on record. Restarts and maintenance change none of
// what is compared. A timeline alone says nothing: a promoted replica that holds
// the claims is the database that was.
func (m Memory) Judge(f Found) []Sign {
	var signs []Sign
	switch {
	case m.Portal != "" && m.Portal != f.Portal: // a dump older than its witness was restored, or another portal's
		return []Sign{SignRow}
	case m.Portal == "" && (f.Own || !f.Sold): // nothing is remembered, and nothing speaks against it
		return nil
	case m.Portal == "":
		return []Sign{SignRow}
	}
	add := func(differs bool, sign Sign) {
		if differs {
			signs = append(signs, sign)
		}
	}
	add(m.Signs.System != f.Signs.System, SignSystem)
	add(m.Signs.Database != f.Signs.Database, SignDatabase)
	add(m.Signs.Bookings != f.Signs.Bookings, SignTable)
	add(m.lost(f), SignClaim)
	if len(signs) == 0 || m.onRecord(f) {
		return nil
	}
	add(m.Signs.Timeline != f.Signs.Timeline, SignTimeline)
	add(!f.Own, SignRow)
	return signs
}

func (m Memory) lost(f Found) bool { return len(m.missing(f)) > 0 }

// missing are the remembered claims that are not there.
func (m Memory) missing(f Found) []Claim {
	return slices.DeleteFunc(slices.Clone(m.Claims), func(c Claim) bool { return !slices.Contains(f.Missing, c.Correlation) })
}

// onRecord reports that another node has put this very restore on record: in this
// database, after every claim that this node misses.
func (m Memory) onRecord(f Found) bool {
	if f.Latest.ID == "" || f.Latest.ID == m.Restore || !f.Own || !f.Latest.Found.same(f.Signs) {
		return false
	}
	return !slices.ContainsFunc(m.missing(f), func(c Claim) bool { return !c.At.Before(f.Latest.NoticedAt) })
}

// Adopt takes what was found for the database that is.
func (m Memory) Adopt(f Found) Memory {
	next := Memory{Portal: f.Portal, Signs: f.Signs, Restore: f.Latest.ID}
	if m.Portal == f.Portal {
		next.Claims = slices.DeleteFunc(slices.Clone(m.Claims), func(c Claim) bool { return slices.Contains(f.Missing, c.Correlation) })
	}
	for _, c := range f.Recent {
		next = next.With(c)
	}
	return next
}

// With remembers one more claim, and forgets the oldest beyond keptClaims.
func (m Memory) With(c Claim) Memory {
	if slices.ContainsFunc(m.Claims, func(known Claim) bool { return known.Correlation == c.Correlation }) {
		return m
	}
	m.Claims = append(slices.Clone(m.Claims), c)
	m.Claims = m.Claims[max(0, len(m.Claims)-keptClaims):]
	return m
}

// Correlations names the claims that are remembered.
func (m Memory) Correlations() []string {
	names := make([]string, 0, len(m.Claims))
	for _, c := range m.Claims {
		names = append(names, c.Correlation)
	}
	return names
}
