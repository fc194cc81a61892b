package auth

import (
	"crypto/rand"
	"fmt"
	"strings"
	"time"

	"guichet/internal/account"
)

// signInsPerBrowser takes the place of the other limits for a browser from which
// the same person has signed in before: whatever strangers guess, the owner of
// an account is not kept out.
var signInsPerBrowser = Limit{Name: "sign-in/browser", Max: 10, Per: 5 * time.Minute}

// RememberBrowser returns a token by which a browser is known again, from which
// the person with this address has signed in. It opens nothing: it only counts
// that browser's wrong passwords apart.
func (s *Service) RememberBrowser(email string) (string, error) {
	nonce := rand.Text()
	mark, err := s.store.MarkBrowser(knownText(email, nonce))
	if err != nil {
		return "", fmt.Errorf("remember a browser: %w", err)
	}
	return nonce + "." + mark, nil
}

// knownBrowser returns what a browser's tries are counted by; empty when the
// token is not one for this address.
func (s *Service) knownBrowser(email, token string) (string, error) {
	nonce, mark, _ := strings.Cut(token, ".")
	if nonce == "" || mark == "" {
		return "", nil
	}
	known, err := s.store.IsBrowser(knownText(email, nonce), mark)
	if err != nil {
		return "", fmt.Errorf("recognise a browser: %w", err)
	}
	if !known {
		return "", nil
	}
	return email + "/" + nonce, nil
}

func knownText(email, nonce string) string {
	return "known browser/" + account.NormalEmail(email) + "/" + nonce
}
