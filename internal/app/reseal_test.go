package app_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"guichet/internal/account"
	"guichet/internal/app"
	"guichet/internal/auth"
	"guichet/internal/dbtest"
	"guichet/internal/postgres"
)

// secrets is what people and the portal have sealed, as it reads when it is opened.
func (x *books) secrets() (string, error) {
	x.t.Helper()
	ctx := x.t.Context()
	store := postgres.NewAuth(x.portal.People)
	f, err := store.Factor(ctx, x.agent.UserID)
	form, err2 := store.SavedForm(ctx, x.agent.UserID)
	keys, err3 := postgres.NewKeyring(x.portal.People).Live(ctx, "simulator")
	mark, err4 := x.portal.People.Fingerprint(ctx, "Lévy")
	return fmt.Sprint(f.Secret, string(form), keys, mark), errors.Join(err, err2, err3, err4)
}

// A new key takes over: from a start with both on, everything new is under it; after
// the reseal the old one is needed by nothing, and no history is rewritten.
func TestANewSecretKeyTakesOver(t *testing.T) {
	t.Parallel()
	x := newBooks(t)
	ctx := t.Context()
	x.sell(2)
	x.seal()
	admin := account.Actor{UserID: x.agent.UserID, Role: account.Admin}
	store := postgres.NewAuth(x.portal.People)
	err := errors.Join(
		store.BeginFactor(ctx, x.agent.UserID, "JBSWY3DPEHPK3PXP", "here"), store.SaveForm(ctx, x.agent.UserID, []byte("a form"), time.Hour),
		x.portal.Keys.Add(ctx, admin, "simulator", "the-first-key-AAAA"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := x.owner.Exec(ctx, `UPDATE second_factors SET secret = candidate, candidate = NULL, confirmed_at = now();
		UPDATE supplier_keys SET active = true, test_passed = true`); err != nil {
		t.Fatal(err)
	}
	browser, err := x.portal.Auth.RememberBrowser("agent@example.test")
	if err != nil {
		t.Fatal(err)
	}
	before, err := x.secrets()
	if err != nil || !strings.Contains(before, "JBSWY3DPEHPK3PXPa form[the-first-key-AAAA]") {
		t.Fatal(before, err)
	}
	dbtest.MoveClock(t, x.owner, 10*time.Minute)
	kept, _ := x.verify(app.Heads{Print: true})
	history := x.text(`SELECT (SELECT md5(string_agg(e::text, ',' ORDER BY booking_id, seq)) FROM booking_events e)
		|| (SELECT md5(string_agg(s::text, ',' ORDER BY number)) FROM history_seals s) || (SELECT md5(string_agg(a::text, ',' ORDER BY id)) FROM audit a)`)

	alone := func() error {
		t.Helper()
		c := x.c
		c.SecretKey = otherSealing
		portal, err := app.Open(ctx, c, time.Now, quiet)
		if err == nil {
			portal.Close()
		}
		return err
	}
	if err := alone(); err == nil || !strings.Contains(err.Error(), "GUICHET_SECRET_KEY is not the key") {
		t.Errorf("the new key alone, before: %v", err)
	}
	x.c.SecretKey = otherSealing + "," + sealing
	x.open()
	if now, err := x.secrets(); now != before || err != nil {
		t.Errorf("with both: %s, %v; was %s", now, err, before)
	}
	var said strings.Builder
	if err := app.Reseal(ctx, x.c, &said); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		"second_factors.secret: 1 sealed anew, 0 were already", "supplier_keys.sealed: 1 sealed anew, 0 were already",
		"kept_forms.form: 1 sealed anew, 0 were already", "sealed_keys.sealed: 2 sealed anew, 0 were already", "is needed by nothing",
	} {
		if !strings.Contains(said.String(), line) {
			t.Errorf("%q is not in:\n%s", line, said.String())
		}
	}
	x.sell(1) // a node that runs meanwhile
	said.Reset()
	if err := app.Reseal(ctx, x.c, &said); err != nil || strings.Contains(said.String(), " 1 sealed") || !strings.Contains(said.String(), "sealed_keys.sealed: 0 sealed anew, 2 were already") {
		t.Errorf("a second time: %v\n%s", err, said.String())
	}

	x.c.SecretKey = otherSealing
	x.open()
	if now, err := x.secrets(); now != before || err != nil {
		t.Errorf("with the new one alone: %s, %v; was %s", now, err, before)
	}
	x.seal()
	x.well()
	if said, well := x.verify(app.Heads{Kept: kept}); !well || !strings.Contains(said, "all that the head of") {
		t.Errorf("a head of before: %v\n%s", well, said)
	}
	again := x.text(`SELECT (SELECT md5(string_agg(e::text, ',' ORDER BY booking_id, seq)) FROM booking_events e WHERE booking_id < 3)
		|| (SELECT md5(string_agg(s::text, ',' ORDER BY number)) FROM history_seals s WHERE kind = 'events' OR number = 1) || (SELECT md5(string_agg(a::text, ',' ORDER BY id)) FROM audit a WHERE id <= 3)`)
	if again != history {
		t.Error("history was rewritten")
	}
	if _, err := x.owner.Exec(ctx, `DELETE FROM rate_limits`); err != nil {
		t.Fatal(err)
	}
	x.guessed("agent@example.test")
	limited := new(auth.LimitedError)
	if _, err := x.portal.Auth.SignIn(ctx, "agent@example.test", "wrong", "192.0.2.1", browser); !errors.As(err, &limited) {
		t.Errorf("a browser that was known under the old key: %v", err)
	}
}

// guessed makes as many wrong tries as are allowed.
func (x *books) guessed(email string) {
	x.t.Helper()
	for range 10 {
		if _, err := x.portal.Auth.SignIn(x.t.Context(), email, "not the password", "192.0.2.1", ""); !errors.Is(err, auth.ErrSignIn) {
			x.t.Fatal(err)
		}
	}
}

func (x *books) text(sql string) (text string) {
	x.t.Helper()
	if err := x.owner.QueryRow(x.t.Context(), sql).Scan(&text); err != nil {
		x.t.Fatal(err)
	}
	return text
}

// What no key opens is named, and all else is sealed anew; more rows than one batch.
func TestResealNamesWhatIsLost(t *testing.T) {
	t.Parallel()
	x := newBooks(t)
	const people = `
		WITH u AS (INSERT INTO users (email, name, role, language, password_hash) SELECT 'u' || n || '@example.test', 'U', 'admin', 'fr', '' FROM generate_series(1, 450) n RETURNING id)
		INSERT INTO kept_forms (user_id, form, expires_at) SELECT id, '', now() FROM u`
	if _, err := x.owner.Exec(t.Context(), people); err != nil {
		t.Fatal(err)
	}
	store := postgres.NewAuth(x.portal.People)
	rows, err := x.owner.Query(t.Context(), `SELECT user_id FROM kept_forms ORDER BY 1`)
	if err != nil {
		t.Fatal(err)
	}
	var ids []int64
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	for _, id := range ids[1:] {
		if err := store.SaveForm(t.Context(), id, []byte("x"), time.Hour); err != nil {
			t.Fatal(err)
		}
	}
	x.c.SecretKey = otherSealing + "," + sealing
	var said strings.Builder
	err = app.Reseal(t.Context(), x.c, &said)
	if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("no key of GUICHET_SECRET_KEY opens kept_forms/%d:", ids[0])) {
		t.Errorf("%v", err)
	}
	if !strings.Contains(said.String(), "kept_forms.form: 449 sealed anew") || !strings.Contains(said.String(), "sealed_keys.sealed: 2 sealed anew") {
		t.Errorf("%s", said.String())
	}
	x.c.SecretKey = "//////////////////////////////////////////8=," + "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
	if err := app.Reseal(t.Context(), x.c, &said); err == nil || !strings.Contains(err.Error(), "GUICHET_SECRET_KEY is not the key") {
		t.Errorf("two wrong keys: %v", err)
	}
}
