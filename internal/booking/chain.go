package booking

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Chains of events. Events of both may stand in one booking, the earlier ones first.
const (
	ChainHash = 1 // SHA-256: whoever writes to the database can make it
	ChainMAC  = 2 // HMAC-SHA-256, under a key that is not in the database
)

// Seal is the hash of an event, which carries that of the one before: SHA-256
// of the previous hash and of every field.
func Seal(previous []byte, bookingID int64, e HistoryEntry) []byte {
	sum := sha256.Sum256([]byte(said(previous, bookingID, e)))
	return sum[:]
}

// SealWith is Seal under a key.
func SealWith(key, previous []byte, bookingID int64, e HistoryEntry) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte("event " + said(previous, bookingID, e)))
	return mac.Sum(nil)
}

// said is every field, each as its length in bytes, a colon and its text.
func said(previous []byte, bookingID int64, e HistoryEntry) string {
	var said strings.Builder
	for _, field := range []string{
		hex.EncodeToString(previous), strconv.FormatInt(bookingID, 10), strconv.Itoa(e.Seq),
		string(e.Event), string(e.Before), string(e.After), strconv.FormatInt(e.ActorID, 10),
		e.ActorName, e.ActorRole, e.Reason, strconv.FormatInt(e.AttemptID, 10), strconv.FormatInt(e.At.UnixMicro(), 10),
	} {
		said.WriteString(strconv.Itoa(len(field)) + ":" + field)
	}
	return said.String()
}

// Sealed is an event with its hash, as it is stored.
type Sealed struct {
	HistoryEntry
	Chain int
	Hash  []byte
}

// IsWritten reports whether the hash is that of the event after another; key is that
// of the chain.
func (e Sealed) IsWritten(key, previous []byte, bookingID int64) bool {
	switch {
	case e.Chain == ChainHash:
		return bytes.Equal(e.Hash, Seal(previous, bookingID, e.HistoryEntry))
	case e.Chain == ChainMAC && len(key) > 0:
		return hmac.Equal(e.Hash, SealWith(key, previous, bookingID, e.HistoryEntry))
	}
	return false
}

// Record is what is stored of one booking's life.
type Record struct {
	BookingID int64
	Ref       string
	State     State
	Version   int
	Listed    State     // as lists and sweeps find it
	PaidAt    time.Time // and PaidBy: as the booking says
	PaidBy    string
	Attempts  []Attempt // id, operation, outcome, start and actor are enough
	Findings  []Found   // act, event, operation and finding are enough
	Events    []Sealed  // by Seq
	Key       []byte    // of the chain; nil before there is one
}

// Problems says what is wrong with a record, in English, for operators: its
// chain, its version, its state and its attempts. None means that nothing was
// changed, removed or slipped in.
func (r Record) Problems() []string {
	var bad []string
	say := func(format string, args ...any) { bad = append(bad, r.Ref+": "+fmt.Sprintf(format, args...)) }
	if len(r.Events) != r.Version {
		say("version %d, but %d events", r.Version, len(r.Events))
	}
	if r.Listed != r.State {
		say("it is %q, but is listed as %q", r.State, r.Listed)
	}
	if len(r.Events) == 0 {
		say("no event at all")
		return bad
	}
	var previous []byte
	state := New
	for i, e := range r.Events {
		switch {
		case e.Seq != i+1:
			say("event %d stands where event %d belongs", e.Seq, i+1)
		case !e.IsWritten(r.Key, previous, r.BookingID):
			say("event %d (%s) is not the one that was written", e.Seq, e.Event)
		case e.Before != state:
			say("event %d begins in state %q, the one before ends in %q", e.Seq, e.Before, state)
		case e.After != state && !slices.Contains(Arrows(), [2]State{state, e.After}):
			say("event %d goes from %q to %q, which is no transition", e.Seq, state, e.After)
		}
		previous, state = e.Hash, e.After
	}
	if state != r.State {
		say("it is %q, but its events end in %q", r.State, state)
	}
	return append(append(append(bad, r.attemptProblems()...), r.callProblems()...), r.findingProblems()...)
}

func (r Record) attemptProblems() []string {
	open := 0
	paid, cancelled := false, false
	for _, a := range r.Attempts {
		switch {
		case a.Outcome == OutcomeOpen:
			open++
		case a.Outcome == OutcomeOK && a.Operation == OpPay:
			paid = true
		case a.Outcome == OutcomeOK && a.Operation == OpCancel:
			cancelled = true
		}
	}
	var bad []string
	if (open == 1) != r.State.InFlight() || open > 1 {
		bad = append(bad, fmt.Sprintf("%s: it is %q with %d open attempts", r.Ref, r.State, open))
	}
	for _, f := range r.Findings {
		paid = paid || f.Act == ActFound && f.positive(Confirmed)
		cancelled = cancelled || f.Act == ActFound && f.positive(Cancelled)
	}
	if r.State == Confirmed && !paid {
		bad = append(bad, r.Ref+": it is paid, but no attempt to pay went well, and nobody found it out")
	}
	if r.State == Cancelled && !cancelled {
		bad = append(bad, r.Ref+": it is cancelled, but no attempt to cancel went well, and nobody found it out")
	}
	return bad
}

// beginnings are the events that each begin one call.
var beginnings = []Event{Submit, Pay, Cancel, NextCall}

// wordless are the events that name a call and say nothing good of it.
var wordless = []Event{Submit, Pay, Cancel, NextCall, CreateLost, PayLost, CancelLost, CreateRefused, PayRefused, CancelRefused, LateRefused}

// callProblems demands the event of every call that was begun, and of every call that
// went well; and of who paid, the call with which it was said.
func (r Record) callProblems() (bad []string) {
	begun, paidBy := 0, r.PaidBy == ""
	for _, e := range r.Events {
		if slices.Contains(beginnings, e.Event) {
			begun++
		}
	}
	if len(r.Attempts) != begun {
		bad = append(bad, fmt.Sprintf("%s: %d attempts, but its events begin %d", r.Ref, len(r.Attempts), begun))
	}
	for _, a := range r.Attempts {
		paidBy = paidBy || a.Operation == OpPay && a.ActorName == r.PaidBy && a.StartedAt.Equal(r.PaidAt)
		if a.Outcome == OutcomeOK && !slices.ContainsFunc(r.Events, func(e Sealed) bool {
			return e.AttemptID == a.ID && !slices.Contains(wordless, e.Event)
		}) {
			bad = append(bad, fmt.Sprintf("%s: an attempt to %s went well, but no event says so", r.Ref, a.Operation))
		}
	}
	if !paidBy {
		bad = append(bad, r.Ref+": it was paid by somebody who made no attempt to pay then")
	}
	return bad
}

// findingProblems demands the finding of every event that only a finding causes.
func (r Record) findingProblems() (bad []string) {
	for _, e := range r.Events {
		_, byFinding := spokenOf[e.Event]
		if !byFinding && !reverses(e.Event) || e.ActorRole == "supplier" || e.ActorRole == "job" {
			continue
		}
		if !slices.ContainsFunc(r.Findings, func(f Found) bool { return f.Act == ActFound && f.EventSeq == e.Seq && string(f.Finding) == e.Reason }) {
			bad = append(bad, fmt.Sprintf("%s: event %d (%s) has no finding", r.Ref, e.Seq, e.Event))
		}
	}
	return bad
}
