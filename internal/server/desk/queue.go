package desk

import (
	"errors"
	"net/http"

	"guichet/internal/invalid"
	"guichet/internal/server/site"
	pages "guichet/web/desk"
	"guichet/web/ui"
)

// queueSize is how much of the queue a page shows; what is due first comes first.
const queueSize = 100

// ShowQueue answers GET /desk/queue.
func (s *Handlers) ShowQueue(w http.ResponseWriter, r *http.Request) error {
	return s.drawQueue(w, r, http.StatusOK, pages.QueuePage{})
}

func (s *Handlers) drawQueue(w http.ResponseWriter, r *http.Request, status int, p pages.QueuePage) error {
	ctx := r.Context()
	p.Actor, p.Timezone = site.Actor(r), site.Timezone(r).String()
	var err error
	if p.Items, err = s.Bookings.Queue(ctx, p.Actor, queueSize); err != nil {
		return err
	}
	if p.Count.Open, p.Count.Due, err = s.Bookings.QueueCount(ctx, p.Actor); err != nil {
		return err
	}
	if p.Mails, err = s.Auth.DeadMail(ctx, p.Actor); err != nil {
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
	v := s.View(r, "queue.title")
	v.Problem = p.Problem != ""
	return s.Render(w, r, status, pages.Queue(v, p))
}

// SettleAnswer answers POST /desk/answers: what became of an answer to a call that
// the database does not know.
func (s *Handlers) SettleAnswer(w http.ResponseWriter, r *http.Request) error {
	sent, err := site.Form(r)
	if err != nil {
		return err
	}
	id := int64(site.Atoi(sent.Get("answer")))
	err = s.Bookings.SettleAnswer(r.Context(), site.Actor(r), id, sent.Get("text"))
	var bad *invalid.Error
	if errors.As(err, &bad) {
		return s.drawQueue(w, r, http.StatusUnprocessableEntity, pages.QueuePage{
			Settling: id, SettledText: sent.Get("text"), Problem: site.Problems(site.Lang(r), bad)["text"],
		})
	}
	if err != nil {
		return err
	}
	return s.RedirectWithFlash(w, r, "/desk/queue", ui.OK, "queue.answer.settled")
}

// SendAgain answers POST /desk/mail: a mail that was given up is tried again.
func (s *Handlers) SendAgain(w http.ResponseWriter, r *http.Request) error {
	sent, err := site.Form(r)
	if err != nil {
		return err
	}
	if err := s.Auth.SendMailAgain(r.Context(), site.Actor(r), int64(site.Atoi(sent.Get("mail")))); err != nil {
		return err
	}
	return s.RedirectWithFlash(w, r, "/desk/queue", ui.OK, "queue.mail.again")
}
