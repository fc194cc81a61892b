package site

import (
	"context"
	"io"
	"net/http"
	"time"
)

// ShowLive answers GET /livez: the process answers.
func (s *Site) ShowLive(w http.ResponseWriter, _ *http.Request) error {
	return plain(w, http.StatusOK, "ok\n")
}

// ShowReady answers GET /readyz: whether this node should get requests, and what an
// operator should know.
func (s *Site) ShowReady(w http.ResponseWriter, r *http.Request) error {
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	note := ""
	if s.ReadyNote != nil {
		if note = s.ReadyNote(); note != "" {
			note += "\n"
		}
	}
	if err := s.Ready(ctx); err != nil {
		s.Log.WarnContext(ctx, "not ready", "request", RequestInfoOf(r).id, "error", err)
		return plain(w, http.StatusServiceUnavailable, "not ready\n"+note)
	}
	return plain(w, http.StatusOK, "ok\n"+note)
}

// plain answers machines.
func plain(w http.ResponseWriter, status int, text string) error {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text)
	return nil
}
