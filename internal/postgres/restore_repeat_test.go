package postgres_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"guichet/internal/account"
	"guichet/internal/dbtest"
	"guichet/internal/postgres"
	"guichet/internal/restore"
)

// kept is a log of removals in memory, and people to take something away from.
type kept struct {
	t        *testing.T
	pool     *pgxpool.Pool
	accounts *postgres.Accounts
	log      restore.Log
	crash    context.CancelFunc // at the next removal, before it is committed
}

func newKept(t *testing.T) *kept {
	t.Helper()
	k := &kept{t: t, pool: dbtest.New(t), log: restore.Log{Name: "log", Since: time.Now().Add(-time.Hour)}}
	k.accounts = postgres.NewAccounts(k.pool)
	k.accounts.Removed = func(_ context.Context, r restore.Removal) {
		k.log.Removals = append(k.log.Removals, r)
		if k.crash != nil {
			k.crash()
		}
	}
	return k
}

func (k *kept) person(name string, role account.Role) account.User {
	k.t.Helper()
	u, err := k.accounts.CreateUser(k.t.Context(), account.User{Email: name + "@example.test", Name: name, Role: role, PasswordHash: "x"})
	if err != nil {
		k.t.Fatal(err)
	}
	return u
}

func (k *kept) suspend(ctx context.Context, u account.User, suspended bool) error {
	return k.accounts.InTx(ctx, func(tx account.Tx) error {
		before, err := tx.LockPerson(ctx, u.ID)
		after := before
		after.Suspended = suspended
		return errors.Join(err, tx.SavePerson(ctx, before, after), tx.Audit(ctx, account.AuditEntry{SubjectID: u.ID, Action: account.DidSuspend}))
	})
}

// restore puts a restore on record, after which somebody reads the log.
func (k *kept) restored() restore.Event {
	k.t.Helper()
	var e restore.Event
	k.conn(func(w postgres.Witnessed) error {
		f, err := w.Record(k.t.Context(), restore.Event{}, nil, func(restore.Found) []restore.Sign { return []restore.Sign{restore.SignRow} })
		e = f.Latest
		return err
	})
	return e
}

func (k *kept) conn(do func(postgres.Witnessed) error) {
	k.t.Helper()
	if err := k.pool.AcquireFunc(k.t.Context(), func(c *pgxpool.Conn) error { return do(postgres.Witnessed{Conn: c.Conn()}) }); err != nil {
		k.t.Fatal(err)
	}
}

func (k *kept) repeat(e restore.Event, logs ...restore.Log) {
	k.t.Helper()
	k.conn(func(w postgres.Witnessed) error { return w.Repeat(k.t.Context(), e, logs) })
}

func (k *kept) suspended(u account.User) (is bool) {
	k.t.Helper()
	if err := k.pool.QueryRow(k.t.Context(), `SELECT suspended FROM users WHERE id = $1`, u.ID).Scan(&is); err != nil {
		k.t.Fatal(err)
	}
	return is
}

// forget takes what the database knows of removals out of it, and gives everybody
// back, as a backup of before does.
func (k *kept) forget() {
	k.t.Helper()
	if _, err := k.pool.Exec(k.t.Context(), `SET session_replication_role = replica; DELETE FROM removals; UPDATE users SET suspended = false; RESET session_replication_role`); err != nil {
		k.t.Fatal(err)
	}
}

// A process that dies between the log's line and COMMIT has taken nothing away: it is
// done after the next restore, since somebody did ask for it. One that dies after
// COMMIT has: nothing is repeated, so that who was let in since stays in.
func TestACrashBetweenTheLogAndCommit(t *testing.T) {
	t.Parallel()
	k := newKept(t)
	asked, done := k.person("asked", account.CustomerService), k.person("done", account.CustomerService)
	ctx, cancel := context.WithCancel(t.Context())
	k.crash = cancel
	if err := k.suspend(ctx, asked, true); err == nil || k.suspended(asked) || len(k.log.Removals) != 1 {
		t.Fatalf("the crash: %v, suspended %v, %d lines", err, k.suspended(asked), len(k.log.Removals))
	}
	k.crash = nil
	if err := k.suspend(t.Context(), done, true); err != nil || len(k.log.Removals) != 2 {
		t.Fatalf("%v, %d lines", err, len(k.log.Removals))
	}
	if _, err := k.pool.Exec(t.Context(), `UPDATE users SET suspended = false WHERE id = $1`, done.ID); err != nil {
		t.Fatal(err)
	}
	e := k.restored()
	k.repeat(e, k.log)
	k.repeat(e, k.log)
	if !k.suspended(asked) || k.suspended(done) {
		t.Errorf("asked for and not committed: %v; committed: %v", k.suspended(asked), k.suspended(done))
	}
	r, err := k.accounts.Repeats(t.Context(), e.ID)
	if err != nil || r.Suspended != 1 || len(r.Lost) != 1 || r.Waiting() != 0 || r.Logs != 1 {
		t.Errorf("%+v, %v", r, err)
	}
}

