package postgres

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"guichet/internal/account"
	"guichet/internal/restore"
)

// Repeat implements restore.Database. A removal of the log that has no row here was
// lost with the restore, or never committed; one that was written since the restore
// was on record can only be the latter, and is left alone until the next one.
func (c Witnessed) Repeat(ctx context.Context, e restore.Event, logs []restore.Log) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), eventBudget)
	defer cancel()
	err := pgx.BeginFunc(ctx, c.Conn, func(tx pgx.Tx) error {
		// The node's other connections wait for this one: what is locked is tried again.
		if _, err := tx.Exec(ctx, `SELECT set_config('lock_timeout', '3s', true)`); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock($1)`, restoreLock); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `SELECT id FROM users WHERE role = 'admin' ORDER BY id FOR UPDATE`); err != nil {
			return err
		}
		lost, err := lostSince(ctx, tx, e, logs)
		if err != nil {
			return err
		}
		known, err := knownSince(ctx, tx, lost)
		if err != nil {
			return err
		}
		last, void := restore.Latest(lost, known)
		for _, r := range void {
			if err := endLost(ctx, tx, e, r, restore.Void, 0); err != nil {
				return err
			}
		}
		for _, r := range last {
			if err := repeat(ctx, tx, e, r); err != nil {
				return fmt.Errorf("%s %s: %w", r.Kind, r.ID, err)
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("repeat what was taken away: %w", domainError(err))
	}
	return nil
}

// lostSince notes which logs were read, and finds what is lost of them.
func lostSince(ctx context.Context, tx pgx.Tx, e restore.Event, logs []restore.Log) ([]restore.Removal, error) {
	var all []restore.Removal
	var ids []string
	for _, l := range logs {
		_, err := tx.Exec(ctx, `
			INSERT INTO removal_logs AS was (restore_id, log, since, unread) VALUES ($1, $2, $3, $4)
			ON CONFLICT (restore_id, log) DO UPDATE SET since = excluded.since, unread = excluded.unread, read = true WHERE NOT was.read`,
			e.ID, l.Name, l.Since, l.Torn)
		if err != nil {
			return nil, err
		}
		for _, r := range l.Removals {
			if r.Restore != e.ID {
				all, ids = append(all, r), append(ids, r.ID)
			}
		}
	}
	rows, err := tx.Query(ctx, `SELECT i FROM unnest($1::text[]) i WHERE NOT EXISTS (SELECT FROM removals r WHERE r.id = i)`, ids)
	if err != nil {
		return nil, err
	}
	missing, err := pgx.CollectRows(rows, pgx.RowTo[string])
	return slices.DeleteFunc(all, func(r restore.Removal) bool { return !slices.Contains(missing, r.ID) }), err
}

// knownSince lists what was taken away, or given back, since the first of the lost.
func knownSince(ctx context.Context, tx pgx.Tx, lost []restore.Removal) ([]restore.Removal, error) {
	if len(lost) == 0 {
		return nil, nil
	}
	first := slices.MinFunc(lost, func(a, b restore.Removal) int { return a.At.Compare(b.At) })
	rows, err := tx.Query(ctx, `SELECT id, kind, subject, at FROM removals WHERE at > $1`, first.At)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (r restore.Removal, err error) {
		return r, row.Scan(&r.ID, &r.Kind, &r.Subject, &r.At)
	})
}

// endLost puts on record what becomes of it. An open one waits for an admin.
func endLost(ctx context.Context, tx pgx.Tx, e restore.Event, r restore.Removal, ending restore.Ending, changed int) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO removals (id, kind, subject, at, restore_id, changed, ending, ended_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, CASE WHEN $7 <> '' THEN portal_now() END) ON CONFLICT DO NOTHING`,
		r.ID, r.Kind, r.Subject, r.At, e.ID, changed, ending)
	return err
}

// again takes away what always may be: it only ever leaves less. $1 is the subject, $2 the
// value. The last admin who can sign in stays one: that is for a person to decide.
var again = map[restore.Removed]string{
	restore.Suspended: `
		UPDATE users u SET suspended = true WHERE u.handle = $1 AND $2 = '' AND NOT u.suspended AND ` + notTheLastAdmin,
	restore.RoleChanged: `
		UPDATE users u SET role = $2 WHERE u.handle = $1 AND (u.role, $2) IN (('manager', 'agent'), ('admin', 'customer_service')) AND ` + notTheLastAdmin,
	restore.RecoveryUsed: `
		UPDATE recovery_codes SET used_at = portal_now()
		WHERE user_id = (SELECT id FROM users WHERE handle = $1) AND hash = decode($2, 'hex') AND used_at IS NULL`,
	restore.RecoveryRenewed: `
		UPDATE recovery_codes SET used_at = portal_now()
		WHERE user_id = (SELECT id FROM users WHERE handle = $1) AND $2 = '' AND used_at IS NULL`,
	restore.PasskeyRemoved: `
		DELETE FROM passkeys WHERE user_id = (SELECT id FROM users WHERE handle = $1) AND credential_id = decode($2, 'hex')`,
	restore.AgencySuspended: `
		UPDATE agencies SET suspended = true WHERE code = $1 AND $2 = '' AND NOT suspended`,
}

