package server

import (
	"errors"
	"net/http"

	"guichet/internal/booking"
	"guichet/web/desk"
	"guichet/web/ui"
)

// queueSize is how much of the queue a page shows; what is due first comes first.
const queueSize = 100

// showQueue answers GET /desk/queue.
func (s *Server) showQueue(w http.ResponseWriter, r *http.Request) error {
	return s.drawQueue(w, r, http.StatusOK, desk.QueuePage{})
}

func (s *Server) drawQueue(w http.ResponseWriter, r *http.Request, status int, p desk.QueuePage) error {
	ctx := r.Context()
	p.Actor, p.Timezone = actor(r), timezone(r).String()
	var err error
	if p.Items, err = s.Bookings.Queue(ctx, p.Actor, queueSize); err != nil {
		return err
	}
	if p.Count.Open, p.Count.Due, err = s.Bookings.QueueCount(ctx, p.Actor); err != nil {
		return err
	}
	if p.Mails, err = s.Accounts.DeadMail(ctx, p.Actor); err != nil {
		return err
	}
	if p.Unrecorded, err = s.Bookings.UnknownCalls(ctx, p.Actor); err != nil {
		return err
	}
	if p.Elsewhere, err = s.Bookings.UnknownBookings(ctx, p.Actor, shownUnknown); err != nil {
		return err
	}
	if p.Over, err = s.overUncompared(r); err != nil {
		return err
	}
	if p.Now, err = s.Bookings.Now(ctx); err != nil {
		return err
	}
	v := s.view(r, "queue.title")
	v.Problem = p.Problem != ""
	return s.render(w, r, status, desk.Queue(v, p))
}

// settleAnswer answers POST /desk/answers: what became of an answer to a call that
// the database does not know.
func (s *Server) settleAnswer(w http.ResponseWriter, r *http.Request) error {
	sent, err := form(r)
	if err != nil {
		return err
	}
	id := int64(atoi(sent.Get("answer")))
	err = s.Bookings.SettleAnswer(r.Context(), actor(r), id, sent.Get("text"))
	var bad *booking.InvalidError
	if errors.As(err, &bad) {
		return s.drawQueue(w, r, http.StatusUnprocessableEntity, desk.QueuePage{
			Settling: id, SettledText: sent.Get("text"), Problem: problems(lang(r), bad)["text"],
		})
	}
	if err != nil {
		return err
	}
	return s.goWith(w, r, "/desk/queue", ui.OK, "queue.answer.settled")
}

// sendAgain answers POST /desk/mail: a mail that was given up is tried again.
func (s *Server) sendAgain(w http.ResponseWriter, r *http.Request) error {
	sent, err := form(r)
	if err != nil {
		return err
	}
	if err := s.Accounts.SendMailAgain(r.Context(), actor(r), int64(atoi(sent.Get("mail")))); err != nil {
		return err
	}
	return s.goWith(w, r, "/desk/queue", ui.OK, "queue.mail.again")
}
