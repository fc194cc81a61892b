package app_test

import (
	"context"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"guichet/internal/app"
	"guichet/internal/config"
	"guichet/internal/dbtest"
	"guichet/internal/localpg"
	"guichet/internal/restore"
	"guichet/internal/simulator"
)

// A dump that is restored into another database, against a supplier of each kind.
func TestDrillDump(t *testing.T) {
	t.Parallel()
	for _, profile := range simulator.Profiles() {
		t.Run(profile, func(t *testing.T) {
			t.Parallel()
			database, restored := dbtest.URL(t), dbtest.URL(t)
			d := newDrill(t, profile, database)
			dump := filepath.Join(t.TempDir(), "dump")
			d.run(func() { d.tool(database, "pg_dump", "-Fc", "-f", dump, database) }, func() string {
				d.tool(restored, "pg_restore", "--clean", "--if-exists", "-d", restored, dump)
				return restored
			}, restore.SignDatabase, restore.SignTable, restore.SignRow, restore.SignClaim)
		})
	}
}

// server is a PostgreSQL of its own, with the portal's schema on it or what is in
// its folder already.
func server(t *testing.T, folder string) (*localpg.Server, string) {
	t.Helper()
	pg, err := localpg.Start(t.Context(), localpg.Options{Dir: folder, Fast: true, Copies: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := pg.Stop(); err != nil {
			t.Error(err)
		}
	})
	return pg, pg.URL("guichet")
}

// newServer migrates it.
func newServer(t *testing.T, folder string) (*localpg.Server, string) {
	t.Helper()
	pg, database := server(t, folder)
	if err := pg.CreateDatabase(t.Context(), "guichet"); err != nil {
		t.Fatal(err)
	}
	if err := app.Migrate(t.Context(), config.Config{DatabaseURL: database}, io.Discard); err != nil {
		t.Fatal(err)
	}
	return pg, database
}

// copyServer makes a base backup in another folder.
func (d *drill) copyServer(pg *localpg.Server, to string, args ...string) {
	d.t.Helper()
	if err := pg.Copy(d.t.Context(), to, args...); err != nil {
		d.t.Fatal(err)
	}
}

// write appends settings to a stopped server's folder, and makes a signal file.
func (d *drill) write(folder, settings, signal string) {
	d.t.Helper()
	script := `printf '%s' "$1" >> "$0/data/postgresql.auto.conf"; [ -z "$2" ] || : > "$0/data/$2"; chown -R --reference="$0/data/base" "$0/data"`
	if out, err := exec.CommandContext(d.t.Context(), "sh", "-c", script, folder, settings, signal).CombinedOutput(); err != nil {
		d.t.Fatalf("%v\n%s", err, out)
	}
}

// leads promotes a server, and waits until its control file says so.
func (d *drill) leads(database string) {
	d.t.Helper()
	d.query(database, `SELECT pg_promote()`, nil, new(bool))
	conn, err := pgx.Connect(d.t.Context(), database)
	if err != nil {
		d.t.Fatal(err)
	}
	defer func() { _ = conn.Close(d.t.Context()) }()
	if _, err := conn.Exec(d.t.Context(), `CHECKPOINT`); err != nil {
		d.t.Fatal(err)
	}
}

// A base backup that is started as it is: no sign differs, the claims are gone.
func TestDrillBaseBackup(t *testing.T) {
	t.Parallel()
	second := t.TempDir()
	pg, database := newServer(t, t.TempDir())
	d := newDrill(t, simulator.ProfileHostile, database)
	d.run(func() { d.copyServer(pg, second) }, func() string {
		_, restored := server(t, second)
		return restored
	}, restore.SignClaim)
}

// A base backup with the write-ahead log up to a point in time before the last
// sales.
func TestDrillPointInTime(t *testing.T) {
	t.Parallel()
	first, second := t.TempDir(), t.TempDir()
	pg, database := newServer(t, first)
	d := newDrill(t, simulator.ProfileHostile, database)
	d.copyServer(pg, second)
	d.run(func() { d.query(database, `SELECT pg_create_restore_point('backup')::text`, nil, new(string)) }, func() string {
		d.query(database, `SELECT pg_switch_wal()::text`, nil, new(string))
		log, err := filepath.EvalSymlinks(filepath.Join(first, "data", "pg_wal"))
		if err != nil {
			t.Fatal(err)
		}
		d.write(second, fmt.Sprintf("restore_command = 'cp %s/%%f %%p'\nrecovery_target_name = 'backup'\nrecovery_target_action = 'pause'\n", log), "recovery.signal")
		_, restored := server(t, second)
		c := d.c
		c.DatabaseURL, c.OwnerDatabaseURL = restored, restored
		if p, err := app.Open(t.Context(), c, time.Now, quiet); err == nil {
			p.Close()
			t.Error("it serves on a server in recovery")
		}
		d.leads(restored)
		return restored
	}, restore.SignClaim, restore.SignTimeline)
}

// A replica that was promoted goes on when it holds the last claim, and only then.
func TestDrillPromotion(t *testing.T) {
	t.Parallel()
	for name, behind := range map[string]bool{"with the last claim": false, "without it": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			second := t.TempDir()
			pg, database := newServer(t, t.TempDir())
			d := newDrill(t, simulator.ProfileHostile, database)
			d.sell(d.quote("AA-000-AA"))
			d.copyServer(pg, second, "-R")
			a, err := d.book(d.quote("AA-001-AA"))
			if err != nil {
				t.Fatal(err)
			}
			replica, restored := server(t, second)
			if behind {
				d.follows(database, restored)
				if err := replica.Stop(); err != nil {
					t.Fatal(err)
				}
			}
			d.sell(d.quote("AA-002-AA"))
			if !behind {
				d.follows(database, restored)
			}
			d.portal.Close()
			if err := pg.Kill(); err != nil {
				t.Fatal(err)
			}
			if behind {
				_, restored = server(t, second)
			}
			d.leads(restored)
			d.open(restored)
			if d.frozen() != behind || d.now(a.Ref).Uncompared != behind {
				t.Errorf("frozen %v, A uncompared %v", d.frozen(), d.now(a.Ref).Uncompared)
			}
			if a, err = d.pay(d.now(a.Ref)); behind == (err == nil) {
				t.Errorf("pay A: %s, %v", a.State, err)
			}
		})
	}
}

// follows waits until a replica has replayed what its primary has written.
func (d *drill) follows(primary, replica string) {
	d.t.Helper()
	var at string
	d.query(primary, `SELECT pg_current_wal_lsn()::text`, nil, &at)
	ctx, cancel := context.WithTimeout(d.t.Context(), 30*time.Second)
	defer cancel()
	for there := false; !there; {
		if ctx.Err() != nil {
			d.t.Fatal("the replica does not follow")
		}
		d.query(replica, `SELECT coalesce(pg_last_wal_replay_lsn() >= $1::pg_lsn, false)`, []any{at}, &there)
	}
}
