package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"guichet/internal/account"
	"guichet/internal/auth"
)

// DeadMail implements auth.Store.
func (s *Auth) DeadMail(ctx context.Context, limit int) ([]auth.DeadMail, error) {
	rows, err := s.pool.Query(ctx, `
		SELECT j.id, coalesce(u.name, ''), coalesce(j.args->>'reason', 'alert'), j.finalized_at
		FROM river_job j LEFT JOIN users u ON u.id = (j.args->>'user_id')::bigint
		WHERE j.state = 'discarded' AND j.kind = ANY ($1) ORDER BY j.finalized_at DESC, j.id DESC LIMIT $2`, auth.MailKinds(), limit)
	if err != nil {
		return nil, accountError("list dead mail", err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (m auth.DeadMail, err error) {
		return m, row.Scan(&m.ID, &m.Name, &m.Reason, &m.GivenUpAt)
	})
	return list, accountError("list dead mail", err)
}

// SendMailAgain implements auth.Store. The job is put back as the queue's own
// retry does: it may be tried once more than before.
func (s *Auth) SendMailAgain(ctx context.Context, id int64) error {
	tag, err := s.pool.Exec(ctx, `
		UPDATE river_job SET state = 'available', scheduled_at = now(), max_attempts = greatest(max_attempts, attempt + 1), finalized_at = NULL
		WHERE id = $1 AND kind = ANY ($2) AND state = 'discarded'`, id, auth.MailKinds())
	if err == nil && tag.RowsAffected() == 0 {
		return account.ErrNotFound
	}
	return accountError("send a mail again", err)
}
