package main

import (
	"bufio"
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"guichet/internal/dbtest"
	"guichet/internal/simulator"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

func env(values map[string]string) func(string) string {
	return func(name string) string { return values[name] }
}

// All problems of the settings are named together, and no secret with them.
func TestSettingsAreCheckedTogether(t *testing.T) {
	t.Parallel()
	err := run(t.Context(), nil, env(map[string]string{
		"GUICHET_SUPPLIER_URL": "ftp://supplier", "GUICHET_LOG_LEVEL": "loud", "GUICHET_DATABASE_URL": "hush-database", "GUICHET_SUPPLIER_KEY": "hush key",
	}), nil, io.Discard)
	if err == nil {
		t.Fatal("it started")
	}
	for _, name := range []string{"GUICHET_SUPPLIER_URL", "GUICHET_LOG_LEVEL", "GUICHET_DATABASE_URL", "GUICHET_SUPPLIER_KEY"} {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("no word of %s in: %s", name, err)
		}
	}
	if strings.Contains(err.Error(), "hush") {
		t.Errorf("a secret in: %s", err)
	}
}

func TestUnknownCommand(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"sell"}, {"serve", "now"}, {"verify", "now"}, {"verify", "-tail"}, {"reseal", "now"}} {
		if err := run(t.Context(), args, env(nil), nil, io.Discard); !errors.Is(err, errUsage) {
			t.Errorf("%q: %v", args, err)
		}
	}
}