// The last admin who can sign in stays one: what a log says of that person waits for a
// decision. Of several who were suspended, the latest is left.
func TestTheLastAdminIsNotRepeated(t *testing.T) {
	t.Parallel()
	k := newKept(t)
	one, two := k.person("one", account.Admin), k.person("two", account.Admin)
	third := k.person("third", account.Admin)
	if err := errors.Join(k.suspend(t.Context(), one, true), k.suspend(t.Context(), two, true)); err != nil {
		t.Fatal(err)
	}
	k.forget()
	if _, err := k.pool.Exec(t.Context(), `UPDATE users SET password_hash = '' WHERE id = $1`, third.ID); err != nil { // invited only, in the backup
		t.Fatal(err)
	}
	e := k.restored()
	k.repeat(e, k.log)
	if !k.suspended(one) || k.suspended(two) {
		t.Errorf("one %v, two %v", k.suspended(one), k.suspended(two))
	}
	r, err := k.accounts.Repeats(t.Context(), e.ID)
	if err != nil || r.Suspended != 1 || r.Waiting() != 1 || len(r.Lost) != 2 || r.Lost[1].Handle != two.Handle || r.Lost[1].Ending != restore.Open {
		t.Errorf("%+v, %v", r, err)
	}
}

// A node that starts later, with a log of its own, does not take away what an admin
// has given back since the restore.
func TestALateLogTakesNothingBack(t *testing.T) {
	t.Parallel()
	k := newKept(t)
	k.person("admin", account.Admin)
	back, gone := k.person("back", account.CustomerService), k.person("gone", account.CustomerService)
	if err := errors.Join(k.suspend(t.Context(), back, true), k.suspend(t.Context(), gone, true)); err != nil {
		t.Fatal(err)
	}
	late := k.log
	late.Name, k.log.Removals = "late", nil
	k.forget()
	e := k.restored()
	k.repeat(e, k.log)
	if err := errors.Join(k.suspend(t.Context(), back, true), k.suspend(t.Context(), back, false)); err != nil {
		t.Fatal(err)
	}
	k.repeat(e, late, k.log)
	if k.suspended(back) || !k.suspended(gone) {
		t.Errorf("who was let in since: %v; who was not: %v", k.suspended(back), k.suspended(gone))
	}
	if r, err := k.accounts.Repeats(t.Context(), e.ID); err != nil || r.Logs != 2 || r.Suspended != 1 {
		t.Errorf("%+v, %v", r, err)
	}
}

// Logs of nodes that ran when the backup was made and that nobody has read yet are
// said, and so are lines that could not be read.
func TestWhichLogsAreMissing(t *testing.T) {
	t.Parallel()
	k := newKept(t)
	for name, sql := range map[string]string{
		"log": `clock_timestamp()`, "elsewhere": `clock_timestamp() - interval '1 minute'`, "long gone": `clock_timestamp() - interval '5 hours'`, "": `clock_timestamp()`,
	} {
		if _, err := k.pool.Exec(t.Context(), `INSERT INTO nodes (name, build, ahead, log, seen_at) VALUES ('node ' || $1, 'b', '0', $1, `+sql+`)`, name); err != nil {
			t.Fatal(err)
		}
	}
	if err := k.suspend(t.Context(), k.person("gone", account.CustomerService), true); err != nil { // what the data end with
		t.Fatal(err)
	}
	e := k.restored()
	k.repeat(e, k.log)
	look := func() restore.Repeats {
		r, err := k.accounts.Repeats(t.Context(), e.ID)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	if r := look(); r.Logs != 1 || r.Unheard != 1 || r.Complete() || !r.Begun() {
		t.Errorf("one is not read: %+v", r)
	}
	k.repeat(e, restore.Log{Name: "elsewhere", Since: k.log.Since})
	if r := look(); r.Logs != 2 || r.Unheard != 0 || !r.Complete() {
		t.Errorf("both are read: %+v", r)
	}
	k.repeat(e, restore.Log{Name: "a third", Since: k.log.Since, Torn: 2})
	if r := look(); r.Unread != 2 || r.Complete() || !r.Begun() {
		t.Errorf("two lines cannot be read: %+v", r)
	}
}

// A backup that was restored to a server whose clock is behind is the latest one on
// record all the same.
func TestARestoreWithAClockThatIsBehind(t *testing.T) {
	t.Parallel()
	k := newKept(t)
	dbtest.MoveClock(t, k.pool, time.Hour)
	first := k.restored()
	dbtest.MoveClock(t, k.pool, 0)
	second := k.restored()
	if !second.NoticedAt.After(first.NoticedAt) {
		t.Errorf("%s, then %s", first.NoticedAt, second.NoticedAt)
	}
	k.conn(func(w postgres.Witnessed) error {
		found, err := w.Look(t.Context(), nil)
		if found.Latest.ID != second.ID {
			t.Errorf("the latest: %+v", found.Latest)
		}
		return err
	})
}
