package postgres

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"guichet/internal/account"
	"guichet/internal/auth"
	"guichet/internal/keyring"
	"guichet/internal/locale"
	"guichet/internal/restore"
	"guichet/internal/vault"
)

// Accounts is the account.Store on PostgreSQL.
type Accounts struct {
	// Vault seals what nobody may read in the database; without one, nothing
	// secret can be stored.
	Vault *vault.Vault

	// Removed writes down outside the database what is taken away; nil: nobody does.
	Removed func(context.Context, restore.Removal)

	pool *pgxpool.Pool
}

var _ account.Store = (*Accounts)(nil)

// NewAccounts returns a store of agencies and people that works on pool.
func NewAccounts(pool *pgxpool.Pool) *Accounts {
	return &Accounts{pool: pool}
}

// CreateAgency stores an agency that nobody in the portal has asked for: what fills a
// database writes no entry of the audit log.
func (s *Accounts) CreateAgency(ctx context.Context, a account.Agency) (account.Agency, error) {
	return createAgency(ctx, s.pool, a)
}

// CreateAgency implements account.Tx.
func (s *peopleTx) CreateAgency(ctx context.Context, a account.Agency) (account.Agency, error) {
	return createAgency(ctx, s.db, a)
}

func createAgency(ctx context.Context, q querier, a account.Agency) (account.Agency, error) {
	methods := a.PaymentMethods
	if methods == nil {
		methods = []string{}
	}
	err := q.QueryRow(ctx, `
		INSERT INTO agencies (code, name, timezone, payment_methods, agents_may_cancel, suspended)
		VALUES ($1, $2, $3, $4, $5, $6)
		RETURNING id`,
		a.Code, a.Name, a.Timezone, methods, a.AgentsMayCancel, a.Suspended).Scan(&a.ID)
	return a, accountError("create agency", err)
}

// AgencyByCode implements account.Store.
func (s *Accounts) AgencyByCode(ctx context.Context, code string) (account.Agency, error) {
	a, err := scanAgency(s.pool.QueryRow(ctx, selectAgency+`WHERE code = $1`, code))
	return a, accountError("read agency", err)
}

const selectAgency = `
	SELECT id, name, code, timezone, payment_methods, agents_may_cancel, suspended FROM agencies `

func scanAgency(row pgx.Row) (a account.Agency, err error) {
	return a, row.Scan(&a.ID, &a.Name, &a.Code, &a.Timezone, &a.PaymentMethods, &a.AgentsMayCancel, &a.Suspended)
}

// CreateUser stores somebody whom nobody in the portal has invited, as CreateAgency
// does.
func (s *Accounts) CreateUser(ctx context.Context, u account.User) (account.User, error) {
	return createUser(ctx, s.pool, u)
}

// CreateUser implements auth.Tx.
func (s *peopleTx) CreateUser(ctx context.Context, u account.User) (account.User, error) {
	return createUser(ctx, s.db, u)
}

func createUser(ctx context.Context, q querier, u account.User) (account.User, error) {
	err := q.QueryRow(ctx, `
		INSERT INTO users (agency_id, email, name, role, language, theme, password_hash, suspended)
		VALUES (nullif($1::bigint, 0), $2, $3, $4,
		        $5, coalesce(nullif($6, ''), 'auto'), $7, $8)
		RETURNING id, handle, language, theme, created_at`,
		u.AgencyID, u.Email, u.Name, u.Role, cmp.Or(u.Language, string(locale.Default())), u.Theme, u.PasswordHash, u.Suspended).
		Scan(&u.ID, &u.Handle, &u.Language, &u.Theme, &u.CreatedAt)
	return u, accountError("create user", err)
}

