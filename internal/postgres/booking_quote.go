package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"guichet/internal/account"
	"guichet/internal/booking"
	"guichet/internal/contact"
)

// draftContent is the part of a draft that is stored as one document.
type draftContent struct {
	Stay         booking.Stay     `json:"stay"`
	Quote        booking.Quote    `json:"quote"`
	Services     []string         `json:"services"`
	Customer     booking.Customer `json:"customer"`
	Phone        contact.Phone    `json:"phone"`
	Car          booking.Car      `json:"car"`
	Outbound     string           `json:"outbound"`
	Return       string           `json:"return"`
	MeetingPoint string           `json:"meeting_point"`
	AgencyRef    string           `json:"agency_ref"`
	PayMethod    string           `json:"pay_method"`
	CustomerSet  bool             `json:"customer_set"`

	Typed *booking.CustomerForm `json:"typed,omitempty"`
}

func contentOf(d *booking.Draft) draftContent {
	return draftContent{
		d.Stay, d.Quote, orEmpty(d.Services), d.Customer, d.Phone, d.Car,
		d.Outbound, d.Return, d.MeetingPoint, d.AgencyRef, d.PayMethod, d.CustomerSet, d.Typed,
	}
}

const draftColumns = `id, agency_id, user_id, environment, version, sale_id, coalesce(retry_of, ''), coalesce(replaces, ''), content, uncompared, created_at, updated_at`

func scanDraft(row pgx.CollectableRow) (booking.Draft, error) {
	var d booking.Draft
	var c draftContent
	err := row.Scan(&d.ID, &d.AgencyID, &d.UserID, &d.Environment, &d.Version, &d.SaleID, &d.RetryOf, &d.Replaces, &c, &d.Uncompared, &d.CreatedAt, &d.UpdatedAt)
	d.Stay, d.Quote, d.Services, d.Customer, d.Phone, d.Car = c.Stay, c.Quote, c.Services, c.Customer, c.Phone, c.Car
	d.Outbound, d.Return, d.MeetingPoint, d.AgencyRef = c.Outbound, c.Return, c.MeetingPoint, c.AgencyRef
	d.PayMethod, d.CustomerSet, d.Typed = c.PayMethod, c.CustomerSet, c.Typed
	return d, err
}

func (s reads) oneDraft(ctx context.Context, where string, args ...any) (booking.Draft, error) {
	rows, err := s.db.Query(ctx, `SELECT `+draftColumns+` FROM drafts WHERE `+where, args...)
	if err != nil {
		return booking.Draft{}, domainError(err)
	}
	d, err := pgx.CollectExactlyOneRow(rows, scanDraft)
	return d, domainError(err)
}

// AddDraft inserts a draft.
func (s *Tx) AddDraft(ctx context.Context, d *booking.Draft) error {
	_, err := s.db.Exec(ctx, `
		INSERT INTO drafts (id, agency_id, user_id, environment, version, sale_id, retry_of, replaces, content, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, nullif($7, ''), nullif($8, ''), $9, $10, $11)`,
		d.ID, d.AgencyID, d.UserID, d.Environment, d.Version, d.SaleID, d.RetryOf, d.Replaces, contentOf(d), d.CreatedAt, d.UpdatedAt)
	return domainError(err)
}

// Draft returns a draft of the scope.
func (s reads) Draft(ctx context.Context, scope account.Scope, id string) (booking.Draft, error) {
	return s.oneDraft(ctx, `id = $1 AND ($2 OR agency_id = $3)`, id, scope.All(), scope.Agency())
}

// LockDraft is Draft, held until the transaction ends.
func (s *Tx) LockDraft(ctx context.Context, scope account.Scope, id string) (booking.Draft, error) {
	return s.oneDraft(ctx, `id = $1 AND ($2 OR agency_id = $3) FOR UPDATE`, id, scope.All(), scope.Agency())
}

// DraftOfRetry returns the draft that tries a booking again.
func (s reads) DraftOfRetry(ctx context.Context, scope account.Scope, ref string) (booking.Draft, error) {
	return s.oneDraft(ctx, `retry_of = $1 AND ($2 OR agency_id = $3)`, ref, scope.All(), scope.Agency())
}

// SaveDraft writes a draft by compare-and-set on its version and raises it.
func (s *Tx) SaveDraft(ctx context.Context, d *booking.Draft) error {
	tag, err := s.db.Exec(ctx, `
		UPDATE drafts SET version = version + 1, content = $3, updated_at = $4 WHERE id = $1 AND version = $2`,
		d.ID, d.Version, contentOf(d), d.UpdatedAt)
	if err != nil {
		return domainError(err)
	}
	if tag.RowsAffected() == 0 {
		return booking.ErrChanged
	}
	d.Version++
	return nil
}

// SetAside takes a draft out of the list of recent ones; whatever writes it puts it back.
func (s *Tx) SetAside(ctx context.Context, scope account.Scope, id string) error {
	_, err := s.db.Exec(ctx, `
		UPDATE drafts SET content = content || '{"set_aside": true}' WHERE id = $1 AND ($2 OR agency_id = $3)`, id, scope.All(), scope.Agency())
	return domainError(err)
}

// KeepPayMethod writes how the customer will pay, and leaves the version.
func (s *Tx) KeepPayMethod(ctx context.Context, scope account.Scope, id, method string) error {
	tag, err := s.db.Exec(ctx, `
		UPDATE drafts SET content = jsonb_set(content, '{pay_method}', to_jsonb($4::text)) WHERE id = $1 AND ($2 OR agency_id = $3)`,
		id, scope.All(), scope.Agency(), method)
	if err == nil && tag.RowsAffected() == 0 {
		return booking.ErrNotFound
	}
	return domainError(err)
}

// RecentDrafts returns the person's latest quotes that are not yet bookings.
func (s reads) RecentDrafts(ctx context.Context, agencyID, userID int64, limit int) ([]booking.Draft, error) {
	rows, err := s.db.Query(ctx, `
		SELECT `+draftColumns+` FROM drafts d
		WHERE agency_id = $1 AND user_id = $2 AND NOT d.content ? 'set_aside' AND NOT EXISTS (SELECT 1 FROM bookings b WHERE b.draft_id = d.id)
		ORDER BY created_at DESC, id LIMIT $3`, agencyID, userID, limit)
	if err != nil {
		return nil, domainError(err)
	}
	list, err := pgx.CollectRows(rows, scanDraft)
	return list, domainError(err)
}

// EraseDrafts removes drafts that were not touched for that long.
func (s *Tx) EraseDrafts(ctx context.Context, olderThan time.Duration) (int64, error) {
	tag, err := s.db.Exec(ctx, `DELETE FROM drafts WHERE updated_at < (SELECT portal_now()) - $1::interval`, olderThan)
	return tag.RowsAffected(), domainError(err)
}