// migrate makes an empty database ready, serve answers, health and verify see
// that all is well, and a taken port says which setting to change.
func TestMigrateServeHealthVerify(t *testing.T) {
	t.Parallel()
	sim, err := simulator.New(simulator.Options{Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	there := httptest.NewServer(sim.Handler())
	t.Cleanup(there.Close)
	settings := map[string]string{
		"GUICHET_DATABASE_URL": emptyDatabase(t), "GUICHET_SUPPLIER_URL": there.URL, "GUICHET_SUPPLIER_KEY": simulator.DefaultKey,
		"GUICHET_ADDR": "127.0.0.1:0", "GUICHET_SECURE_COOKIES": "false", "GUICHET_METRICS_ADDR": "127.0.0.1:0",
		"GUICHET_SECRET_KEY": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
	}
	if err := run(t.Context(), nil, env(settings), nil, io.Discard); err == nil || !strings.Contains(err.Error(), "portal migrate") {
		t.Errorf("serve on an empty database: %v", err)
	}
	if err := run(t.Context(), []string{"migrate"}, env(settings), nil, io.Discard); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	out, in := io.Pipe()
	served := make(chan error, 1)
	go func() { served <- errors.Join(run(ctx, []string{"serve"}, env(settings), nil, in), in.Close()) }()
	lines := bufio.NewScanner(out)
	var ready struct{ Msg, Address string }
	var metrics string
	for ready.Msg != "ready" && lines.Scan() {
		if err := json.Unmarshal(lines.Bytes(), &ready); err != nil {
			t.Fatalf("%q is no line of the log: %v", lines.Text(), err)
		}
		if ready.Msg == "metrics" {
			metrics = ready.Address
		}
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	settings["GUICHET_ADDR"] = ready.Address
	if err := run(t.Context(), []string{"health"}, env(settings), nil, io.Discard); err != nil {
		t.Errorf("health: %v", err)
	}
	var said strings.Builder
	if err := run(t.Context(), []string{"verify"}, env(settings), nil, &said); err != nil || said.String() != "0 bookings, 0 audit entries, 0 problems\n" {
		t.Errorf("verify: %q, %v", said.String(), err)
	}
	heads(t, settings)
	if err := run(t.Context(), []string{"reseal"}, env(settings), nil, &said); err != nil || !strings.Contains(said.String(), "sealed_keys.sealed: 0 sealed anew, 2 were already") {
		t.Errorf("reseal: %q, %v", said.String(), err)
	}
	if err := run(t.Context(), []string{"serve"}, env(settings), nil, io.Discard); err == nil || !strings.Contains(err.Error(), "GUICHET_ADDR") {
		t.Errorf("a taken port: %v", err)
	}
	settings["GUICHET_ADDR"], settings["GUICHET_METRICS_ADDR"] = "127.0.0.1:0", metrics
	if err := run(t.Context(), []string{"serve"}, env(settings), nil, io.Discard); err == nil || !strings.Contains(err.Error(), "GUICHET_METRICS_ADDR") {
		t.Errorf("a taken port for metrics: %v", err)
	}
	settings["GUICHET_ADDR"] = ready.Address
	stop()
	if err := <-served; err != nil {
		t.Errorf("serve: %v", err)
	}
	if err := run(t.Context(), []string{"health"}, env(settings), nil, io.Discard); err == nil {
		t.Error("health of a portal that is gone")
	}
}

// heads prints a line that is kept, and checks it in each way that it may be given.
func heads(t *testing.T, settings map[string]string) {
	t.Helper()
	var line strings.Builder
	if err := run(t.Context(), []string{"verify", "-head"}, env(settings), nil, &line); err != nil || !strings.Contains(line.String(), "\nguichet-head-1 ") {
		t.Fatalf("%q, %v", line.String(), err)
	}
	file := filepath.Join(t.TempDir(), "heads")
	if err := os.WriteFile(file, []byte(line.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	_, kept, _ := strings.Cut(line.String(), "\n")
	for name, args := range map[string][]string{
		"a line": {strings.TrimSpace(kept)}, "a line without quotes": strings.Fields(kept), "a file": {file}, "standard input": {"-"},
	} {
		var said strings.Builder
		err := run(t.Context(), append([]string{"verify", "-head"}, args...), env(settings), strings.NewReader(line.String()), &said)
		if err != nil || !strings.Contains(said.String(), "all that the head of") {
			t.Errorf("%s: %q, %v", name, said.String(), err)
		}
	}
	for name, arg := range map[string]string{"a changed line": strings.Replace(kept, "bookings 0", "bookings 1", 1), "no file": "/nowhere/heads", "nothing": "-"} {
		if err := run(t.Context(), []string{"verify", "-head", arg}, env(settings), strings.NewReader(" \n"), io.Discard); err == nil {
			t.Errorf("%s is taken for a head", name)
		}
	}
}

// emptyDatabase is the address of a database on which nothing was migrated.
func emptyDatabase(t *testing.T) string {
	t.Helper()
	url := dbtest.URL(t)
	db, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if _, err := db.ExecContext(t.Context(), `DROP SCHEMA public CASCADE; CREATE SCHEMA public`); err != nil {
		t.Fatal(err)
	}
	return url
}

// A line of the log is one JSON object, whatever it holds, and tells its time in UTC.
func TestTheLogIsJSONInUTC(t *testing.T) {
	t.Parallel()
	var text bytes.Buffer
	log := newLog(&text, slog.LevelInfo)
	at := time.Date(2026, 7, 4, 6, 5, 0, 0, time.FixedZone("Paris", 2*60*60))
	r := slog.NewRecord(at, slog.LevelError, "said", 0)
	forged := "it broke\n{\"level\":\"INFO\",\"msg\":\"sign_in\"}\r\n\x1b[2J"
	r.AddAttrs(slog.String("error", forged), slog.Time("until", at))
	if err := log.Handler().Handle(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	var line map[string]string
	if err := json.Unmarshal(text.Bytes(), &line); err != nil || strings.Count(text.String(), "\n") != 1 {
		t.Fatalf("%q: %v", text.String(), err)
	}
	if line["time"] != "2026-07-04T04:05:00Z" || line["error"] != forged || line["level"] != "ERROR" {
		t.Errorf("%q", text.String())
	}
	if log.Enabled(t.Context(), slog.LevelDebug) {
		t.Error("it says more than was set")
	}
}

func TestHealthNeedsAnAddress(t *testing.T) {
	t.Parallel()
	err := health(t.Context(), env(map[string]string{"GUICHET_ADDR": "no address"}))
	if err == nil || !strings.Contains(err.Error(), "GUICHET_ADDR") {
		t.Errorf("an address that cannot be read: %v", err)
	}
}
