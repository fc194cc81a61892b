package site

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/go-chi/chi/v5"

	"guichet/internal/account"
)

// A page that answers a form is kept for a while, and shown at an address of its own.
// So Back and a reload ask for that page, and send no form a second time.
const (
	keptParam   = "kept"
	keptLife    = 30 * time.Minute
	mostAnswers = 20 // of one session; the oldest goes
)

// keyAnswers are, in the session, the names of the pages that are kept, oldest first.
const keyAnswers = "answers"

// answered is a page that answered a form.
type answered struct {
	Role   account.Role // of whom it was drawn for
	Status int
	Wait   string // Retry-After
	Page   []byte // gzip
	Shown  shown  // noted whenever the page is shown
}

// answersForm reports whether a page answers a form that somebody has filled in, and
// may be shown again: not so the secret of a second factor, and its recovery codes.
func answersForm(r *http.Request, status int) bool {
	f := RequestInfoOf(r)
	return !strings.HasPrefix(r.URL.Path, "/second-factor") && r.Method == http.MethodPost && !fragment(r) && f.Person != nil && f.session && !f.away && status != http.StatusInternalServerError
}

// keepAnswer keeps a page and returns where it is shown.
func (s *Site) keepAnswer(r *http.Request, status int, wait string, page []byte) (string, error) {
	a := answered{Role: Person(r).Role, Status: status, Wait: wait, Shown: shownOn(r, page)}
	var small bytes.Buffer
	z := gzip.NewWriter(&small)
	_, err := z.Write(page)
	if err = errors.Join(err, z.Close()); err != nil {
		return "", fmt.Errorf("press a page: %w", err)
	}
	a.Page = small.Bytes()
	text, err := json.Marshal(a)
	if err != nil {
		return "", fmt.Errorf("keep a page: %w", err)
	}
	sealed, err := s.Auth.SealText(Person(r).ID, string(text))
	if err != nil {
		return "", err
	}
	name := strings.ToLower(rand.Text())
	if err := s.storeAnswer(r, name, []byte(sealed)); err != nil {
		return "", err
	}
	return sentFrom(r) + "?" + url.Values{keptParam: {name}}.Encode(), nil
}

// storeAnswer stores a kept page among the sessions' data, whose rows end by themselves.
func (s *Site) storeAnswer(r *http.Request, name string, sealed []byte) error {
	ctx, store := r.Context(), s.answers()
	if err := store.CommitCtx(ctx, answerRow(name), sealed, s.Now().Add(keptLife)); err != nil {
		return fmt.Errorf("keep a page: %w", err)
	}
	names := append(strings.Fields(s.SessionManager.GetString(ctx, keyAnswers)), name)
	for ; len(names) > mostAnswers; names = names[1:] {
		if err := store.DeleteCtx(ctx, answerRow(names[0])); err != nil {
			return fmt.Errorf("forget a page: %w", err)
		}
	}
	s.SessionManager.Put(ctx, keyAnswers, strings.Join(names, " "))
	return nil
}

// answers is where sessions keep their data.
func (s *Site) answers() scs.CtxStore {
	store, ok := s.Sessions.(scs.CtxStore)
	if !ok {
		panic("server: sessions are kept without a context") // Options.Sessions says so
	}
	return store
}

// answerRow is no hash of a token, so no cookie leads there.
func answerRow(name string) string { return "page/" + name }

// ShowAnswer shows a page that answered a form, to whoever sent that.
func (s *Site) ShowAnswer(next http.Handler) http.Handler {
	return s.Handle(func(w http.ResponseWriter, r *http.Request) error {
		q := r.URL.Query()
		if !reads(r) || !q.Has(keptParam) || RequestInfoOf(r).Person == nil {
			next.ServeHTTP(w, r)
			return nil
		}
		a, page, err := s.answer(r.Context(), Person(r), q.Get(keptParam))
		if errors.Is(err, account.ErrNotFound) { // half an hour is over
			return Redirect(w, r, localPath(withoutKept(r.URL)))
		}
		if err != nil {
			return err
		}
		if err := s.auditShown(r, a.Shown); err != nil {
			return err
		}
		if a.Wait != "" {
			w.Header().Set("Retry-After", a.Wait)
		}
		RequestInfoOf(r).rec.means = http.StatusOK // that it was refused is on record
		writePage(w, a.Status, page)
		return nil
	})
}

// answer reads a kept page; account.ErrNotFound when there is none of that person's, or
// the person had another role then.
func (s *Site) answer(ctx context.Context, p account.Person, name string) (a answered, page []byte, err error) {
	sealed, found, err := s.answers().FindCtx(ctx, answerRow(name))
	if err != nil {
		return a, nil, fmt.Errorf("find a kept page: %w", err)
	}
	if !found {
		return a, nil, account.ErrNotFound
	}
	text, err := s.Auth.OpenText(p.ID, string(sealed))
	if err != nil {
		return a, nil, err
	}
	if err := json.Unmarshal([]byte(text), &a); err != nil {
		return a, nil, fmt.Errorf("read a kept page: %w", err)
	}
	if a.Role != p.Role {
		return a, nil, account.ErrNotFound
	}
	z, err := gzip.NewReader(bytes.NewReader(a.Page))
	if err == nil {
		page, err = io.ReadAll(z)
	}
	if err != nil {
		return a, nil, fmt.Errorf("read a kept page: %w", err)
	}
	return a, page, nil
}

// withoutKept is an address as it is without a kept page.
func withoutKept(u *url.URL) string {
	q := u.Query()
	if !q.Has(keptParam) {
		return u.RequestURI()
	}
	q.Del(keptParam)
	return (&url.URL{Path: u.Path, RawPath: u.RawPath, RawQuery: q.Encode()}).RequestURI()
}

// sentFrom is the page that a form stands on, by the address that it is sent to: the
// same address, the one that formPages names, or else the nearest one above that is a
// page.
func sentFrom(r *http.Request) string {
	if page, named := formPages[r.URL.Path]; named {
		return page
	}
	routes := chi.RouteContext(r.Context()).Routes
	for path := r.URL.Path; path != "" && path != "/"; path = path[:strings.LastIndexByte(path, '/')] {
		if routes.Match(chi.NewRouteContext(), http.MethodGet, path) {
			return localPath((&url.URL{Path: path}).String())
		}
	}
	return "/"
}

func writePage(w http.ResponseWriter, status int, page []byte) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(len(page)))
	w.WriteHeader(status)
	// A visitor who went away is nobody's error.
	_, _ = bytes.NewReader(page).WriteTo(w)
}
