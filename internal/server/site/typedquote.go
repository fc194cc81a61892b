package site

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"guichet/internal/account"
	"guichet/internal/bound"
)

// QuotesPath is where the form of a new quote is sent. Before there is a quote no draft
// can keep what is typed into it, so it waits for its person among the sessions' data.
const QuotesPath = "/quotes"

// quoteRow is no hash of a token, so no cookie leads there.
func quoteRow(userID int64) string { return fmt.Sprintf("quote/%d", userID) }

// SaveQuote keeps what somebody has typed into the form of a new quote, unless it is
// larger than any such form.
func (s *Site) SaveQuote(r *http.Request, userID int64, typed url.Values) error {
	text := typed.Encode()
	if len(text) > bound.Body {
		return nil
	}
	sealed, err := s.Auth.SealText(userID, text)
	if err == nil {
		err = s.answers().DeleteCtx(r.Context(), quoteRow(userID)) // so that it lasts from now on
	}
	if err == nil {
		err = s.answers().CommitCtx(r.Context(), quoteRow(userID), []byte(sealed), s.Now().Add(keptLife))
	}
	if err != nil {
		return fmt.Errorf("keep a quote that is being typed: %w", err)
	}
	return nil
}

// TypedQuote returns what the request's person had typed; nil when nothing waits.
func (s *Site) TypedQuote(r *http.Request) (url.Values, error) {
	sealed, found, err := s.answers().FindCtx(r.Context(), quoteRow(Person(r).ID))
	if err != nil {
		return nil, fmt.Errorf("find a quote that was typed: %w", err)
	}
	if !found {
		return nil, nil
	}
	text, err := s.Auth.OpenText(Person(r).ID, string(sealed))
	if errors.Is(err, account.ErrNotFound) { // another release's
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	typed, err := url.ParseQuery(text)
	if err != nil {
		return nil, fmt.Errorf("read a quote that was typed: %w", err)
	}
	return typed, nil
}

// DropQuote forgets what was typed: it has become a quote.
func (s *Site) DropQuote(r *http.Request) error {
	if err := s.answers().DeleteCtx(r.Context(), quoteRow(Person(r).ID)); err != nil {
		return fmt.Errorf("forget a quote that was typed: %w", err)
	}
	return nil
}
