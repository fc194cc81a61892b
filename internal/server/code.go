package server

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"guichet/internal/account"
	"guichet/internal/locale"
	"guichet/web/signin"
)

// showCode answers GET /sign-in/code: the second step of signing in.
func (s *Server) showCode(w http.ResponseWriter, r *http.Request) error {
	return s.drawCode(w, r, http.StatusOK, signin.CodeForm{})
}

// showRecovery answers GET /sign-in/recovery.
func (s *Server) showRecovery(w http.ResponseWriter, r *http.Request) error {
	return s.drawCode(w, r, http.StatusOK, signin.CodeForm{Recovery: true})
}

func (s *Server) drawCode(w http.ResponseWriter, r *http.Request, status int, f signin.CodeForm) error {
	if p := factsOf(r).pending; p == nil || !p.HasFactor() {
		return s.turnAway(w, r)
	}
	v := s.view(r, "code.title")
	v.Problem = f.Error != ""
	return s.render(w, r, status, signin.Code(v, f))
}

// enterCode answers POST /sign-in/code.
func (s *Server) enterCode(w http.ResponseWriter, r *http.Request) error {
	return s.enter(w, r, signin.CodeForm{}, s.Accounts.SignInCode)
}

// enterRecovery answers POST /sign-in/recovery.
func (s *Server) enterRecovery(w http.ResponseWriter, r *http.Request) error {
	return s.enter(w, r, signin.CodeForm{Recovery: true}, s.Accounts.SignInRecovery)
}

func (s *Server) enter(w http.ResponseWriter, r *http.Request, f signin.CodeForm, check func(context.Context, account.Person, string, string) error) error {
	p := factsOf(r).pending
	if p == nil || !p.HasFactor() {
		return s.turnAway(w, r)
	}
	fields, err := form(r)
	if err != nil {
		return err
	}
	code := fields.Get("code")
	if f.Error = missingCode(lang(r), code, f.Recovery); f.Error == "" {
		err = check(r.Context(), *p, code, s.network(r))
		f.Error = codeProblem(lang(r), err, f.Recovery)
	}
	if f.Error != "" {
		return s.drawCode(w, r, http.StatusUnprocessableEntity, f)
	}
	if err != nil {
		return err
	}
	next := s.sessions.GetString(r.Context(), keyNext)
	if err := s.startSession(w, r, *p, true); err != nil {
		return err
	}
	s.sessions.Put(r.Context(), keyNext, next)
	factor, err := s.Accounts.Factor(r.Context(), p.ID)
	if err != nil {
		return err
	}
	if factor.Codes != "" { // they were shown, and nobody said that they are kept
		return redirect(w, r, "/second-factor/codes")
	}
	return s.goOn(w, r, *p)
}

// codeProblem says why a code was not taken; empty for other errors.
func codeProblem(l locale.Lang, err error, recovery bool) string {
	switch {
	case errors.Is(err, account.ErrCodeUsed):
		return l.T("factor.code.used")
	case errors.Is(err, account.ErrCode) && recovery:
		return l.T("recovery.wrong")
	case errors.Is(err, account.ErrCode):
		return l.T("factor.code.wrong")
	case errors.Is(err, account.ErrSuspended):
		return l.T("signin.suspended")
	}
	return ""
}

// showSure answers GET /sure: who is there is asked once more.
func (s *Server) showSure(w http.ResponseWriter, r *http.Request) error {
	return s.drawSure(w, r, http.StatusOK, signin.SureForm{Next: nextPath(query(r).Get("next"))})
}

func (s *Server) drawSure(w http.ResponseWriter, r *http.Request, status int, f signin.SureForm) error {
	f.ByCode, f.Email = person(r).HasFactor(), person(r).Email
	v := s.view(r, "sure.title")
	v.Problem = f.Error != ""
	return s.render(w, r, status, signin.Sure(v, f))
}

// makeSure answers POST /sure.
func (s *Server) makeSure(w http.ResponseWriter, r *http.Request) error {
	fields, err := form(r)
	if err != nil {
		return err
	}
	f := signin.SureForm{Next: nextPath(fields.Get("next"))}
	answer := fields.Get("answer")
	if answer == "" {
		f.Error = lang(r).T("sure.empty")
	} else {
		err = s.Accounts.MakeSure(r.Context(), person(r), answer, factsOf(r).sessionKey, s.network(r))
		f.Error = codeProblem(lang(r), err, false)
		if errors.Is(err, account.ErrPasswordWrong) {
			f.Error = lang(r).T("password.wrong")
		}
	}
	if f.Error != "" {
		return s.drawSure(w, r, http.StatusUnprocessableEntity, f)
	}
	if err != nil {
		return err
	}
	return redirect(w, r, f.Next)
}

// stay answers POST /stay: a person at the screen wants the session to go on.
// The answer is how long it does, in seconds.
func (s *Server) stay(w http.ResponseWriter, r *http.Request) error {
	if err := s.Accounts.UseSession(r.Context(), factsOf(r).sessionKey); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	left := min(idle(person(r)), factsOf(r).began.Add(sessionLife).Sub(factsOf(r).now))
	_, _ = w.Write([]byte(strconv.Itoa(int(left.Seconds())))) // a visitor who went away is nobody's error
	return nil
}
