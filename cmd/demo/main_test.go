package main

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"guichet/internal/booking"
	"guichet/internal/dbtest"
	"guichet/internal/postgres"
	"guichet/internal/simulator"
)

// visitor is a browser in which somebody is signed in.
type visitor struct {
	p      *process
	client http.Client
}

func (p *process) signIn(email string) *visitor {
	p.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		p.t.Fatal(err)
	}
	v := &visitor{p: p, client: http.Client{Jar: jar, Timeout: patience}}
	body := v.post("/sign-in", "email", email, "password", password)
	if !strings.Contains(body, `action="/sign-out"`) {
		p.t.Fatalf("%s is not signed in:\n%s", email, body)
	}
	return v
}

// get returns a page as text.
func (v *visitor) get(path string) string {
	v.p.t.Helper()
	resp, err := v.client.Get(v.p.portal + path)
	if err != nil {
		v.p.t.Fatal(err)
	}
	return v.read(resp)
}

// post sends a form, names and values in turn, and returns the page after it.
func (v *visitor) post(path string, fields ...string) string {
	v.p.t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	resp, err := v.client.PostForm(v.p.portal+path, form)
	if err != nil {
		v.p.t.Fatal(err)
	}
	return v.read(resp)
}

func (v *visitor) read(resp *http.Response) string {
	v.p.t.Helper()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		v.p.t.Fatalf("%s: %s, %v\n%s", resp.Request.URL, resp.Status, err, body)
	}
	if err := resp.Body.Close(); err != nil {
		v.p.t.Fatal(err)
	}
	return string(body)
}

// ledger asks the simulator's control API.
func (p *process) ledger() []simulator.Booking {
	p.t.Helper()
	client := http.Client{Timeout: patience}
	resp, err := client.Get(p.supplier + "/_control/ledger")
	if err != nil {
		p.t.Fatal(err)
	}
	defer resp.Body.Close() //nolint:errcheck // it was only read
	var list []simulator.Booking
	if err := json.NewDecoder(resp.Body).Decode(&list); err != nil {
		p.t.Fatal(err)
	}
	return list
}

// agree fails the test when the two ledgers contradict each other.
func (p *process) agree() []booking.Booking {
	p.t.Helper()
	here := p.bookings()
	for _, found := range disagreements(here, p.ledger()) {
		p.t.Error(found)
	}
	return here
}

func of(list []booking.Booking, state booking.State, agency string) booking.Booking {
	i := slices.IndexFunc(list, func(b booking.Booking) bool {
		return b.State == state && (agency == "" || b.AgencyName == agency)
	})
	if i < 0 {
		return booking.Booking{}
	}
	return list[i]
}

var versionField = regexp.MustCompile(`name="version" value="(\d+)"`)

// One demo through its whole life: killed half made, begun anew, looked at,
// stopped, started again, killed, and started once more.
func TestTheLifeOfADemo(t *testing.T) {
	t.Parallel()
	dir := workFolder(t)
	t.Cleanup(func() { // root's databases may stand elsewhere
		if err := (keep{folder: filepath.Join(dir, folder)}).forget(context.Background()); err != nil {
			t.Error(err)
		}
	})
	p := launch(t, dir)
	p.await("Selling")
	pid, _ := p.database()
	p.signal(syscall.SIGKILL)
	p.exit()
	awaitEnd(t, pid)

	p = launch(t, dir).ready()
	lookAround(t, p)
	waiting := of(p.agree(), booking.Held, "Voyages Démo")
	pid, _ = p.database()
	p.signal(syscall.SIGINT)
	if code := p.exit(); code != 0 {
		t.Errorf("after Ctrl-C: exit code %d\n%s", code, p.printed())
	}
	awaitEnd(t, pid)

	p = launch(t, dir).ready()
	payAfterRestart(t, p, waiting)
	pid, _ = p.database()
	p.signal(syscall.SIGKILL)
	p.exit()
	awaitEnd(t, pid)

	p = launch(t, dir).ready()
	after := p.agree()
	i := slices.IndexFunc(after, func(b booking.Booking) bool { return b.Ref == waiting.Ref })
	if i < 0 || after[i].State != booking.Confirmed || len(after) != salesOfThePast {
		t.Errorf("after the kill: %d bookings, the paid one is number %d", len(after), i)
	}
	pid, _ = p.database()
	p.signal(syscall.SIGTERM)
	if code := p.exit(); code != 0 {
		t.Errorf("after SIGTERM: exit code %d", code)
	}
	awaitEnd(t, pid)
}

