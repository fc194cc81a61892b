// Package catcher is a mail server for the demo and for tests: it takes every
// message, unless it is for refused@…, and delivers none. It knows nothing of the portal.
package catcher

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-smtp"
)

// keep is how many messages are remembered.
const keep = 100

// Message is what came in.
type Message struct {
	To, From, Subject, Text string
	Header                  mail.Header
}

// Catcher is a server on a port of this machine.
type Catcher struct {
	listener net.Listener
	server   *smtp.Server
	mu       sync.Mutex
	messages []Message
}

// Start listens on a free port of this machine.
func Start() (*Catcher, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // it returns at once
	if err != nil {
		return nil, fmt.Errorf("catch mail: %w", err)
	}
	c := &Catcher{listener: listener}
	c.server = smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &session{c: c}, nil }))
	c.server.ReadTimeout, c.server.WriteTimeout = 10*time.Second, 10*time.Second
	go func() { _ = c.server.Serve(listener) }() // it ends with Close
	return c, nil
}

// URL is the address of the server, as mail.New takes it.
func (c *Catcher) URL() string { return "smtp://" + c.listener.Addr().String() }

// Close ends the server.
func (c *Catcher) Close() error { return c.server.Close() }

// Messages returns what came in, the latest first.
func (c *Catcher) Messages() []Message {
	c.mu.Lock()
	defer c.mu.Unlock()
	list := slices.Clone(c.messages)
	slices.Reverse(list)
	return list
}

type session struct {
	c  *Catcher
	to []string
}

func (s *session) Reset()                               { s.to = nil }
func (s *session) Logout() error                        { return nil }
func (s *session) Mail(string, *smtp.MailOptions) error { return nil }

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	if strings.HasPrefix(to, "refused@") {
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: to + " is unknown here"}
	}
	s.to = append(s.to, to)
	return nil
}

func (s *session) Data(r io.Reader) error {
	in, err := mail.ReadMessage(r)
	if err != nil {
		return fmt.Errorf("read a message: %w", err)
	}
	body := in.Body
	if strings.EqualFold(in.Header.Get("Content-Transfer-Encoding"), "quoted-printable") {
		body = quotedprintable.NewReader(body)
	}
	text, err := io.ReadAll(body)
	subject, other := new(mime.WordDecoder).DecodeHeader(in.Header.Get("Subject"))
	if err = errors.Join(err, other); err != nil {
		return fmt.Errorf("read a message: %w", err)
	}
	s.c.mu.Lock()
	defer s.c.mu.Unlock()
	s.c.messages = append(s.c.messages, Message{
		To: strings.Join(s.to, ", "), From: in.Header.Get("From"), Subject: subject,
		Text: strings.ReplaceAll(string(text), "\r\n", "\n"), Header: in.Header,
	})
	if extra := len(s.c.messages) - keep; extra > 0 {
		s.c.messages = slices.Delete(s.c.messages, 0, extra)
	}
	return nil
}
