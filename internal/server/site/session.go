package site

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"

	"guichet/internal/account"
	"guichet/internal/auth"
	"guichet/internal/booking"
	"guichet/internal/locale"
	"guichet/internal/typed"
)

// How long a session lasts. Idle time is our own check: the row must still
// name the person when it is over.
const (
	SessionLife = 12 * time.Hour
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
	keyNext   = "next"   // sealed: the page that was asked for before signing in
	keyKept   = "kept"   // where the form goes that waits for this person
)

func (s *Site) newSessions() *scs.SessionManager {
	m := scs.New()
	m.Store = s.Sessions
	m.Lifetime = SessionLife
	m.HashTokenInStore = true
	m.Cookie.Name = s.cookieName("guichet")
	m.Cookie.HttpOnly = true
	m.Cookie.SameSite = http.SameSiteLaxMode
	m.Cookie.Secure = s.SecureCookies
	m.ErrorFunc = func(w http.ResponseWriter, r *http.Request, err error) {
		if RequestInfoOf(r).entered && (errors.Is(err, booking.ErrAway) || errors.Is(err, booking.ErrSlow)) {
			// What was done is done, and only the next page's message is lost: an
			// error page would say that nothing was.
			s.LogMissing(r, "store the session", err)
			return
		}
		w.Header().Del("Location")
		s.fail(w, r, err)
		// The library goes on to write the handler's answer.
		RequestInfoOf(r).rec.sealed = true
	}
	return m
}

// LoadSession gives the request its session, and stores what changed in it
// before the answer begins.
func (s *Site) LoadSession(next http.Handler) http.Handler {
	return s.SessionManager.LoadAndSave(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f := RequestInfoOf(r)
		f.session, f.entered = true, true
		defer func() { f.session = false }()
		next.ServeHTTP(w, r)
	}))
}

// LoadPerson finds out who is signed in. A person who was suspended, or idle
// for too long, is not.
func (s *Site) LoadPerson(next http.Handler) http.Handler {
	return s.Handle(func(w http.ResponseWriter, r *http.Request) error {
		w.Header().Add("Vary", "Accept-Language")
		if err := s.findPerson(r); err != nil {
			return err
		}
		next.ServeHTTP(w, r)
		return nil
	})
}

func (s *Site) findPerson(r *http.Request) error {
	ctx, f := r.Context(), RequestInfoOf(r)
	cookie, err := r.Cookie(s.SessionManager.Cookie.Name)
	if err != nil {
		return nil //nolint:nilerr // a browser without the cookie is nobody's
	}
	key := auth.SessionKey(cookie.Value)
	p, session, err := s.Auth.Session(ctx, key)
	if errors.Is(err, account.ErrNotFound) || errors.Is(err, account.ErrSuspended) {
		f.ended = true
		if fragment(r) { // one of a page from before the token was renewed must not take the new one away
			return nil
		}
		return s.SessionManager.Destroy(ctx)
	}
	if err != nil {
		return err
	}
	now := session.Now // a node's own clock says nothing about what others wrote
	f.lang = locale.Lang(p.Language)
	f.Now, f.lastUsed, f.Began, f.sure = now, session.UsedAt, session.BegunAt, session.SureAt
	halfway := session.VerifiedAt.IsZero() && (p.HasFactor() || s.FactorRequired) // the password alone was shown
	if s.SessionManager.Token(ctx) == "" || now.After(s.sessionEnds(r, p)) {
		if f.ended = true; !halfway {
			f.former = &p
		}
		return nil
	}
	f.SessionKey = key
	if halfway {
		f.ended = now.Sub(f.Began) > pendingLife
		if !f.ended {
			f.Pending = &p
		}
		return nil
	}
	// Fragments may be asked for by a page that nobody looks at.
	if now.Sub(f.lastUsed) >= touchEvery && !fragment(r) {
		if err := s.Auth.UseSession(ctx, key); err != nil {
			return err
		}
		f.lastUsed = now
	}
	f.Person = &p
	return nil
}

// Idle is how long a session of a person may go unused.
func Idle(p account.Person) time.Duration {
	if p.Role.Staff() {
		return staffIdle
	}
	return agentIdle
}

// sessionEnds is when the session of the request ends if nothing is done.
func (s *Site) sessionEnds(r *http.Request, p account.Person) time.Time {
	f := RequestInfoOf(r)
	ends, last := f.lastUsed.Add(Idle(p)), f.Began.Add(SessionLife)
	if last.Before(ends) {
		return last
	}
	return ends
}

// StartSession signs a person in, under a new token: verified when the second
// factor was shown, else only as far as that. Of what the session kept, where to go
// stays.
func (s *Site) StartSession(w http.ResponseWriter, r *http.Request, p account.Person, verified bool) error {
	ctx, f := r.Context(), RequestInfoOf(r)
	for _, before := range []*account.Person{f.Person, f.Pending} { // another one, or this one with the password only
		if before == nil {
			continue
		}
		if err := s.Auth.EndSession(ctx, before.ID, f.SessionKey); err != nil {
			return err
		}
	}
	next := s.SessionManager.GetString(ctx, keyNext)
	if err := s.SessionManager.Clear(ctx); err != nil {
		return err
	}
	if err := s.SessionManager.RenewToken(ctx); err != nil {
		return err
	}
	s.SessionManager.Put(ctx, keyNext, next)
	x := auth.Session{Key: auth.SessionKey(s.SessionManager.Token(ctx)), UserID: p.ID, Device: typed.Clean(r.UserAgent()), Network: f.network}
	if err := s.Auth.BeginSession(ctx, x, verified); err != nil {
		return err
	}
	if !verified && (p.HasFactor() || s.FactorRequired) {
		return nil
	}
	return s.RememberBrowser(w, p)
}

