package migrations_test

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"

	"github.com/pressly/goose/v3"

	"guichet/migrations"
)

// before migrates an empty database up to a version.
func before(t *testing.T, version int64) *sql.DB {
	t.Helper()
	db := emptyDatabase(t)
	provider, err := goose.NewProvider(goose.DialectPostgres, db, migrations.Files(), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := provider.UpTo(t.Context(), version); err != nil {
		t.Fatal(err)
	}
	return db
}

// oldPeople and oldBooking are what the portal wrote before findings were rows
// of their own. The agent declared the payment on the first at 10:00.
const oldPeople = `
	INSERT INTO agencies (name, code, timezone, payment_methods) VALUES ('One', 'one', 'Europe/Paris', '{cash}');
	INSERT INTO users (email, name, role, agency_id, language, theme, password_hash) VALUES
		('agent@example.test', 'Agent', 'agent', 1, 'fr', 'auto', 'x'),
		('ana@example.test', 'Ana', 'customer_service', NULL, 'fr', 'auto', 'x'),
		('bea@example.test', 'Bea', 'customer_service', NULL, 'fr', 'auto', 'x')`

const oldBooking = `
	INSERT INTO bookings (ref, state, version, agency_id, user_id, environment, draft_id, sale_id, zone_id, zone_code, zone_name, zone_kind, city,
		timezone, from_wall, to_wall, from_at, to_at, quote, services, total_cents, currency, first_name, last_name, email, phone, country, language,
		make, model, color, plate, supplier_id, t0, pay_by, deadline, fence, created_at, changed_at, insured, paid_at, paid_by)
	VALUES ('GU-%[1]d', '%[2]s', %[3]d, 1, 1, 'simulator', 'd%[1]d', 's%[1]d', '1', 'CDG', 'Roissy', 'airport', 'Paris',
		'Europe/Paris', '2026-12-01', '2026-12-08', '2026-12-01', '2026-12-08', '{}', '{}', 1000, 'EUR', '', '', '', '', '', 'fr',
		'', '', '', '', 'id%[1]d', '2026-11-01 09:30Z', '2026-11-01 10:29Z', '2026-11-01 10:30Z', '2026-11-01 10:40Z',
		'2026-11-01 09:30Z', '2026-11-01 09:30Z', true, %[4]s)`

// Each life: the final state, paid_at and paid_by, attempts, events, notes.
var oldLives = []struct{ state, paid, attempts, events, notes string }{
	{ // 1: unknown for a lost answer, found paid by Ana two days later
		"confirmed", `'2026-11-03 12:00Z', 'Ana'`,
		`(1, 1, 'create', 'ok', '2026-11-01 09:30Z', '2026-11-01 09:30:01Z', 201), (2, 1, 'pay', 'ok', '2026-11-01 10:00Z', '2026-11-03 12:00:00.01Z', 500)`,
		`(1, 1, 'submit', '', 'creating', 1, 'Agent', 'agent', '', 1, '2026-11-01 09:30Z'), (1, 2, 'create_ok', 'creating', 'held', NULL, 'supplier', 'supplier', 'ok', 1, '2026-11-01 09:30:01Z'),
		 (1, 3, 'pay', 'held', 'paying', 1, 'Agent', 'agent', '', 2, '2026-11-01 10:00Z'), (1, 4, 'pay_lost', 'paying', 'pay_unknown', NULL, 'supplier', 'supplier', 'unknown', 2, '2026-11-01 10:00:00.017Z'),
		 (1, 5, 'late_paid', 'pay_unknown', 'confirmed', 2, 'Ana', 'customer_service', 'paid', NULL, '2026-11-03 12:00Z')`,
		`(1, 'evidence', 'paid', 'phone', 'Mme Bernard', 'T-81', 'she sees it', 2, '2026-11-03 12:00:00.02Z', NULL)`,
	},
	{ // 2: the late answer itself confirmed it: it stays ok
		"confirmed", `'2026-11-01 10:20Z', 'Agent'`,
		`(3, 2, 'pay', 'ok', '2026-11-01 10:00Z', '2026-11-01 10:20Z', 200)`,
		`(2, 1, 'pay', 'held', 'paying', 1, 'Agent', 'agent', '', 3, '2026-11-01 10:00Z'), (2, 2, 'pay_lost', 'paying', 'pay_unknown', NULL, 'clock', 'job', 'lease', 3, '2026-11-01 10:01Z'),
		 (2, 3, 'late_paid', 'pay_unknown', 'confirmed', NULL, 'supplier', 'supplier', 'ok', 3, '2026-11-01 10:20Z')`,
		``,
	},
	{ // 3: not paid, says Ana; paid, say Ana and Bea
		"confirmed", `'2026-11-04 09:38Z', 'Bea'`,
		`(4, 3, 'pay', 'refused', '2026-11-01 10:00Z', '2026-11-03 12:00Z', 0)`,
		`(3, 1, 'pay', 'held', 'paying', 1, 'Agent', 'agent', '', 4, '2026-11-01 10:00Z'), (3, 2, 'pay_lost', 'paying', 'pay_unknown', NULL, 'supplier', 'supplier', 'unknown', 4, '2026-11-01 10:00:30Z'),
		 (3, 3, 'pay_disproved', 'pay_unknown', 'expired', 2, 'Ana', 'customer_service', 'not_paid', NULL, '2026-11-03 12:00Z'),
		 (3, 4, 'reverse_paid', 'expired', 'confirmed', 3, 'Bea', 'customer_service', 'paid', NULL, '2026-11-04 09:38Z')`,
		`(3, 'evidence', 'not_paid', 'mail', 'M. Petit', '', 'no', 2, '2026-11-03 12:00Z', NULL), (3, 'proposal', 'paid', 'phone', 'Mme Bernard', 'T-9', 'yes', 2, '2026-11-04 08:00Z', '2026-11-04 09:38Z'),
		 (3, 'evidence', 'paid', 'mail', 'Mme Roux', 'T-10', 'yes indeed', 3, '2026-11-04 09:38Z', NULL)`,
	},
	{ // 4: two cancellations lost, found not to have happened; the third refused by the supplier
		"confirmed", `'2026-11-01 10:00Z', 'Agent'`,
		`(5, 4, 'cancel', 'refused', '2026-11-02 10:00Z', '2026-11-03 12:00Z', 0), (6, 4, 'cancel', 'refused', '2026-11-02 11:00Z', '2026-11-03 12:00Z', 0),
		 (7, 4, 'cancel', 'refused', '2026-11-05 11:00Z', '2026-11-05 11:00Z', 409)`,
		`(4, 1, 'cancel', 'confirmed', 'cancelling', 2, 'Ana', 'customer_service', 'plans', 5, '2026-11-02 10:00Z'), (4, 2, 'cancel_lost', 'cancelling', 'cancel_unknown', NULL, 'supplier', 'supplier', 'unknown', 5, '2026-11-02 10:00:10Z'),
		 (4, 3, 'cancel', 'cancel_unknown', 'cancelling', 2, 'Ana', 'customer_service', 'plans', 6, '2026-11-02 11:00Z'), (4, 4, 'cancel_lost', 'cancelling', 'cancel_unknown', NULL, 'clock', 'job', 'lease', 6, '2026-11-02 11:00:50Z'),
		 (4, 5, 'cancel_disprove', 'cancel_unknown', 'confirmed', 2, 'Ana', 'customer_service', 'not_cancelled', NULL, '2026-11-03 12:00Z'),
		 (4, 6, 'cancel', 'confirmed', 'cancelling', 2, 'Ana', 'customer_service', 'plans', 7, '2026-11-05 11:00Z'), (4, 7, 'cancel_refused', 'cancelling', 'confirmed', NULL, 'supplier', 'supplier', 'not_cancellable', 7, '2026-11-05 11:00Z')`,
		`(4, 'evidence', 'not_cancelled', 'phone', '', '', '', 2, '2026-11-03 12:00Z', NULL)`,
	},
	{ // 5: a line of a statement proved it
		"confirmed", `'2026-11-06 12:00Z', 'Ana'`,
		`(8, 5, 'pay', 'ok', '2026-11-01 10:00Z', '2026-11-06 12:00Z', 0)`,
		`(5, 1, 'pay', 'held', 'paying', 1, 'Agent', 'agent', '', 8, '2026-11-01 10:00Z'), (5, 2, 'pay_lost', 'paying', 'pay_unknown', NULL, 'supplier', 'supplier', 'unknown', 8, '2026-11-01 10:00:30Z'),
		 (5, 3, 'late_paid', 'pay_unknown', 'confirmed', 2, 'Ana', 'customer_service', 'paid', NULL, '2026-11-06 12:00Z')`,
		`(5, 'evidence', 'paid', 'statement', '', 'handle', 'line 7', 2, '2026-11-06 12:00Z', NULL)`,
	},
	{ // 6: it never was declared, and two people found it paid
		"confirmed", `'2026-11-06 12:00Z', 'Bea'`, ``,
		`(6, 1, 'expire', 'held', 'expired', NULL, 'clock', 'job', 'clock', NULL, '2026-11-01 11:00Z'),
		 (6, 2, 'reverse_paid', 'expired', 'confirmed', 3, 'Bea', 'customer_service', 'paid', NULL, '2026-11-06 12:00Z')`,
		`(6, 'proposal', 'paid', 'phone', 'Mme Bernard', '', 'yes', 2, '2026-11-06 10:00Z', '2026-11-06 12:00Z'), (6, 'evidence', 'paid', 'mail', 'Mme Roux', '', 'yes', 3, '2026-11-06 12:00Z', NULL)`,
	},
}

func seedOldLives(t *testing.T, db *sql.DB) {
	t.Helper()
	statements := []string{
		`SET session_replication_role = replica`, oldPeople,
	}
	for i, l := range oldLives {
		statements = append(statements, fmt.Sprintf(oldBooking, i+1, l.state, strings.Count(l.events, "\n")+1, l.paid))
		if l.attempts != "" {
			statements = append(statements, `INSERT INTO attempts (id, booking_id, operation, outcome, started_at, ended_at, http_status, correlation, actor_name)
				OVERRIDING SYSTEM VALUE SELECT v.*, 'c' || v.column1, 'Agent' FROM (VALUES `+typed(l.attempts)+`) v`)
		}
		statements = append(statements, `INSERT INTO booking_events (booking_id, seq, event, before, after, actor_id, actor_name, actor_role, reason, attempt_id, at) VALUES `+l.events)
		if l.notes != "" {
			statements = append(statements, `INSERT INTO booking_notes (booking_id, kind, finding, channel, person, reference, body, actor_id, at, answered_at) VALUES `+l.notes)
		}
	}
	statements = append(statements,
		`INSERT INTO statements (handle, environment, file_name, digest, user_id, at, period_from, period_to, about, header, lines) VALUES
			('handle', 'simulator', 'x', '', 2, '2026-11-06', '2026-11-01', '2026-11-05', 'payments', '{id}', 1)`,
		`INSERT INTO statement_lines (statement_id, number, cells, class, booking_id, acted_at) VALUES (1, 7, '{id5}', 'proved', 5, '2026-11-06 11:59:59.9Z')`)
	db.SetMaxOpenConns(1)
	for _, s := range statements {
		if _, err := db.ExecContext(t.Context(), s); err != nil {
			t.Fatalf("%v: %s", err, s)
		}
	}
	if _, err := db.ExecContext(t.Context(), `SET session_replication_role = origin`); err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(0)
}

// typed makes the moments of attempts moments: in a subselect they are texts.
func typed(values string) string {
	return strings.ReplaceAll(strings.ReplaceAll(values, "'2026-", "timestamptz '2026-"), "timestamptz timestamptz", "timestamptz")
}

// Findings that were written into the calls become rows of their own; the calls
// and the payments say again what they said, where that is known.
func TestFindingsOfBeforeBecomeRows(t *testing.T) {
	t.Parallel()
	db := before(t, 24)
	seedOldLives(t, db)
	if err := migrations.Up(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	for query, want := range map[string]string{
		`SELECT string_agg(id || ' ' || outcome || ' ' || to_char(ended_at AT TIME ZONE 'UTC', 'DD HH24:MI:SS.MS') || ' ' || http_status, E'\n' ORDER BY id) FROM attempts`: `1 ok 01 09:30:01.000 201
2 unknown 01 10:00:00.017 500
3 ok 01 10:20:00.000 200
4 unknown 01 10:00:30.000 0
5 unknown 02 10:00:10.000 0
6 unknown 02 11:00:50.000 0
7 refused 05 11:00:00.000 409
8 unknown 01 10:00:30.000 0`,
		`SELECT string_agg(id || ' ' || to_char(paid_at AT TIME ZONE 'UTC', 'DD HH24:MI') || ' ' || paid_by, E'\n' ORDER BY id) FROM bookings`: `1 01 10:00 Agent
2 01 10:00 Agent
3 01 10:00 Agent
4 01 10:00 Agent
5 01 10:00 Agent
6 06 12:00 `,
		`SELECT string_agg(concat_ws(' ', f.booking_id, f.event_seq, f.act, f.operation, f.finding, coalesce(f.attempt_id, 0), f.source, f.channel, n.person,
			f.actor_id, coalesce(f.second_id, 0), m.body, coalesce(f.line, 0)), E'\n' ORDER BY f.booking_id, f.event_seq)
		 FROM findings f LEFT JOIN booking_notes n ON n.id = f.note_id LEFT JOIN booking_notes m ON m.id = f.second_note_id`: `1 5 found pay paid 2 person phone Mme Bernard 2 0 0
3 3 found pay not_paid 4 person mail M. Petit 2 0 0
3 4 found pay paid 4 person phone Mme Bernard 2 3 yes indeed 0
4 5 found cancel not_cancelled 6 person phone  2 0 0
5 3 found pay paid 8 statement statement  2 0 7
6 2 found pay paid 0 person phone Mme Bernard 2 3 yes 0`,
	} {
		var got string
		if err := db.QueryRowContext(t.Context(), query).Scan(&got); err != nil {
			t.Fatal(err)
		}
		if got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
	}
}
