package postgres

import (
	"context"
	"encoding/hex"
	"fmt"
	"time"

	"guichet/internal/account"
	"guichet/internal/auth"
	"guichet/internal/restore"
)

// Where the parts of a second factor are sealed: opened in another row, or as
// another part, they are nothing.
func factorRow(userID int64) string   { return fmt.Sprintf("second_factors/%d/secret", userID) }
func recoveryRow(userID int64) string { return fmt.Sprintf("second_factors/%d/codes", userID) }

// freshCandidate holds for a candidate that still counts; $2 is how long one does.
const freshCandidate = `candidate_at > portal_now() - $2::interval`

// Factor implements auth.Store.
func (s *Auth) Factor(ctx context.Context, userID int64) (auth.Factor, error) {
	f := auth.Factor{UserID: userID}
	var secret, candidate, codes []byte
	var confirmed *time.Time
	err := s.pool.QueryRow(ctx, `
		SELECT secret, CASE WHEN `+freshCandidate+` THEN candidate END, coalesce(candidate_session, ''), codes, last_step, confirmed_at, portal_now(),
		       (SELECT count(*) FROM recovery_codes r WHERE r.user_id = f.user_id AND r.used_at IS NULL)
		FROM second_factors f WHERE user_id = $1`, userID, auth.CandidateLife).
		Scan(&secret, &candidate, &f.CandidateOf, &codes, &f.LastStep, &confirmed, &f.Now, &f.CodesLeft)
	if err != nil {
		return auth.Factor{}, accountError("read second factor", err)
	}
	f.ConfirmedAt = orZero(confirmed)
	for _, part := range []struct {
		into   *string
		row    string
		sealed []byte
	}{{&f.Secret, factorRow(userID), secret}, {&f.Candidate, factorRow(userID), candidate}, {&f.Codes, recoveryRow(userID), codes}} {
		if part.sealed == nil {
			continue
		}
		plain, err := s.Vault.Open(part.row, part.sealed)
		if err != nil {
			return auth.Factor{}, accountError("open second factor", err)
		}
		*part.into = string(plain)
	}
	return f, nil
}

// BeginFactor implements auth.Store.
func (s *Auth) BeginFactor(ctx context.Context, userID int64, candidate, session string) error {
	sealed, err := s.Vault.Seal(factorRow(userID), []byte(candidate))
	if err == nil {
		_, err = s.pool.Exec(ctx, `
			INSERT INTO second_factors (user_id, candidate, candidate_at, candidate_session) VALUES ($1, $2, portal_now(), $3)
			ON CONFLICT (user_id) DO UPDATE SET candidate = excluded.candidate, candidate_at = excluded.candidate_at,
				candidate_session = excluded.candidate_session`, userID, sealed, session)
	}
	return accountError("store second factor", err)
}

// ConfirmFactor implements auth.Tx. The row is locked while it is compared with what
// the person has confirmed.
func (s *peopleTx) ConfirmFactor(ctx context.Context, userID int64, candidate string, step int64, codes string, hashes [][]byte) error {
	var sealed []byte
	const look = `SELECT candidate FROM second_factors WHERE user_id = $1 AND candidate IS NOT NULL AND ` + freshCandidate + ` FOR UPDATE`
	if err := s.db.QueryRow(ctx, look, userID, auth.CandidateLife).Scan(&sealed); err != nil {
		return accountError("confirm second factor", err)
	}
	if there, err := s.people.Vault.Open(factorRow(userID), sealed); err != nil || string(there) != candidate {
		return fmt.Errorf("another application is being set up (%w)", account.ErrNotFound)
	}
	_, err := s.db.Exec(ctx, `
		UPDATE second_factors SET secret = candidate, candidate = NULL, candidate_at = NULL, candidate_session = NULL, last_step = $2, confirmed_at = portal_now()
		WHERE user_id = $1`, userID, step)
	if err == nil {
		err = s.replaceRecovery(ctx, userID, codes, hashes)
	}
	if err == nil {
		err = s.takes(ctx, restore.FactorSet, userID, "")
	}
	return accountError("confirm second factor", err)
}

// UseStep implements auth.Store. Two who show one code at the same moment
// wait for each other: the second one finds it taken.
func (s *Auth) UseStep(ctx context.Context, userID int64, step int64) error {
	tag, err := s.pool.Exec(ctx, `
		UPDATE second_factors SET last_step = $2 WHERE user_id = $1 AND secret IS NOT NULL AND last_step < $2`, userID, step)
	return accountError("use code", orNoRows(tag, err))
}

// UseRecovery implements auth.Tx.
func (s *peopleTx) UseRecovery(ctx context.Context, userID int64, hash []byte) error {
	tag, err := s.db.Exec(ctx, `
		UPDATE recovery_codes SET used_at = portal_now() WHERE user_id = $1 AND hash = $2 AND used_at IS NULL`, userID, hash)
	if err = orNoRows(tag, err); err == nil {
		err = s.takes(ctx, restore.RecoveryUsed, userID, hex.EncodeToString(hash))
	}
	return accountError("use recovery code", err)
}

// RenewRecovery implements auth.Tx.
func (s *peopleTx) RenewRecovery(ctx context.Context, userID int64, codes string, hashes [][]byte) error {
	err := s.replaceRecovery(ctx, userID, codes, hashes)
	if err == nil {
		err = s.takes(ctx, restore.RecoveryRenewed, userID, "")
	}
	return accountError("renew recovery codes", err)
}

func (s *peopleTx) replaceRecovery(ctx context.Context, userID int64, codes string, hashes [][]byte) error {
	sealed, err := s.people.Vault.Seal(recoveryRow(userID), []byte(codes))
	if err != nil {
		return err
	}
	tag, err := s.db.Exec(ctx, `UPDATE second_factors SET codes = $2 WHERE user_id = $1 AND secret IS NOT NULL`, userID, sealed)
	if err := orNoRows(tag, err); err != nil {
		return err
	}
	if _, err := s.db.Exec(ctx, `DELETE FROM recovery_codes WHERE user_id = $1`, userID); err != nil {
		return fmt.Errorf("delete: %w", err)
	}
	_, err = s.db.Exec(ctx, `INSERT INTO recovery_codes (user_id, hash) SELECT $1, unnest($2::bytea[])`, userID, hashes)
	if err != nil {
		return fmt.Errorf("insert: %w", err)
	}
	return nil
}

// KeepRecovery implements auth.Store.
func (s *Auth) KeepRecovery(ctx context.Context, userID int64) error {
	_, err := s.pool.Exec(ctx, `UPDATE second_factors SET codes = NULL WHERE user_id = $1`, userID)
	return accountError("keep recovery codes", err)
}

// ResetFactor implements auth.Tx.
func (s *peopleTx) ResetFactor(ctx context.Context, userID int64) error {
	for _, table := range []string{"recovery_codes", "second_factors", "passkeys"} {
		if _, err := s.db.Exec(ctx, `DELETE FROM `+table+` WHERE user_id = $1`, userID); err != nil {
			return accountError("delete from "+table, err)
		}
	}
	return accountError("reset second factor", s.takes(ctx, restore.FactorReset, userID, ""))
}
