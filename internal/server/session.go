package server

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"

	"guichet/internal/account"
	"guichet/internal/booking"
	"guichet/internal/locale"
)

// How long a session lasts. Idle time is our own check: the row must still
// name the person when it is over.
const (
	sessionLife = 12 * time.Hour
	agentIdle   = 60 * time.Minute
	staffIdle   = 30 * time.Minute
	pendingLife = 30 * time.Minute // from the password to the second factor
	sureLife    = 10 * time.Minute // after that, what weighs most asks again

	// Last use is written at most this often.
	touchEvery = time.Minute
)

// What the session keeps, all of it strings.
const (
	keyBanner = "banner" // JSON: the message of the next page
	keyNext   = "next"   // the page that was asked for before signing in
	keyKept   = "kept"   // where the form goes that waits for this person
)

func (s *Server) newSessions() *scs.SessionManager {
	m := scs.New()
	m.Store = s.Sessions
	m.Lifetime = sessionLife
	m.HashTokenInStore = true
	m.Cookie.Name = s.cookieName("guichet")
	m.Cookie.HttpOnly = true
	m.Cookie.SameSite = http.SameSiteLaxMode
	m.Cookie.Secure = s.SecureCookies
	m.ErrorFunc = func(w http.ResponseWriter, r *http.Request, err error) {
		if factsOf(r).entered && errors.Is(err, booking.ErrAway) {
			// What was done is done, and only the next page's message is lost: an
			// error page would say that nothing was.
			s.logMissing(r, "store the session", err)
			return
		}
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
		f.session, f.entered = true, true
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
	cookie, err := r.Cookie(s.sessions.Cookie.Name)
	if err != nil {
		return nil //nolint:nilerr // a browser without the cookie is nobody's
	}
	key := account.SessionKey(cookie.Value)
	p, session, err := s.Accounts.Session(ctx, key)
	if errors.Is(err, account.ErrNotFound) || errors.Is(err, account.ErrSuspended) {
		f.ended = true
		return s.sessions.Destroy(ctx)
	}
	if err != nil {
		return err
	}
	now := session.Now // a node's own clock says nothing about what others wrote
	f.lang = locale.Lang(p.Language)
	f.now, f.lastUsed, f.began, f.sure = now, session.UsedAt, session.BegunAt, session.SureAt
	if s.sessions.Token(ctx) == "" || now.After(s.sessionEnds(r, p)) {
		f.ended, f.former = true, &p
		return nil
	}
	f.sessionKey, f.network = key, s.network(r)
	if session.VerifiedAt.IsZero() && (p.HasFactor() || s.FactorRequired) {
		f.ended = now.Sub(f.began) > pendingLife
		if !f.ended {
			f.pending = &p
		}
		return nil
	}
	// Fragments may be asked for by a page that nobody looks at.
	if now.Sub(f.lastUsed) >= touchEvery && !fragment(r) {
		if err := s.Accounts.UseSession(ctx, key); err != nil {
			return err
		}
		f.lastUsed = now
	}
	f.person = &p
	return nil
}

func idle(p account.Person) time.Duration {
	if p.Role.Staff() {
		return staffIdle
	}
	return agentIdle
}

// sessionEnds is when the session of the request ends if nothing is done.
func (s *Server) sessionEnds(r *http.Request, p account.Person) time.Time {
	f := factsOf(r)
	ends, last := f.lastUsed.Add(idle(p)), f.began.Add(sessionLife)
	if last.Before(ends) {
		return last
	}
	return ends
}

// startSession signs a person in, under a new token: verified when the second
// factor was shown, else only as far as that.
func (s *Server) startSession(w http.ResponseWriter, r *http.Request, p account.Person, verified bool) error {
	ctx, f := r.Context(), factsOf(r)
	for _, before := range []*account.Person{f.person, f.pending} { // another one, or this one with the password only
		if before == nil {
			continue
		}
		if err := s.Accounts.EndSession(ctx, before.ID, f.sessionKey); err != nil {
			return err
		}
	}
	if err := s.sessions.Clear(ctx); err != nil {
		return err
	}
	if err := s.sessions.RenewToken(ctx); err != nil {
		return err
	}
	x := account.Session{Key: account.SessionKey(s.sessions.Token(ctx)), UserID: p.ID, Device: r.UserAgent()}
	if err := s.Accounts.BeginSession(ctx, x, verified); err != nil {
		return err
	}
	if !verified && (p.HasFactor() || s.FactorRequired) {
		return nil
	}
	return s.rememberBrowser(w, p)
}

const (
	knownCookie  = "guichet-known"
	knownSeconds = 180 * 24 * 60 * 60
)

// rememberBrowser lets this person's wrong passwords in this browser be counted
// apart from what strangers guess.
func (s *Server) rememberBrowser(w http.ResponseWriter, p account.Person) error {
	token, err := s.Accounts.RememberBrowser(p.Email)
	if err == nil {
		s.setCookie(w, knownCookie, token, knownSeconds)
	}
	return err
}

// setCookie sets a cookie of this host alone, for a number of seconds.
func (s *Server) setCookie(w http.ResponseWriter, name, value string, seconds int) {
	http.SetCookie(w, &http.Cookie{ //nolint:gosec // Secure is off only for plain http on the own machine
		Name: s.cookieName(name), Value: value, Path: "/", MaxAge: seconds,
		Secure: s.SecureCookies, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

// cookie returns what setCookie set; empty when there is none.
func (s *Server) cookie(r *http.Request, name string) string {
	c, err := r.Cookie(s.cookieName(name))
	if err != nil {
		return ""
	}
	return c.Value
}

// cookieName binds a cookie to this host, which browsers allow over TLS only.
func (s *Server) cookieName(name string) string {
	if s.SecureCookies {
		return "__Host-" + name
	}
	return name
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
		if p := factsOf(r).pending; p != nil {
			http.Redirect(w, r, entrance(*p), http.StatusSeeOther)
			return
		}
		if p := factsOf(r).former; p != nil && !reads(r) {
			if err := s.putAside(r, p.ID); err != nil {
				s.fail(w, r, err)
				return
			}
		}
		q := url.Values{}
		if back := nextPath(formPage(r)); back != "/" {
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

// entrance is where somebody shows, or sets up, the second factor.
func entrance(p account.Person) string {
	if p.HasFactor() {
		return "/sign-in/code"
	}
	return "/second-factor"
}

// surely lets through what weighs most only when the person showed a password
// or a code a short while ago. Others are asked, and find their form again.
func (s *Server) surely(h handler) http.HandlerFunc {
	return s.handle(func(w http.ResponseWriter, r *http.Request) error {
		if f := factsOf(r); f.now.Sub(f.sure) <= sureLife {
			return h(w, r)
		}
		page := nextPath(pageOf(r))
		if !reads(r) {
			page = formPage(r)
			if err := s.putAside(r, person(r).ID); err != nil {
				return err
			}
			if err := s.findAgain(r, person(r).ID); err != nil {
				return err
			}
		}
		return redirect(w, r, "/sure?next="+url.QueryEscape(page))
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
