package simulator

import (
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// as gives a simulator with that profile.
func as(t *testing.T, profile string) *bench {
	t.Helper()
	b := start(t, "")
	if err := b.sim.SetProfile(profile); err != nil {
		t.Fatal(err)
	}
	return b
}

// said is how an answer looks from outside: its status, and the error's code or
// the booking's status.
func (r reply) said() string {
	code, _ := r.fields["error_code"].(string)
	status, _ := r.fields["status"].(string)
	return strings.TrimSpace(http.StatusText(r.status) + " " + code + status)
}

// What the documentation leaves open, by profile.
func TestProfiles(t *testing.T) {
	t.Parallel()
	for profile, want := range map[string]struct {
		pay, payAgain, payLate, cancel, cancelAgain, payCancelled, read string
		charged                                                         int
	}{
		ProfileHostile: {
			"No Content", "No Content", "Gone expired",
			"No Content", "Conflict not_cancellable", "Gone expired", "Not Found not_found", 2,
		},
		ProfileDocumented: {
			"OK paid", "Conflict already_paid", "Conflict already_paid",
			"OK cancelled", "Conflict already_cancelled", "Conflict already_cancelled", "Not Found not_found", 1,
		},
		ProfileFriendly: {
			"OK paid", "OK paid", "OK paid",
			"OK cancelled", "OK cancelled", "Conflict already_cancelled", "OK cancelled", 1,
		},
	} {
		t.Run(profile, func(t *testing.T) {
			t.Parallel()
			b := as(t, profile)
			id := b.created(fields{"services": []string{insurance}})
			is := func(what, want string, got reply) {
				t.Helper()
				if got.said() != want {
					t.Errorf("%s: %q, want %q", what, got.said(), want)
				}
			}
			is("pay", want.pay, b.pay(id))
			is("pay again", want.payAgain, b.pay(id))
			b.sim.MoveClock(61 * time.Minute)
			is("pay again, late", want.payLate, b.pay(id))
			if kept := b.booking(id); kept.Status != Paid || kept.PayCount != want.charged || !kept.PaidAt.Equal(kept.CreatedAt) {
				t.Errorf("ledger %+v", kept)
			}
			is("cancel", want.cancel, b.cancel(id))
			at := b.booking(id).CancelledAt
			b.sim.MoveClock(time.Minute)
			is("cancel again", want.cancelAgain, b.cancel(id))
			is("pay when cancelled", want.payCancelled, b.pay(id))
			is("read", want.read, b.call("GET", "/v3/bookings/"+id, nil))
			if kept := b.booking(id); kept.Status != Cancelled || kept.PayCount != want.charged || !kept.CancelledAt.Equal(at) {
				t.Errorf("ledger %+v", kept)
			}
		})
	}
}

// The published rules hold in every profile.
func TestProfilesKeepThePublishedRules(t *testing.T) {
	t.Parallel()
	for _, profile := range Profiles() {
		t.Run(profile, func(t *testing.T) {
			t.Parallel()
			b := as(t, profile)
			late, plain := b.created(nil), b.created(nil)
			b.cancel(plain).refused(t, http.StatusConflict, "not_cancellable") // not paid
			b.pay(plain)
			b.cancel(plain).refused(t, http.StatusConflict, "not_cancellable") // not insured
			b.sim.MoveClock(61 * time.Minute)
			b.pay(late).refused(t, http.StatusGone, "expired")
			b.pay("1").refused(t, http.StatusNotFound, "not_found")
			b.cancel("1").refused(t, http.StatusNotFound, "not_found")
			if got := b.booking(late); got.Status != Void || got.PayCount != 0 {
				t.Errorf("ledger %+v", got)
			}
			if n := len(b.sim.Ledger()); n != 2 {
				t.Errorf("%d bookings", n)
			}
		})
	}
}

// A create never finds an earlier one again.
func TestACreateIsNeverTheSame(t *testing.T) {
	t.Parallel()
	for _, profile := range Profiles() {
		b := as(t, profile)
		if first, second := b.created(nil), b.created(nil); first == second {
			t.Errorf("%s: booking %s twice", profile, first)
		}
	}
}

func TestCancelOnceTheStayHasBegun(t *testing.T) {
	t.Parallel()
	for profile, want := range map[string]Status{ProfileHostile: Paid, ProfileDocumented: Cancelled, ProfileFriendly: Cancelled} {
		b := as(t, profile)
		id := b.created(fields{"services": []string{insurance}})
		b.pay(id)
		b.sim.MoveClock(11 * 24 * time.Hour)
		b.cancel(id)
		if got := b.booking(id).Status; got != want {
			t.Errorf("%s: %s, want %s", profile, got, want)
		}
	}
}

func TestHostileCreateWritesNumbersAsText(t *testing.T) {
	t.Parallel()
	got := as(t, ProfileHostile).call("POST", "/v3/bookings", goodOrder())
	want := `{"car_id":"301","contact_id":"501","currency":"EUR","id":"9001","price":"129.76","services":[]}`
	if got.status != http.StatusCreated || got.text != want {
		t.Errorf("%d %s", got.status, got.text)
	}
}

// Faults spoil the whole answer, however little a good one says.
func TestHostileFaults(t *testing.T) {
	t.Parallel()
	for kind, look := range map[string]looks{"truncated": halved, "huge": fat, "wrong_types": twisted, "html": html(200), "500_after": coded(500, "internal_error")} {
		b := as(t, ProfileHostile)
		id := b.created(nil)
		if err := b.sim.SetFault(Fault{Endpoint: EndpointPay, Kind: kind}); err != nil {
			t.Fatal(err)
		}
		look(t, b.pay(id))
		if b.booking(id).PayCount != 1 {
			t.Errorf("%s: not paid", kind)
		}
	}
}

func TestReading(t *testing.T) {
	t.Parallel()
	b := as(t, ProfileFriendly)
	id := b.created(nil)
	read := func() reply { return b.call("GET", "/v3/bookings/"+id, nil) }
	if got := read(); got.said() != "OK pending" || got.fields["price"] != 129.76 || got.fields["reference"] != "EC-9001" || got.fields["paid_at"] != nil {
		t.Errorf("pending: %s", got.text)
	}
	b.sim.MoveClock(61 * time.Minute)
	if got := read(); got.said() != "OK void" {
		t.Errorf("void: %s", got.text)
	}
	b.call("GET", "/v3/bookings/1", nil).refused(t, http.StatusNotFound, "not_found")
	b.send("GET", "/v3/bookings/"+id, nil, nil).refused(t, http.StatusUnauthorized, "unauthorized")
}

func TestProfileIsKept(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "ledger.json")
	first := start(t, file)
	if err := first.sim.SetProfile(ProfileHostile); err != nil {
		t.Fatal(err)
	}
	if got := start(t, file).sim.Profile(); got != ProfileHostile {
		t.Errorf("after a restart: %s", got)
	}
	now := time.Now()
	named, err := New(Options{Now: func() time.Time { return now }, File: file, Profile: ProfileFriendly})
	if err != nil || named.Profile() != ProfileFriendly {
		t.Errorf("the one that is named: %v", err)
	}
	if got := start(t, file).sim.Profile(); got != ProfileFriendly {
		t.Errorf("after the next restart: %s", got)
	}
	if err := named.SetProfile("moody"); err == nil || named.Profile() != ProfileFriendly {
		t.Errorf("an unknown one: %v", err)
	}
}

