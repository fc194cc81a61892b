package postgres

import "context"

// Frozen reports whether the portal is frozen.
func (s reads) Frozen(ctx context.Context) (frozen bool, err error) {
	err = s.db.QueryRow(ctx, `SELECT frozen FROM portal_state`).Scan(&frozen)
	return frozen, domainError(err)
}

// SetFrozen freezes the portal or lets it go on; userID is 0 for the operator.
func (s *Tx) SetFrozen(ctx context.Context, frozen bool, userID int64) error {
	_, err := s.db.Exec(ctx, `UPDATE portal_state SET frozen = $1, changed_at = portal_now(), changed_by = nullif($2, 0) WHERE frozen <> $1`, frozen, userID)
	return domainError(err)
}
