package postgres

import (
	"context"
	"crypto/rand"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

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

// EndRemoval implements account.Tx.
func (s *peopleTx) EndRemoval(ctx context.Context, id string, ending restore.Ending, userID int64) error {
	tag, err := s.db.Exec(ctx, `
		UPDATE removals SET ending = $2, ended_by = $3, ended_at = portal_now()
		WHERE id = $1 AND restore_id IS NOT NULL AND ending = ''`, id, ending, userID)
	return accountError("end what a restore has undone", orNoRows(tag, err))
}
