package localpg

import (
	"errors"
	"path/filepath"
	"testing"
)

func TestUnsyncedIsOverWhenItReturns(t *testing.T) {
	t.Parallel()
	server, err := Start(t.Context(), Options{Dir: filepath.Join(shortDir(t), "pg")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	})
	failed := errors.New("failed")
	for _, want := range []error{nil, failed} {
		err := server.Unsynced(t.Context(), func() error {
			if got := query(t, server, "postgres", "SHOW fsync"); got != "off" {
				t.Errorf("fsync is %s meanwhile", got)
			}
			return want
		})
		if !errors.Is(err, want) || (want == nil) != (err == nil) {
			t.Errorf("%v, want %v", err, want)
		}
		if got := query(t, server, "postgres", "SHOW fsync"); got != "on" {
			t.Errorf("fsync is %s afterwards", got)
		}
	}
}

func TestAFastServerIsUnsyncedAnyway(t *testing.T) {
	t.Parallel()
	server := start(t, filepath.Join(shortDir(t), "pg"))
	called := false
	err := server.Unsynced(t.Context(), func() error {
		called = true
		return nil
	})
	if err != nil || !called {
		t.Errorf("called: %v, %v", called, err)
	}
}
