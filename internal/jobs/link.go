package jobs

import (
	"context"
	"errors"
	"time"

	"github.com/riverqueue/river"

	"guichet/internal/account"
	"guichet/internal/auth"
	"guichet/internal/booking"
	"guichet/internal/locale"
	"guichet/internal/mail"
)

// frozenWait is when a mail is tried again that a frozen portal did not send.
const frozenWait = time.Minute

// Links sends the links by which people choose a password.
type Links struct {
	Auth     *auth.Service
	Bookings *booking.Service // knows whether the portal is frozen
	Mail     *mail.Sender
	Origin   string // of the portal, without a final slash
}

// send is right when it runs twice: the later link replaces the earlier one.
func (l Links) send(ctx context.Context, t auth.SendLink) error {
	frozen, err := l.Bookings.Frozen(ctx)
	if err != nil {
		return err // a snooze beside it would hide it
	}
	if frozen {
		return river.JobSnooze(frozenWait)
	}
	p, token, err := l.Auth.Link(ctx, t)
	if errors.Is(err, account.ErrNotFound) || errors.Is(err, account.ErrSuspended) {
		return nil // whoever asked is not told
	}
	if err != nil {
		return err
	}
	lang := locale.Lang(p.Language)
	subject, text := "mail.reset.subject", "mail.reset.text"
	if t.Reason == auth.Invitation {
		subject, text = "mail.invitation.subject", "mail.invitation.text"
	}
	return l.Mail.Send(ctx, mail.Message{
		To: p.Email, Subject: lang.T(subject), Text: lang.T(text, "Name", p.Name, "Link", l.Origin+"/welcome/"+token),
	})
}
