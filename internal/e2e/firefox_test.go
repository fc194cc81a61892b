package e2e

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"testing"

	"guichet/internal/locale"
	"guichet/internal/simulator"
)

// The sale, its troubles and its cancellation in a second engine, with and without a
// script.
func TestFirefoxSells(t *testing.T) {
	t.Parallel()
	for name, with := range map[string]struct {
		script bool
		lang   locale.Lang
	}{"with the script": {true, locale.FR}, "without a script": {false, locale.EN}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := openShop(t, with.lang)
			control := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				s.sim.ClearFaults()
				if r.Method == http.MethodPost {
					if err := s.sim.SetFault(simulator.Fault{Endpoint: simulator.EndpointQuotes, Kind: "503_before"}); err != nil {
						t.Error(err)
					}
				}
			}))
			defer control.Close()
			walk, err := json.Marshal(map[string]any{
				"url": s.url, "control": control.URL, "script": with.script, "date": fortyDaysFromNow(), "firefox": firefox(t),
				"agent": []string{agent, password}, "desk": []string{desk, password},
			})
			if err != nil {
				t.Fatal(err)
			}
			out, err := exec.CommandContext(t.Context(), "node", filepath.Join("..", "..", "tools", "firefox.mjs"), string(walk)).CombinedOutput()
			if err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			list := s.sim.Ledger()
			if len(list) != 1 || list[0].Status != simulator.Cancelled || list[0].PayCount != 1 {
				t.Errorf("the supplier has %+v", list)
			}
		})
	}
}

func firefox(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"firefox-esr", "firefox"} {
		if found, err := exec.LookPath(name); err == nil {
			return found
		}
	}
	t.Fatal("Firefox is missing: tools/need.sh firefox")
	return ""
}
