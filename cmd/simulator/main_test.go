package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestRunServesUntilItIsStopped(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	out, in := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		ended <- run(ctx, []string{"-addr", "127.0.0.1:0", "-key", "other", "-profile", "hostile", "-file", filepath.Join(t.TempDir(), "ledger.json")}, in, io.Discard)
	}()
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	_, base, _ := strings.Cut(strings.TrimSpace(line), " on ")
	for key, want := range map[string]int{"other": 200, "simulator-key": 401} {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/v3/zones", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		r.Header = http.Header{"X-Ector-Authentication": {key}, "X-Ector-Environment": {"production"}}
		answer, err := (&http.Client{Timeout: time.Minute}).Do(r)
		if err != nil {
			t.Fatal(err)
		}
		if err := answer.Body.Close(); err != nil || answer.StatusCode != want {
			t.Errorf("key %s: %d, %v", key, answer.StatusCode, err)
		}
	}
	state, err := http.Get(base + "/_control/state") //nolint:forbidigo // the flag is all that is looked at
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(state.Body)
	if err := errors.Join(err, state.Body.Close()); err != nil || !strings.Contains(string(text), `"profile":"hostile"`) {
		t.Errorf("profile: %s, %v", text, err)
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestRunRefuses(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{
		"all addresses":    {"-addr", ":8090"},
		"a public address": {"-addr", "192.0.2.1:8090"},
		"no port":          {"-addr", "127.0.0.1"},
		"a bad port":       {"-addr", "127.0.0.1:99999"},
		"unknown flag":     {"-colour", "blue"},
		"an argument":      {"start"},
		"a bad profile":    {"-addr", "127.0.0.1:0", "-profile", "moody"},
		"a bad file":       {"-addr", "127.0.0.1:0", "-file", "/nonexistent/ledger.json"},
	} {
		ctx, stop := context.WithCancel(t.Context())
		stop() // if it came to serve, it would end without an error
		if err := run(ctx, args, io.Discard, io.Discard); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestLoopback(t *testing.T) {
	t.Parallel()
	for addr, want := range map[string]bool{
		"127.0.0.1:1": true, "[::1]:1": true, "localhost:1": true,
		":1": false, "0.0.0.0:1": false, "[::]:1": false, "example.test:1": false, "": false,
	} {
		if got := loopback(addr); got != want {
			t.Errorf("%q: %t", addr, got)
		}
	}
}
