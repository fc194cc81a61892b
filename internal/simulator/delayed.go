package simulator

import (
	"slices"
	"time"
)

// delayed is a request that somebody on the way still holds: it is carried out
// when the supplier's clock reaches Due, and nobody is told.
type delayed struct {
	Due      time.Time `json:"due"`
	Endpoint string    `json:"endpoint"`
	ID       string    `json:"id,omitempty"` // of the booking
	Body     string    `json:"body,omitempty"`

	// Number of its call, to note that it was carried out; not kept over a
	// restart, which forgets the calls.
	Number int `json:"-"`
}

// delayable are the operations that a request without its headers can run.
var delayable = map[string]operation{
	EndpointCreate: (*Simulator).create,
	EndpointPay:    (*Simulator).pay,
	EndpointCancel: (*Simulator).cancel,
}

// delay puts a request aside. One that would be refused at the door is only
// lost.
func (s *Simulator) delay(number int, r request, f Fault) {
	if a := s.admit(r); a.status != 0 {
		return
	}
	s.data.Delayed = append(s.data.Delayed, delayed{s.now().Add(f.Delay), f.Endpoint, r.id, string(r.body), number})
	slices.SortStableFunc(s.data.Delayed, func(a, b delayed) int { return a.Due.Compare(b.Due) })
	s.saveLocked()
}

// catchUp carries out what is due by now, each at its own time; s.mu is held.
// Whoever looks at the ledger calls it first, so nothing has to run by itself.
func (s *Simulator) catchUp() {
	done := 0
	for _, d := range s.data.Delayed {
		if d.Due.After(s.now()) {
			break
		}
		s.at(d.Due, func() {
			a := delayable[d.Endpoint](s, request{id: d.ID, body: []byte(d.Body)}, circumstances{})
			if i := d.Number - s.dropped; i >= 0 && i < len(s.calls) {
				s.calls[i].Executed = a.good()
			}
		})
		done++
	}
	if done > 0 {
		s.data.Delayed = slices.Delete(s.data.Delayed, 0, done)
		s.saveLocked()
	}
}
