//go:build !records

package main

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"os"
	"strings"
	"time"

	"guichet/internal/app"
	"guichet/internal/config"
	"guichet/internal/simulator"
)

// readers are people who look at pages: an agent in French and somebody of
// customer service in English, each with a browser at a portal that only shows.
type readers struct {
	portal      *app.Portal
	http        *httptest.Server
	agent, desk *visitor
}

// openReaders starts a portal whose jobs do not run and signs the readers in.
func (w *world) openReaders(ctx context.Context) (*readers, error) {
	c := config.Config{
		Addr: "127.0.0.1:0", DatabaseURL: w.url, SupplierURL: w.supplier, SupplierKey: simulator.DefaultKey, SecretKey: secretKey,
		SecondFactor: w.secondFactor(), CanonicalURL: w.origin(), DefaultTimezone: "Europe/Paris", HSTS: "host", SupportPhone: "+33199001234",
	}
	portal, err := app.Open(ctx, c, time.Now, slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})))
	if err != nil {
		return nil, err
	}
	r := &readers{portal: portal, http: httptest.NewServer(portal.Handler)}
	for _, p := range []struct {
		who  **visitor
		name string
	}{{&r.agent, w.agent.Name}, {&r.desk, w.desk.Name}} {
		if *p.who, err = w.visitorAt(r.http.URL); err == nil {
			err = (*p.who).signIn(ctx, p.name)
		}
		if err != nil {
			r.close()
			return nil, err
		}
	}
	return r, nil
}

// readPages reads what agents and customer service read about each booking, and
// says where it is not true.
func (w *world) readPages(ctx context.Context, list []record, there ledger) (bad []string, err error) {
	if w.readers == nil {
		if w.readers, err = w.openReaders(ctx); err != nil {
			return nil, err
		}
	}
	subjects := subjectsOf(list, there)
	for _, v := range []*visitor{w.readers.agent, w.readers.desk} {
		for _, s := range subjects {
			if v == w.readers.agent && s.environment != string(w.environment()) {
				continue
			}
			said, err := v.claimsOf(ctx, s)
			if err != nil {
				return nil, err
			}
			bad = append(bad, said...)
		}
		said, err := v.listed(ctx, subjects)
		if err != nil {
			return nil, err
		}
		bad = append(bad, said...)
	}
	w.pages += len(subjects) * len(pagesOf) * 2
	return bad, nil
}

func (r *readers) close() {
	r.http.Close()
	r.portal.Close()
}

// verify asks the portal's own check of its records.
func (w *world) verify(ctx context.Context) ([]string, error) {
	var out bytes.Buffer
	err := app.Verify(ctx, config.Config{DatabaseURL: w.url, SecretKey: secretKey}, app.Heads{}, &out)
	if err == nil {
		return nil, nil
	}
	var bad []string
	for _, line := range strings.Split(strings.TrimSpace(out.String()), "\n") {
		bad = append(bad, "portal verify: "+line)
	}
	if len(bad) < 2 {
		return nil, fmt.Errorf("portal verify: %w", err)
	}
	return bad[:len(bad)-1], nil
}
