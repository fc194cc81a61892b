package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/jackc/pgx/v5/pgxpool"

	"guichet/internal/account"
	"guichet/internal/auth"
	"guichet/internal/postgres"
)

// NewUser is somebody who is to be invited from the terminal.
type NewUser struct {
	Email, Name string
	Role        account.Role
	AgencyCode  string // empty for staff
}

// CreateUser stores somebody new, without a password, and prints the link by
// which that person chooses one. Somebody who has not chosen one yet gets a new
// link. origin is where the portal is reached, without a final slash.
func CreateUser(ctx context.Context, databaseURL, origin string, u NewUser, out io.Writer) error {
	pool, err := pgxpool.New(ctx, databaseURL)
	if err != nil {
		return errDatabaseURL
	}
	defer pool.Close()
	store := postgres.NewAccounts(pool)
	id, err := addUser(ctx, store, u)
	if err != nil {
		return err
	}
	token, err := auth.NewService(postgres.NewAuth(store), account.NewService(store)).InvitationLink(ctx, id)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "%s chooses a password within 48 hours at\n\n  %s/welcome/%s\n\nThe link works once. Give it to nobody else.\n",
		account.NormalEmail(u.Email), origin, token)
	return err
}

func addUser(ctx context.Context, store *postgres.Accounts, u NewUser) (int64, error) {
	user := account.User{Email: account.NormalEmail(u.Email), Name: strings.TrimSpace(u.Name), Role: u.Role}
	if !strings.Contains(user.Email, "@") || user.Name == "" {
		return 0, errors.New("an e-mail address and a name are needed")
	}
	if u.Role.Staff() != (u.AgencyCode == "") {
		return 0, errors.New("agents and managers belong to an agency, and nobody else does: give -agency to the former only")
	}
	if u.AgencyCode != "" {
		agency, err := store.AgencyByCode(ctx, u.AgencyCode)
		if errors.Is(err, account.ErrNotFound) {
			return 0, fmt.Errorf("there is no agency %q", u.AgencyCode)
		}
		if err != nil {
			return 0, err
		}
		user.AgencyID = agency.ID
	}
	created, err := store.CreateUser(ctx, user)
	if !errors.Is(err, account.ErrTaken) {
		return created.ID, err
	}
	there, err := store.PersonByEmail(ctx, user.Email)
	if err != nil {
		return 0, err
	}
	if there.PasswordHash != "" {
		return 0, fmt.Errorf("%s has a password already", user.Email)
	}
	return there.ID, nil
}
