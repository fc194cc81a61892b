package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"guichet/internal/account"
	"guichet/internal/vault"
)

// Audit adds an entry to the audit log, in the transaction that it is about.
func (s *Tx) Audit(ctx context.Context, e account.AuditEntry) error {
	if err := addEntry(ctx, s.tx, e); err != nil {
		return fmt.Errorf("write audit: %w", domainError(err))
	}
	return nil
}

func addEntry(ctx context.Context, q querier, e account.AuditEntry) error {
	_, err := q.Exec(ctx, `
		INSERT INTO audit (actor_id, subject_id, action, before, after, network, agency_id)
		VALUES (nullif($1::bigint, 0), nullif($2::bigint, 0), $3, $4, $5, $6,
		        coalesce(nullif($7::bigint, 0), (SELECT agency_id FROM users WHERE id = $2), (SELECT agency_id FROM users WHERE id = $1)))`,
		e.ActorID, e.SubjectID, e.Action, e.Before, e.After, e.Network, e.AgencyID)
	return err
}

// Fingerprint implements account.Store.
func (s *Accounts) Fingerprint(ctx context.Context, text string) (string, error) {
	key, err := NewKeys(s.Vault).key(ctx, s.pool, searchKey)
	if err != nil {
		return "", err
	}
	return vault.Mark(key, text), nil
}

// MarkBrowser implements auth.Store.
func (s *Accounts) MarkBrowser(text string) (string, error) {
	return s.Vault.Fingerprint(vault.KnownBrowsers, text)
}

// IsBrowser implements auth.Store.
func (s *Accounts) IsBrowser(text, mark string) (bool, error) {
	return s.Vault.IsFingerprint(vault.KnownBrowsers, text, mark)
}

// AuditLog implements account.Store.
func (s *Accounts) AuditLog(ctx context.Context, f account.AuditFilter) ([]account.AuditEntry, error) {
	rows, err := s.pool.Query(ctx, `
		SELECT e.id, e.at, coalesce(e.actor_id, 0), coalesce(e.subject_id, 0), e.action, e.before, e.after, e.network,
		       coalesce(a.name, ''), coalesce(s.name, ''), coalesce(s.handle, '')
		FROM audit e LEFT JOIN users a ON a.id = e.actor_id LEFT JOIN users s ON s.id = e.subject_id
		WHERE ($1 = '' OR e.action = $1) AND ($2 = 0 OR e.id < $2)
		  AND ($4 = '' OR lower($4) IN (a.email, s.email) OR strpos(lower(a.name), lower($4)) > 0 OR strpos(lower(s.name), lower($4)) > 0)
		  AND ($5 = 0 OR e.agency_id = $5) AND starts_with(e.network, $6)
		  AND ($7::timestamptz IS NULL OR e.at >= $7) AND ($8::timestamptz IS NULL OR e.at < $8)
		ORDER BY e.id DESC LIMIT $3`, f.Action, f.Before, f.Limit, f.Who, f.AgencyID, f.Network, unset(f.From), unset(f.To))
	if err != nil {
		return nil, accountError("read audit", err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (e account.AuditEntry, err error) {
		return e, row.Scan(&e.ID, &e.At, &e.ActorID, &e.SubjectID, &e.Action, &e.Before, &e.After, &e.Network,
			&e.ActorName, &e.SubjectName, &e.SubjectHandle)
	})
	return list, accountError("read audit", err)
}
