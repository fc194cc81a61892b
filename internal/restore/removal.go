package restore

import (
	"encoding/hex"
	"slices"
	"strings"
	"time"
)

// Removed is what kind of thing a person took away.
type Removed string

// What is taken away, and what gives it back: the latter only ends the former.
// Sessions, links and saved forms are missing here, because a restore ends them
// all; so is what is erased by its age, because that job does it again.
const (
	Erased          Removed = "erased"           // who travelled, in some bookings
	Suspended       Removed = "person_suspended" // by the person's handle, as below
	LetIn           Removed = "person_let_in"
	RoleChanged     Removed = "role"
	PasswordChanged Removed = "password"
	FactorSet       Removed = "factor_set" // instead of another one
	FactorReset     Removed = "factor_reset"
	RecoveryUsed    Removed = "recovery_used"
	RecoveryRenewed Removed = "recovery_renewed"
	PasskeyRemoved  Removed = "passkey_removed"
	AgencySuspended Removed = "agency_suspended" // by the agency's code, as below
	AgencyLetIn     Removed = "agency_let_in"
	AgencyRights    Removed = "agency_rights"
	KeyRetired      Removed = "key_retired" // by the key's name, as below
	KeyActivated    Removed = "key_activated"
)

// AllRemoved lists the kinds.
func AllRemoved() []Removed {
	return []Removed{
		Erased, Suspended, LetIn, RoleChanged, PasswordChanged, FactorSet, FactorReset, RecoveryUsed, RecoveryRenewed, PasskeyRemoved,
		AgencySuspended, AgencyLetIn, AgencyRights, KeyRetired, KeyActivated,
	}
}

// A Removal is one thing that was taken away. It names rows by what is random and
// does not come again, never by a number that a restored sequence issues anew, and
// it holds nobody's data.
type Removal struct {
	ID      string    `json:"id"`
	Kind    Removed   `json:"kind"`
	Subject string    `json:"subject,omitempty"`
	Value   string    `json:"value,omitempty"` // a role, the hash of a recovery code, the id of a passkey, an environment
	Refs    []string  `json:"refs,omitempty"`  // of bookings
	At      time.Time `json:"at"`              // by the database's clock
	Restore string    `json:"restore,omitempty"`
}

// sound reports that the database can keep it, and that it is known what to do with it.
func (r Removal) sound() bool {
	_, err := hex.DecodeString(r.Value)
	text := strings.Join(append([]string{r.Subject, r.Value, r.Restore}, r.Refs...), r.ID)
	return r.ID != "" && slices.Contains(AllRemoved(), r.Kind) && !strings.ContainsRune(text, 0) && (r.Kind != RecoveryUsed && r.Kind != PasskeyRemoved || err == nil)
}

// matter is what a later removal of the same matter makes void.
func (r Removal) matter() string {
	switch r.Kind {
	case Erased, RecoveryUsed, PasskeyRemoved:
		return r.ID
	case Suspended, LetIn:
		return "person/" + r.Subject
	case AgencySuspended, AgencyLetIn:
		return "agency/" + r.Subject
	case FactorSet, FactorReset:
		return "factor/" + r.Subject
	case KeyActivated:
		return "active/" + r.Value
	}
	return string(r.Kind) + "/" + r.Subject
}

// Latest parts removals into the last one of each matter, in the order of time, and
// those that it makes void, or one of those that the database knows: what somebody
// decided since is not overruled by a log that is read late.
func Latest(list, known []Removal) (last, void []Removal) {
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b Removal) int { return a.At.Compare(b.At) })
	for i, r := range list {
		same := func(other Removal) bool { return other.matter() == r.matter() }
		if slices.ContainsFunc(list[i+1:], same) || slices.ContainsFunc(known, func(k Removal) bool { return same(k) && k.At.After(r.At) }) {
			void = append(void, r)
		} else {
			last = append(last, r)
		}
	}
	return last, void
}

// Ending is what became of something that was taken away and that a restore gave back.
type Ending string

// The endings. Open waits for an admin.
const (
	Open      Ending = ""
	Repeated  Ending = "repeated"  // it is taken away again
	Void      Ending = "void"      // it was given back later, or there is nothing to take away
	Redone    Ending = "redone"    // an admin took it away again
	Dismissed Ending = "dismissed" // an admin let it be
)

// Lost is a removal that a restore undid, and what became of it.
type Lost struct {
	Removal
	Ending  Ending
	Name    string // of the person or the agency, or the tail of the key; empty when it is gone
	Handle  string // of the person, for the page about it
	EndedBy string
	EndedAt time.Time
}

// Repeats is what is known of the removals that the latest restore undid.
type Repeats struct {
	Erased    int // bookings in which the traveller was erased again
	Suspended int // people and agencies that were suspended again
	Lowered   int // roles, recovery codes and passkeys that were taken away again
	Lost      []Lost
	Logs      int       // that were read
	Unheard   int       // that were not, of nodes that ran when the backup was made
	Unread    int       // lines of the former that could not be read
	Since     time.Time // since when they are kept
	DataTo    time.Time // the last trace of anybody in the data that were restored
}

// Complete reports that nothing can have been taken away that the logs do not know.
func (r Repeats) Complete() bool {
	return r.Logs > 0 && r.Unheard == 0 && r.Unread == 0 && r.Begun()
}

// Begun reports that the logs begin before the data end that were restored.
func (r Repeats) Begun() bool { return !r.DataTo.IsZero() && !r.Since.After(r.DataTo) }

// Waiting counts what an admin must look at.
func (r Repeats) Waiting() (n int) {
	for _, l := range r.Lost {
		if l.Ending == Open {
			n++
		}
	}
	return n
}
