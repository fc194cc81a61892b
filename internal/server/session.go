package server

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"

	"guichet/internal/account"
	"guichet/internal/locale"
)

// How long a session lasts. Idle time is our own check: the row must still
// name the person when it is over.
const (
	sessionLife = 12 * time.Hour
	agentIdle   = 60 * time.Minute
	staffIdle   = 30 * time.Minute

	// Last use is written at most this often.
	touchEvery = time.Minute
)

// keyBanner names what the session keeps for the next page.
const keyBanner = "banner" // string, JSON

func (s *Server) newSessions() *scs.SessionManager {
	m := scs.New()
	m.Store = s.Sessions
	m.Lifetime = sessionLife
	m.HashTokenInStore = true
	m.Cookie.Name = "guichet"
	m.Cookie.HttpOnly = true
	m.Cookie.SameSite = http.SameSiteLaxMode
	if s.SecureCookies {
		m.Cookie.Name = "__Host-guichet"
		m.Cookie.Secure = true
	}
	m.ErrorFunc = func(w http.ResponseWriter, r *http.Request, err error) {
		w.Header().Del("Location")
		s.fail(w, r, err)
		// The library goes on to write the handler's answer.
		factsOf(r).rec.sealed = true
	}
	return m
}

// loadSession gives the request its session, and stores what changed in it
// before the answer begins.
func (s *Server) loadSession(next http.Handler) http.Handler {
	return s.sessions.LoadAndSave(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f := factsOf(r)
		f.session = true
		defer func() { f.session = false }()
		next.ServeHTTP(w, r)
	}))
}

// loadPerson finds out who is signed in. A person who was suspended, or idle
// for too long, is not.
func (s *Server) loadPerson(next http.Handler) http.Handler {
	return s.handle(func(w http.ResponseWriter, r *http.Request) error {
		w.Header().Add("Vary", "Accept-Language")
		if err := s.findPerson(r); err != nil {
			return err
		}
		next.ServeHTTP(w, r)
		return nil
	})
}

func (s *Server) findPerson(r *http.Request) error {
	ctx, f := r.Context(), factsOf(r)
	if _, err := r.Cookie(s.sessions.Cookie.Name); err != nil {
		return nil //nolint:nilerr // a browser without the cookie is nobody's
	}
	key := account.SessionKey(s.sessions.Token(ctx))
	p, session, err := s.Accounts.Session(ctx, key)
	if errors.Is(err, account.ErrNotFound) || errors.Is(err, account.ErrSuspended) {
		f.ended = true
		return s.sessions.Destroy(ctx)
	}
	if err != nil {
		return err
	}
	now := s.Now()
	f.lang = locale.Lang(p.Language)
	f.lastUsed = session.UsedAt
	if now.Sub(f.lastUsed) > idle(p) {
		f.ended = true
		return nil
	}
	// Fragments may be asked for by a page that nobody looks at.
	if now.Sub(f.lastUsed) >= touchEvery && !fragment(r) {
		if err := s.Accounts.UseSession(ctx, key, now); err != nil {
			return err
		}
		f.lastUsed = now
	}
	f.person, f.sessionKey, f.network = &p, key, s.network(r)
	return nil
}

func idle(p account.Person) time.Duration {
	if p.Role.Staff() {
		return staffIdle
	}
	return agentIdle
}

// sessionEnds is when the session of the request's person ends if nothing is done.
func (s *Server) sessionEnds(r *http.Request) time.Time {
	f := factsOf(r)
	ends := f.lastUsed.Add(idle(*f.person))
	if f.session {
		if last := s.sessions.Deadline(r.Context()); last.Before(ends) {
			return last
		}
	}
	return ends
}

// startSession signs a person in, under a new token.
func (s *Server) startSession(r *http.Request, p account.Person) error {
	ctx, f := r.Context(), factsOf(r)
	if f.person != nil { // somebody signs in over somebody else
		if err := s.Accounts.EndSession(ctx, f.person.ID, f.sessionKey); err != nil {
			return err
		}
	}
	if err := s.sessions.Clear(ctx); err != nil {
		return err
	}
	if err := s.sessions.RenewToken(ctx); err != nil {
		return err
	}
	now := s.Now()
	return s.Accounts.BeginSession(ctx, account.Session{
		Key: account.SessionKey(s.sessions.Token(ctx)), UserID: p.ID, Device: r.UserAgent(), BegunAt: now, UsedAt: now,
	})
}

// endSession signs the browser out.
func (s *Server) endSession(r *http.Request) error {
	f := factsOf(r)
	if err := s.Accounts.EndSession(r.Context(), f.person.ID, f.sessionKey); err != nil {
		return err
	}
	return s.sessions.Destroy(r.Context())
}

// signedIn lets nobody else in: others are sent to sign in, and come back.
func (s *Server) signedIn(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if factsOf(r).person != nil {
			next.ServeHTTP(w, r)
			return
		}
		if fragment(r) { // the sign-in page must not appear inside another one
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		q := url.Values{}
		if back := nextPath(pageOf(r)); back != "/" {
			q.Set("next", back)
		}
		// Whoever sends a form had a session when the form was drawn.
		if factsOf(r).ended || !reads(r) {
			q.Set("ended", "1")
		}
		target := "/sign-in"
		if len(q) > 0 {
			target += "?" + q.Encode()
		}
		http.Redirect(w, r, target, http.StatusSeeOther)
	})
}

// only lets those in who may; the others get the 403 page.
func (s *Server) only(may func(account.Actor) bool) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return s.handle(func(w http.ResponseWriter, r *http.Request) error {
			if !may(actor(r)) {
				return errNotAllowed
			}
			next.ServeHTTP(w, r)
			return nil
		})
	}
}

// fragment reports whether a script asked for a part of a page.
func fragment(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, "/fragments/") }

func reads(r *http.Request) bool { return r.Method == http.MethodGet || r.Method == http.MethodHead }