// PutNext lets the session of a person keep where to go after signing in. It is
// sealed: an address may hold the name that was searched for.
func (s *Site) PutNext(r *http.Request, p account.Person, next string) error {
	sealed, err := s.Auth.SealText(p.ID, next)
	if err == nil {
		s.SessionManager.Put(r.Context(), keyNext, sealed)
	}
	return err
}

// PopNext returns what PutNext kept for a person, once; "/" when there is nothing.
func (s *Site) PopNext(r *http.Request, p account.Person) (string, error) {
	next, err := s.Auth.OpenText(p.ID, s.SessionManager.PopString(r.Context(), keyNext))
	if errors.Is(err, account.ErrNotFound) {
		return "/", nil
	}
	return NextPath(next), err
}

// MakeSure notes that the person of a request has just shown who is there. The
// session goes on under a new token: whoever holds the one before gains nothing.
func (s *Site) MakeSure(r *http.Request) error {
	ctx, f := r.Context(), RequestInfoOf(r)
	if err := s.SessionManager.RenewToken(ctx); err != nil {
		return err
	}
	renewed := auth.SessionKey(s.SessionManager.Token(ctx))
	if err := s.Auth.MakeSure(ctx, f.SessionKey, renewed); err != nil {
		return err
	}
	f.SessionKey, f.sure = renewed, f.Now
	return nil
}

// The cookie of a browser that a person has signed in from.
const (
	KnownCookie  = "guichet-known"
	knownSeconds = 180 * 24 * 60 * 60
)

// RememberBrowser lets this person's wrong passwords in this browser be counted
// apart from what strangers guess.
func (s *Site) RememberBrowser(w http.ResponseWriter, p account.Person) error {
	token, err := s.Auth.RememberBrowser(p.Email)
	if err == nil {
		s.setCookie(w, KnownCookie, token, knownSeconds)
	}
	return err
}

// setCookie sets a cookie of this host alone, for a number of seconds.
func (s *Site) setCookie(w http.ResponseWriter, name, value string, seconds int) {
	http.SetCookie(w, &http.Cookie{ //nolint:gosec // Secure is off only for plain http on the own machine
		Name: s.cookieName(name), Value: value, Path: "/", MaxAge: seconds,
		Secure: s.SecureCookies, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

// Cookie returns what setCookie set; empty when there is none.
func (s *Site) Cookie(r *http.Request, name string) string {
	c, err := r.Cookie(s.cookieName(name))
	if err != nil {
		return ""
	}
	return c.Value
}

// cookieName binds a cookie to this host, which browsers allow over TLS only.
func (s *Site) cookieName(name string) string {
	if s.SecureCookies {
		return "__Host-" + name
	}
	return name
}

// EndSession signs the browser out.
func (s *Site) EndSession(r *http.Request) error {
	f := RequestInfoOf(r)
	if p := cmp.Or(f.Person, f.Pending); p != nil { // also of who has shown the password alone
		if err := s.Auth.EndSession(r.Context(), p.ID, f.SessionKey); err != nil {
			return err
		}
	}
	return s.SessionManager.Destroy(r.Context())
}

// SignedIn lets nobody else in: others are sent to sign in, and come back.
func (s *Site) SignedIn(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if RequestInfoOf(r).Person != nil {
			if !reads(r) {
				if err := s.FormIsSent(r, r.URL.Path); err != nil {
					s.fail(w, r, err)
					return
				}
			}
			next.ServeHTTP(w, r)
			return
		}
		if fragment(r) { // the sign-in page must not appear inside another one
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		if p := RequestInfoOf(r).Pending; p != nil {
			http.Redirect(w, r, FactorPath(*p), http.StatusSeeOther)
			return
		}
		if p := RequestInfoOf(r).former; p != nil && !reads(r) {
			if err := s.saveForm(r, p.ID); err != nil {
				s.fail(w, r, err)
				return
			}
		}
		q := url.Values{}
		if back := NextPath(formPage(r)); back != "/" {
			q.Set("next", back)
		}
		// Whoever sends a form had a session when the form was drawn.
		if RequestInfoOf(r).ended || !reads(r) {
			q.Set("ended", "1")
		}
		target := "/sign-in"
		if len(q) > 0 {
			target += "?" + q.Encode()
		}
		http.Redirect(w, r, target, http.StatusSeeOther)
	})
}

// FactorPath is where somebody shows, or sets up, the second factor.
func FactorPath(p account.Person) string {
	if p.HasFactor() {
		return "/sign-in/code"
	}
	return "/second-factor"
}

// RequireRecentAuth lets through what weighs most only when the person showed a password
// or a code a short while ago. Others are asked, and find their form again.
func (s *Site) RequireRecentAuth(h Handler) http.HandlerFunc {
	return s.Handle(func(w http.ResponseWriter, r *http.Request) error {
		if f := RequestInfoOf(r); f.Now.Sub(f.sure) <= sureLife {
			return h(w, r)
		}
		page := NextPath(pageOf(r))
		if !reads(r) {
			page = formPage(r)
			if err := s.saveForm(r, Person(r).ID); err != nil {
				return err
			}
			if err := s.RestoreForm(r, Person(r).ID); err != nil {
				return err
			}
		}
		return Redirect(w, r, "/confirm-identity?next="+url.QueryEscape(page))
	})
}

// Only lets those in who may; the others get the 403 page.
func (s *Site) Only(may func(account.Actor) bool) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return s.Handle(func(w http.ResponseWriter, r *http.Request) error {
			if !may(Actor(r)) {
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