// lookAround signs in and finds bookings of every state that lasts.
func lookAround(t *testing.T, p *process) {
	t.Helper()
	list := p.bookings()
	if len(list) != salesOfThePast {
		t.Errorf("%d bookings", len(list))
	}
	for email, agency := range map[string]string{agent: "Voyages Démo", desk: ""} {
		v := p.signIn(email)
		for view, states := range map[string][]booking.State{
			"": {booking.Held}, "to_pay": {booking.Held}, "paid": {booking.Confirmed},
			"unknown": {booking.CreateUnknown, booking.PayUnknown, booking.CancelUnknown},
		} {
			shown := v.get("/bookings?view=" + view)
			for _, state := range states {
				if b := of(list, state, agency); b.Ref == "" || !strings.Contains(shown, "/bookings/"+b.Ref) {
					t.Errorf("%s: the list %q does not show %s, which is %s", email, view, b.Ref, state)
				}
			}
		}
		for _, state := range resting() {
			b := of(list, state, agency)
			if page := v.get("/bookings/" + b.Ref); !strings.Contains(page, `data-state="`+string(state)+`"`) {
				t.Errorf("%s: the page of %q is not that of one that is %s", email, b.Ref, state)
			}
		}
	}
}

// payAfterRestart pays for what was held before the demo was stopped.
func payAfterRestart(t *testing.T, p *process, waiting booking.Booking) {
	t.Helper()
	v := p.signIn(agent)
	page := "/bookings/" + waiting.Ref + "/pay"
	version := versionField.FindStringSubmatch(v.get(page))
	if version == nil {
		t.Fatalf("%s has no form to pay", page)
	}
	v.post(page, "version", version[1], "pay_method", "cash", "receipt", "T-42")
	if b := of(p.agree(), booking.Confirmed, "Voyages Démo"); b.Ref != waiting.Ref {
		t.Errorf("the newest paid booking is %s, not %s", b.Ref, waiting.Ref)
	}
}

// What keeps a demo from starting is said in a way that helps.
func TestTheDemoSaysWhatToDo(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = taken.Close() })
	addr := taken.Addr().String()
	filled := dbtest.URL(t)
	fillWithPeople(t, filled)
	nowhere := t.TempDir()
	for name, k := range map[string]struct {
		env  []string
		says []string
	}{
		"portal's address taken":    {[]string{"GUICHET_ADDR=" + addr}, []string{addr, "stop what uses it, or set GUICHET_ADDR"}},
		"simulator's address taken": {[]string{"GUICHET_SIMULATOR_ADDR=" + addr}, []string{addr, "stop what uses it, or set GUICHET_SIMULATOR_ADDR"}},
		"no PostgreSQL there":       {[]string{"PATH=", "PG_BIN=" + nowhere}, []string{"PG_BIN must name the folder with initdb and postgres", nowhere}},
		"no database there":         {[]string{"GUICHET_DATABASE_URL=postgres://127.0.0.1:1/none"}, []string{"check that it runs", "GUICHET_DATABASE_URL"}},
		"another's database":        {[]string{"GUICHET_DATABASE_URL=" + filled}, []string{"name an empty database"}},
		"a fresh one, not ours":     {[]string{"GUICHET_DATABASE_URL=" + filled, "FRESH=1"}, []string{"empty that one yourself"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := workFolder(t)
			p := launch(t, dir, k.env...)
			if code := p.exit(); code != 1 {
				t.Errorf("exit code %d", code)
			}
			said := strings.TrimSpace(p.printed())
			for _, word := range k.says {
				if !strings.Contains(said, word) {
					t.Errorf("it does not say %q: %s", word, said)
				}
			}
			if strings.Contains(said, "goroutine") {
				t.Errorf("it fell over:\n%s", said)
			}
			if _, err := os.Stat(filepath.Join(dir, folder, "complete")); err == nil {
				t.Error("it calls complete what never began")
			}
		})
	}
}

func fillWithPeople(t *testing.T, address string) {
	t.Helper()
	pool, err := pgxpool.New(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	people := postgres.NewAccounts(pool)
	if _, err := seedPeople(t.Context(), people); err != nil {
		t.Fatal(err)
	}
}