// Shadow implements auth.Tx.
func (s *peopleTx) Shadow(ctx context.Context, u account.User) (id int64, err error) {
	err = s.db.QueryRow(ctx, `
		INSERT INTO users (agency_id, email, invited_as, name, role, language, password_hash)
		VALUES ($1, 'shadow/' || gen_random_uuid(), $2, $3, $4, $5, '')
		ON CONFLICT ON CONSTRAINT users_shadow DO UPDATE SET invited_as = excluded.invited_as
		RETURNING id`, u.AgencyID, u.Email, u.Name, u.Role, cmp.Or(u.Language, string(locale.Default()))).Scan(&id)
	return id, accountError("create a shadow", err)
}

const selectPerson = `
	SELECT u.id, u.handle, coalesce(u.agency_id, 0), coalesce(u.invited_as, u.email), u.invited_as IS NOT NULL, u.name, u.role, u.language, u.theme, coalesce(u.density, ''), u.default_zone, NOT u.shortcuts,
	       u.password_hash, u.suspended, u.created_at,
	       coalesce(a.id, 0), coalesce(a.name, ''), coalesce(a.code, ''), coalesce(a.timezone, ''),
	       coalesce(a.payment_methods, '{}'), coalesce(a.agents_may_cancel, false), coalesce(a.suspended, false),
	       f.confirmed_at
	FROM users u LEFT JOIN agencies a ON a.id = u.agency_id LEFT JOIN second_factors f ON f.user_id = u.id `

// PersonByEmail implements auth.Store.
func (s *Accounts) PersonByEmail(ctx context.Context, email string) (account.Person, error) {
	return s.person(ctx, selectPerson+`WHERE u.email = $1`, email)
}

// Person implements account.Store.
func (s *Accounts) Person(ctx context.Context, userID int64) (account.Person, error) {
	return s.person(ctx, selectPerson+`WHERE u.id = $1`, userID)
}

func (s *Accounts) person(ctx context.Context, query string, arg any) (account.Person, error) {
	p, err := scanPerson(s.pool.QueryRow(ctx, query, arg))
	return p, accountError("read person", err)
}

func scanPerson(row pgx.Row) (account.Person, error) {
	var p account.Person
	var since *time.Time
	u, a := &p.User, &p.Agency
	err := row.Scan(
		&u.ID, &u.Handle, &u.AgencyID, &u.Email, &u.Shadow, &u.Name, &u.Role, &u.Language, &u.Theme, &u.Density, &u.DefaultZone, &u.ShortcutsOff,
		&u.PasswordHash, &u.Suspended, &u.CreatedAt,
		&a.ID, &a.Name, &a.Code, &a.Timezone, &a.PaymentMethods, &a.AgentsMayCancel, &a.Suspended,
		&since)
	p.FactorSince = orZero(since)
	return p, err
}

// SetLanguage implements account.Tx.
func (s *peopleTx) SetLanguage(ctx context.Context, userID int64, language string) error {
	tag, err := s.db.Exec(ctx, `UPDATE users SET language = $2 WHERE id = $1`, userID, language)
	return accountError("update user", orNoRows(tag, err))
}

// SetPreferences implements account.Tx.
func (s *peopleTx) SetPreferences(ctx context.Context, userID int64, p account.Preferences) error {
	tag, err := s.db.Exec(ctx, `
		UPDATE users SET language = $2, theme = $3, default_zone = $4, shortcuts = $5, density = nullif($6, '') WHERE id = $1`,
		userID, p.Language, p.Theme, p.DefaultZone, !p.ShortcutsOff, p.Density)
	return accountError("update user", orNoRows(tag, err))
}

// accountError turns what PostgreSQL says into the domain's errors.
func accountError(doing string, err error) error {
	var pg *pgconn.PgError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, keyring.ErrSlotTaken):
		return err
	case errors.Is(err, pgx.ErrNoRows):
		return account.ErrNotFound
	case errors.As(err, &pg) && pg.ConstraintName == "passkeys_credential":
		return auth.ErrPasskeyTaken
	case errors.As(err, &pg) && (pg.ConstraintName == "users_email" || pg.ConstraintName == "agencies_code"):
		return account.ErrTaken
	default:
		return fmt.Errorf("%s: %w", doing, domainError(err))
	}
}
