package bookings

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"guichet/internal/account"
	"guichet/internal/server/site"
	pages "guichet/web/bookings"
)

// Evidence is all that the portal and the supplier said to each other about one
// booking, and what people found out besides. Keys and whoever travels were masked when it was written down.
type Evidence struct {
	Reference   string    `json:"reference"`
	Environment string    `json:"environment"`
	State       string    `json:"state"`
	SupplierID  string    `json:"supplier_id,omitempty"`
	SupplierRef string    `json:"supplier_reference,omitempty"`
	Zone        string    `json:"zone"`
	From        time.Time `json:"from"`
	To          time.Time `json:"to"`
	AcceptedIn  string    `json:"currency"`
	Accepted    int64     `json:"accepted_cents"`
	Booked      int64     `json:"booked_cents"`
	T0          time.Time `json:"t0"`
	PayBy       time.Time `json:"pay_by"`
	Deadline    time.Time `json:"deadline"`
	Fence       time.Time `json:"fence"`
	WrittenAt   time.Time `json:"written_at"`
	Calls       []call    `json:"calls"`
	Kept        []kept    `json:"kept_answers"`
	Findings    []finding `json:"findings"`
	Events      []event   `json:"events"`
}

type call struct {
	Operation   string     `json:"operation"`
	Correlation string     `json:"correlation_id"`
	StartedAt   time.Time  `json:"started_at"`
	EndedAt     *time.Time `json:"ended_at"`
	Outcome     string     `json:"outcome"`
	HTTPStatus  int        `json:"http_status"`
	ErrorCode   string     `json:"error_code,omitempty"`
	Message     string     `json:"message,omitempty"`
	Errors      []string   `json:"errors,omitempty"`
	Request     string     `json:"request"`
	Answer      string     `json:"answer"`
}

// kept is an answer that could not be recorded with its call, which is one of Calls
// unless a restore has lost it.
type kept struct {
	At          time.Time `json:"at"`
	Operation   string    `json:"operation"`
	Correlation string    `json:"correlation_id"`
	Outcome     string    `json:"outcome"`
	HTTPStatus  int       `json:"http_status"`
	ErrorCode   string    `json:"error_code,omitempty"`
	Message     string    `json:"message,omitempty"`
	Errors      []string  `json:"errors,omitempty"`
	Request     string    `json:"request"`
	Answer      string    `json:"answer"`
}

// finding is what somebody found out between the calls.
type finding struct {
	At         time.Time `json:"at"`
	Act        string    `json:"act"`
	Operation  string    `json:"operation"`
	Finding    string    `json:"finding"`
	Source     string    `json:"source"`
	Channel    string    `json:"channel,omitempty"`
	Person     string    `json:"person,omitempty"` // who said so at the supplier
	Reference  string    `json:"reference,omitempty"`
	SupplierID string    `json:"supplier_id,omitempty"`
	Line       int       `json:"statement_line,omitempty"`
	Text       string    `json:"text,omitempty"`
	By         string    `json:"by"`
	Second     string    `json:"second_person,omitempty"`
	EventSeq   int       `json:"event_seq"`
}

type event struct {
	Seq    int       `json:"seq"`
	At     time.Time `json:"at"`
	Event  string    `json:"event"`
	Before string    `json:"before"`
	After  string    `json:"after"`
	By     string    `json:"by"` // a role; only findings name who found out
	Reason string    `json:"reason,omitempty"`
}

func evidenceOf(p pages.BookingPage) Evidence {
	b := p.Booking
	e := Evidence{
		Reference: b.Ref, Environment: string(b.Environment), State: string(b.State), SupplierID: b.SupplierID, SupplierRef: b.SupplierRef,
		Zone: b.Stay.ZoneCode, From: b.Stay.From, To: b.Stay.To, Accepted: b.Total.Cents, AcceptedIn: b.Total.Currency, Booked: b.Booked.Cents,
		T0: b.T0, PayBy: b.PayBy, Deadline: b.Deadline, Fence: b.Fence, WrittenAt: p.Now,
		Calls: []call{}, Events: []event{}, Findings: []finding{}, Kept: []kept{},
	}
	for _, a := range p.Attempts {
		c := call{
			Operation: string(a.Operation), Correlation: a.Correlation, StartedAt: a.StartedAt, Outcome: string(a.Outcome),
			HTTPStatus: a.Answer.HTTPStatus, ErrorCode: a.Answer.ErrorCode, Message: a.Answer.Message, Errors: a.Answer.Errors,
			Request: a.Answer.Request, Answer: a.Answer.Response,
		}
		if !a.EndedAt.IsZero() {
			c.EndedAt = &a.EndedAt
		}
		e.Calls = append(e.Calls, c)
	}
	for _, f := range p.Findings {
		e.Findings = append(e.Findings, finding{
			At: f.At, Act: string(f.Act), Operation: string(f.Operation), Finding: string(f.Finding), Source: string(f.Source),
			Channel: f.Evidence.Channel, Person: f.Evidence.Person, Reference: f.Evidence.Reference, SupplierID: f.Evidence.SupplierID,
			Line: f.Line, Text: f.Evidence.Text, By: f.ActorName, Second: f.SecondName, EventSeq: f.EventSeq,
		})
	}
	for _, u := range p.Unrecorded {
		e.Kept = append(e.Kept, kept{
			At: u.At, Operation: string(u.Operation), Correlation: u.Correlation, Outcome: string(u.Answer.Outcome),
			HTTPStatus: u.Answer.HTTPStatus, ErrorCode: u.Answer.ErrorCode, Message: u.Answer.Message, Errors: u.Answer.Errors,
			Request: u.Answer.Request, Answer: u.Answer.Response,
		})
	}
	for _, x := range p.Entries {
		e.Events = append(e.Events, event{
			Seq: x.Seq, At: x.At, Event: string(x.Event), Before: string(x.Before), After: string(x.After), By: x.ActorRole, Reason: x.Reason,
		})
	}
	return e
}

// readEvidence notes who read it.
func (s *Handlers) readEvidence(r *http.Request) (pages.BookingPage, error) {
	b, err := s.find(r)
	if err != nil {
		return pages.BookingPage{}, err
	}
	if err := s.Accounts.AuditBooking(r.Context(), site.Actor(r), account.DidReadEvidence, b.Ref, b.AgencyID); err != nil {
		return pages.BookingPage{}, err
	}
	return s.bookingPage(r, b)
}

// ShowEvidence answers GET /bookings/{ref}/evidence.
func (s *Handlers) ShowEvidence(w http.ResponseWriter, r *http.Request) error {
	p, err := s.readEvidence(r)
	if err != nil {
		return err
	}
	return s.Render(w, r, http.StatusOK, pages.Evidence(s.View(r, "evidence.title", "Ref", p.Booking.Ref), p))
}

// DownloadEvidence answers GET /bookings/{ref}/evidence.json.
func (s *Handlers) DownloadEvidence(w http.ResponseWriter, r *http.Request) error {
	p, err := s.readEvidence(r)
	if err != nil {
		return err
	}
	text, err := json.MarshalIndent(evidenceOf(p), "", "  ")
	if err != nil {
		return fmt.Errorf("write the evidence: %w", err)
	}
	site.Download(w, "application/json; charset=utf-8", p.Booking.Ref+"-evidence.json")
	_, _ = w.Write(text) // a visitor who went away is nobody's error
	return nil
}
