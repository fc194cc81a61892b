package booking_test

import (
	"errors"
	"testing"
	"time"

	"guichet/internal/account"
	"guichet/internal/booking"
)

func TestKnownTimezone(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"Europe/Paris": true, "Indian/Reunion": true, "UTC": true, "America/Argentina/Buenos_Aires": true,
		"": false, "Local": false, "localtime": false, "posixrules": false, "right/Europe/Paris": false, "Paris": false,
		"europe/paris": false, "../Europe/Paris": false, "/usr/share/zoneinfo/Europe/Paris": false, "Europe/Paris ": false, "+02:00": false,
	} {
		if got := booking.KnownTimezone(name); got != want {
			t.Errorf("%q: %v", name, got)
		}
	}
}

func TestGoodAnswer(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		outcome booking.Outcome
		code    string
		want    bool
	}{
		{booking.OutcomeOK, "", true},
		{booking.OutcomeOK, "already_paid", true},
		{booking.OutcomeRefused, "unavailable", true},
		{booking.OutcomeRefused, "validation_failed", true},
		{booking.OutcomeRefused, "unauthorized", false},
		{booking.OutcomeRefused, "rate_limited", false},
		{booking.OutcomeRefused, "environment_required", false},
		{booking.OutcomeUnknown, "internal_error", false},
		{booking.OutcomeNotSent, "", false},
	} {
		if got := booking.GoodAnswer(c.outcome, c.code); got != c.want {
			t.Errorf("%s %s: %v", c.outcome, c.code, got)
		}
	}
}

// Only an admin decides about zones, whoever calls.
func TestOnlyAdminsDecideAboutZones(t *testing.T) {
	t.Parallel()
	c := newEnv(t)
	for _, a := range []account.Actor{c.agent, c.other, c.desk, {}} {
		_, err := c.RefreshZonesNow(t.Context(), a)
		if !errors.Is(err, booking.ErrForbidden) {
			t.Errorf("%s refreshes: %v", a.Role, err)
		}
		if err := c.AcceptZones(t.Context(), a, 0); !errors.Is(err, booking.ErrForbidden) {
			t.Errorf("%s accepts: %v", a.Role, err)
		}
		if err := c.SetTimezone(t.Context(), a, "1", "Europe/Paris"); !errors.Is(err, booking.ErrForbidden) {
			t.Errorf("%s sets a timezone: %v", a.Role, err)
		}
	}
	if len(c.sim.Calls()) != 1 {
		t.Errorf("the supplier was asked %d times", len(c.sim.Calls()))
	}
}

// A timezone counts for new quotes; quotes and bookings keep the one that they
// were made in.
func TestWhatExistsKeepsItsTimezone(t *testing.T) {
	t.Parallel()
	c := newEnv(t)
	d, b := c.quoted("AB-200-CD"), c.held("AB-201-CD")
	if _, err := c.pool.Exec(t.Context(), `UPDATE zones SET timezone = '' WHERE supplier_id = $1`, b.Stay.ZoneID); err != nil {
		t.Fatal(err)
	}
	admin := account.Actor{UserID: c.desk.UserID, Role: account.Admin}
	err := c.SetTimezone(t.Context(), admin, b.Stay.ZoneID, "Indian/Reunion")
	if err != nil {
		t.Fatal(err)
	}
	if got := c.now(b.Ref).Stay; got != b.Stay || got.Timezone != "Europe/Paris" {
		t.Errorf("the booking's stay is %+v, was %+v", got, b.Stay)
	}
	sold, err := c.Book(t.Context(), c.agent, c.request(d))
	if err != nil || sold.Stay.Timezone != "Europe/Paris" || !sold.Stay.From.Equal(d.Stay.From) {
		t.Errorf("the quote is sold as %+v, %v", sold.Stay, err)
	}
	if fresh := c.quote(t.Context(), time.Now().AddDate(0, 0, 30)); fresh.Stay.Timezone != "Indian/Reunion" {
		t.Errorf("a new quote is in %s", fresh.Stay.Timezone)
	}
}