func TestProfileByControlAndPage(t *testing.T) {
	t.Parallel()
	b := start(t, "")
	if got := b.control("POST", "/_control/profile", `{"profile":"friendly"}`); got.status != 200 || got.fields["profile"] != ProfileFriendly {
		t.Errorf("%d %s", got.status, got.text)
	}
	if got := b.control("POST", "/_control/profile", `{}`); got.status != 400 || b.sim.Profile() != ProfileFriendly {
		t.Errorf("none: %d %s", got.status, got.text)
	}
	if got := b.form("/page/profile", url.Values{"profile": {ProfileHostile}}); got.status != http.StatusSeeOther || b.sim.Profile() != ProfileHostile {
		t.Errorf("%d %s", got.status, got.text)
	}
	if got := b.form("/page/profile", url.Values{"profile": {"moody"}}); got.status != http.StatusUnprocessableEntity {
		t.Errorf("unknown: %d", got.status)
	}
	if got := b.control("GET", "/", ""); !strings.Contains(got.text, "<option selected>hostile</option>") {
		t.Errorf("page: %s", got.text)
	}
}

func TestKeysByControlAndPage(t *testing.T) {
	t.Parallel()
	b := start(t, "")
	status := func() int { return b.call("GET", "/v3/zones", nil).status }
	if got := b.control("POST", "/_control/keys", `{"keys":["new"]}`); got.status != 200 || status() != http.StatusUnauthorized {
		t.Errorf("renewed: %d, then %d", got.status, status())
	}
	for _, bad := range []string{`{}`, `{"keys":[]}`, `{"keys":[""]}`, `{"keys":"new"}`} {
		if got := b.control("POST", "/_control/keys", bad); got.status != 400 {
			t.Errorf("%s: %d", bad, got.status)
		}
	}
	if b.form("/page/keys", url.Values{"keys": {" new  " + DefaultKey}}); status() != http.StatusOK {
		t.Error("while two keys overlap")
	}
	if got := Profiles(); !slices.Equal(got, []string{"hostile", "documented", "friendly"}) {
		t.Errorf("profiles %v", got)
	}
}
