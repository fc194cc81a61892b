package postgres

import (
	"context"
	"crypto/rand"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"guichet/internal/account"
	"guichet/internal/restore"
)

// noteRemoval writes down that something is taken away: here, and by keep outside
// the database. It is the last step of a transaction, after all that may refuse.
func noteRemoval(ctx context.Context, tx pgx.Tx, keep func(context.Context, restore.Removal), r restore.Removal) error {
	r.ID = strings.ToLower(rand.Text())
	err := tx.QueryRow(ctx, `
		INSERT INTO removals (id, kind, subject) VALUES ($1, $2, $3)
		RETURNING at, coalesce((SELECT id FROM restores ORDER BY at DESC LIMIT 1), '')`, r.ID, r.Kind, r.Subject).Scan(&r.At, &r.Restore)
	if err == nil && keep != nil {
		keep(ctx, r)
	}
	return err
}

// ofPerson notes it about a person.
func (s *Accounts) ofPerson(ctx context.Context, tx pgx.Tx, kind restore.Removed, userID int64, value string) error {
	r := restore.Removal{Kind: kind, Value: value}
	if err := tx.QueryRow(ctx, `SELECT handle FROM users WHERE id = $1`, userID).Scan(&r.Subject); err != nil {
		return err
	}
	return noteRemoval(ctx, tx, s.Removed, r)
}

// changedPerson notes what a change of a person takes away, or gives back.
func (s *Accounts) changedPerson(ctx context.Context, tx pgx.Tx, before, after account.User) error {
	if before.Suspended != after.Suspended {
		kind := restore.LetIn
		if after.Suspended {
			kind = restore.Suspended
		}
		if err := s.ofPerson(ctx, tx, kind, after.ID, ""); err != nil {
			return err
		}
	}
	if before.Role == after.Role {
		return nil
	}
	return s.ofPerson(ctx, tx, restore.RoleChanged, after.ID, string(after.Role))
}

// changedAgency is changedPerson for an agency.
func (s *Accounts) changedAgency(ctx context.Context, tx pgx.Tx, before, after account.Agency) error {
	if before.Suspended != after.Suspended {
		r := restore.Removal{Kind: restore.AgencyLetIn, Subject: after.Code}
		if after.Suspended {
			r.Kind = restore.AgencySuspended
		}
		if err := noteRemoval(ctx, tx, s.Removed, r); err != nil {
			return err
		}
	}
	if !after.Less(before) {
		return nil
	}
	return noteRemoval(ctx, tx, s.Removed, restore.Removal{Kind: restore.AgencyRights, Subject: after.Code})
}

// Repeats implements account.Store.
func (s *Accounts) Repeats(ctx context.Context, restoreID string) (restore.Repeats, error) {
	var r restore.Repeats
	var since, to *time.Time
	err := s.pool.QueryRow(ctx, `
		SELECT coalesce(sum(changed) FILTER (WHERE kind = $2), 0), count(*) FILTER (WHERE ending = 'repeated' AND kind IN ($3, $4)),
			count(*) FILTER (WHERE ending = 'repeated' AND kind NOT IN ($2, $3, $4)),
			(SELECT count(*) FROM removal_logs WHERE restore_id = $1 AND read), (SELECT count(*) FROM removal_logs WHERE restore_id = $1 AND NOT read),
			(SELECT coalesce(sum(unread), 0) FROM removal_logs WHERE restore_id = $1), (SELECT min(since) FROM removal_logs WHERE restore_id = $1 AND read),
			(SELECT a.at FROM audit a JOIN restores x ON x.id = $1 WHERE a.at < x.at ORDER BY a.id DESC LIMIT 1)
		FROM removals WHERE restore_id = $1`, restoreID, restore.Erased, restore.Suspended, restore.AgencySuspended).
		Scan(&r.Erased, &r.Suspended, &r.Lowered, &r.Logs, &r.Unheard, &r.Unread, &since, &to)
	if err != nil {
		return r, accountError("count what a restore has undone", err)
	}
	r.Since, r.DataTo = orZero(since), orZero(to)
	rows, err := s.pool.Query(ctx, `
		SELECT r.id, r.kind, r.subject, r.at, r.ending, coalesce(p.name, a.name, '…' || k.tail, ''), coalesce(p.handle, ''), coalesce(u.name, ''), r.ended_at
		FROM removals r LEFT JOIN users p ON p.handle = r.subject LEFT JOIN agencies a ON a.code = r.subject
			LEFT JOIN supplier_keys k ON k.id = r.subject LEFT JOIN users u ON u.id = r.ended_by
		WHERE (r.restore_id = $1 OR r.restore_id IS NOT NULL AND r.ending = '') AND r.kind <> $2 AND r.ending <> 'void' ORDER BY r.at, r.id`, restoreID, restore.Erased)
	if err != nil {
		return r, accountError("list what a restore has undone", err)
	}
	r.Lost, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (l restore.Lost, err error) {
		var ended *time.Time
		err = row.Scan(&l.ID, &l.Kind, &l.Subject, &l.At, &l.Ending, &l.Name, &l.Handle, &l.EndedBy, &ended)
		l.EndedAt = orZero(ended)
		return l, err
	})
	return r, accountError("list what a restore has undone", err)
}

// EndRemoval implements account.Store.
func (s *Accounts) EndRemoval(ctx context.Context, id string, ending restore.Ending, e account.Entry) error {
	err := begin(ctx, s.pool, pgx.TxOptions{}, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `
			UPDATE removals SET ending = $2, ended_by = $3, ended_at = portal_now()
			WHERE id = $1 AND restore_id IS NOT NULL AND ending = ''`, id, ending, e.ActorID)
		if err := orNoRows(tag, err); err != nil {
			return err
		}
		return addEntry(ctx, tx, e)
	})
	return accountError("end what a restore has undone", err)
}