const notTheLastAdmin = `(u.role <> 'admin' OR u.password_hash = '' OR EXISTS (
	SELECT FROM users o WHERE o.role = 'admin' AND NOT o.suspended AND o.password_hash <> '' AND o.id <> u.id))`

// undone finds what a restore has given back and nobody but an admin takes away:
// doing it unasked would lock people out, or stop all sales.
var undone = map[restore.Removed]string{
	restore.Suspended:       `SELECT FROM users WHERE handle = $1 AND $2 = '' AND NOT suspended`,
	restore.RoleChanged:     `SELECT FROM users WHERE handle = $1 AND role = 'admin' AND $2 = 'customer_service'`,
	restore.PasswordChanged: `SELECT FROM users WHERE handle = $1 AND $2 = '' AND password_hash <> ''`,
	restore.FactorSet:       `SELECT FROM users u JOIN second_factors f ON f.user_id = u.id WHERE u.handle = $1 AND $2 = '' AND f.secret IS NOT NULL`,
	restore.FactorReset: `SELECT FROM users u WHERE u.handle = $1 AND $2 = ''
		AND (EXISTS (SELECT FROM second_factors f WHERE f.user_id = u.id AND f.secret IS NOT NULL) OR EXISTS (SELECT FROM passkeys k WHERE k.user_id = u.id))`,
	restore.AgencyRights: `SELECT FROM agencies WHERE code = $1 AND $2 = ''`,
	restore.KeyRetired:   `SELECT FROM supplier_keys WHERE id = $1 AND environment = $2 AND sealed IS NOT NULL`,
	restore.KeyActivated: `SELECT FROM supplier_keys WHERE id <> $1 AND environment = $2 AND active`,
}

// repeat takes one thing away again, or puts it before an admin.
func repeat(ctx context.Context, tx pgx.Tx, e restore.Event, r restore.Removal) error {
	changed, err := takeAway(ctx, tx, r)
	if err != nil {
		return err
	}
	ending := restore.Void
	if changed > 0 {
		ending = restore.Repeated
		if err := noteRepeated(ctx, tx, r, changed); err != nil {
			return err
		}
	} else if still, known := undone[r.Kind]; known {
		var open bool
		if err := tx.QueryRow(ctx, `SELECT EXISTS (`+still+`)`, r.Subject, r.Value).Scan(&open); err != nil {
			return err
		}
		if open {
			ending = restore.Open
		}
	}
	return endLost(ctx, tx, e, r, ending, changed)
}

func takeAway(ctx context.Context, tx pgx.Tx, r restore.Removal) (int, error) {
	if r.Kind == restore.Erased {
		return eraseAgain(ctx, tx, r.Refs)
	}
	sql, known := again[r.Kind]
	if !known {
		return 0, nil
	}
	tag, err := tx.Exec(ctx, sql, r.Subject, r.Value)
	return int(tag.RowsAffected()), err
}

// eraseAgain forgets who travelled, in whatever state a booking is now: nothing was
// expected of it any more when it was erased.
func eraseAgain(ctx context.Context, tx pgx.Tx, refs []string) (int, error) {
	rows, err := tx.Query(ctx, `SELECT id FROM bookings WHERE ref = ANY ($1) AND erased_at IS NULL ORDER BY id FOR UPDATE`, refs)
	if err != nil {
		return 0, err
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	return len(ids), eraseIDs(ctx, tx, ids, searchStatements, eraseStatements)
}

// noteRepeated says it in the audit log; nobody did it.
func noteRepeated(ctx context.Context, tx pgx.Tx, r restore.Removal, changed int) error {
	e := account.AuditEntry{Action: account.DidRepeat, After: string(r.Kind)}
	if r.Kind == restore.Erased {
		e.After = fmt.Sprintf("%s %d", r.Kind, changed)
	}
	err := tx.QueryRow(ctx, `SELECT coalesce((SELECT id FROM users WHERE handle = $1), 0), coalesce((SELECT id FROM agencies WHERE code = $1), 0)`, r.Subject).
		Scan(&e.SubjectID, &e.AgencyID)
	if err != nil {
		return err
	}
	return addEntry(ctx, tx, e)
}
