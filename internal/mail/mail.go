// Package mail sends plain messages by SMTP. It must not know who gets them or
// why: the words come from the caller.
package mail

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"
)

// sendLimit is how long one message may take.
const sendLimit = 20 * time.Second

// ErrNotSet is a portal without a mail server.
var ErrNotSet = errors.New("mail: no server is set")

// Message is one mail to one person. Text is plain, without markup.
type Message struct{ To, Subject, Text string }

// Sender sends through one server. The zero Sender returns ErrNotSet.
type Sender struct {
	host    string
	from    string
	options []gomail.Option
}

// New returns a Sender. server is smtp://user:password@host:port, where TLS is
// demanded unless the host is this machine, or smtps:// for TLS from the first
// byte; from is the sender's address. An empty server returns the zero Sender.
func New(server, from string) (*Sender, error) {
	if server == "" {
		return &Sender{}, nil
	}
	u, err := url.Parse(server)
	if err != nil || u.Hostname() == "" || (u.Scheme != "smtp" && u.Scheme != "smtps") {
		return nil, errors.New("mail: the server must have the form smtp://user:password@host:port")
	}
	s := &Sender{host: u.Hostname(), from: from}
	s.options = append(s.options, gomail.WithTimeout(sendLimit))
	switch local := u.Hostname() == "127.0.0.1" || u.Hostname() == "localhost"; {
	case u.Scheme == "smtps":
		s.options = append(s.options, gomail.WithSSL(), gomail.WithPort(465))
	case local:
		s.options = append(s.options, gomail.WithTLSPolicy(gomail.TLSOpportunistic), gomail.WithPort(25))
	default:
		s.options = append(s.options, gomail.WithTLSPolicy(gomail.TLSMandatory), gomail.WithPort(587))
	}
	if u.Port() != "" {
		port, err := strconv.Atoi(u.Port())
		if err != nil {
			return nil, fmt.Errorf("mail: the server's port: %w", err)
		}
		s.options = append(s.options, gomail.WithPort(port))
	}
	if password, ok := u.User.Password(); ok {
		s.options = append(s.options, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover),
			gomail.WithUsername(u.User.Username()), gomail.WithPassword(password))
	}
	return s, nil
}

// Send sends a message, or returns why it could not; the same message may then
// be sent again. A line break in the address or the subject is refused.
func (s *Sender) Send(ctx context.Context, m Message) error {
	if s.host == "" {
		return ErrNotSet
	}
	if strings.ContainsAny(m.To+m.Subject, "\r\n") {
		return errors.New("mail: a line break in a header")
	}
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	if err := errors.Join(msg.From(s.from), msg.To(m.To)); err != nil {
		return errors.New("mail: an address cannot be read") // the library's words repeat it
	}
	msg.Subject(m.Subject)
	msg.SetBodyString(gomail.TypeTextPlain, m.Text)
	client, err := gomail.NewClient(s.host, s.options...)
	if err != nil {
		return fmt.Errorf("mail: %w", err)
	}
	return clean(client.DialAndSendWithContext(ctx, msg))
}

// clean keeps of a refusal what names nobody: servers repeat the address.
func clean(err error) error {
	var refused *gomail.SendError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &refused):
		return fmt.Errorf("mail: the server refused: %s, code %d", refused.Reason, refused.ErrorCode())
	default:
		return fmt.Errorf("mail: %w", err)
	}
}
