package jobs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
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

// Links sends the links by which people choose a password, and tells them of changes.
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

// defaultZone is where the people are who belong to no agency.
const defaultZone = "Europe/Paris"

// sendAlert is right when it runs twice: each mail has a link of its own. Without a
// mail server nobody is told: when somebody sets one, it is too late.
func (l Links) sendAlert(ctx context.Context, t auth.SendAlert) error {
	frozen, err := l.Bookings.Frozen(ctx)
	if err != nil {
		return err // a snooze beside it would hide it
	}
	if frozen {
		return river.JobSnooze(frozenWait)
	}
	p, token, err := l.Auth.AlertLink(ctx, t)
	if errors.Is(err, account.ErrNotFound) || errors.Is(err, account.ErrSuspended) {
		return nil // nobody signs in there
	}
	if err != nil {
		return err
	}
	zone, err := time.LoadLocation(cmp.Or(p.Agency.Timezone, defaultZone))
	if err != nil {
		return fmt.Errorf("tell of a change: %w", err)
	}
	lang, at := locale.Lang(p.Language), t.At.In(zone)
	what := lang.T("alert."+string(t.Change), "Day", at, "Time", at, "Zone", lang.ZoneName(zone.String()))
	err = l.Mail.Send(ctx, mail.Message{
		To: p.Email, Subject: lang.T("mail.alert." + string(t.Change)),
		Text: lang.T("mail.alert.text", "Name", p.Name, "What", what, "Link", l.Origin+"/alerts/"+token),
	})
	if errors.Is(err, mail.ErrNotSet) {
		return nil
	}
	return err
}
