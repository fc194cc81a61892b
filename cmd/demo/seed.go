package main

import (
	"context"
	"errors"
	"fmt"

	"guichet/internal/account"
	"guichet/internal/auth"
	"guichet/internal/locale"
)

// password is everybody's in the demo.
const password = "guichet-demo-2026" //nolint:gosec // the demo prints it

// The demo's people, by their addresses.
const (
	agent      = "agent@demo.test"
	manager    = "manager@demo.test"
	otherAgent = "agent@other.test"
	desk       = "desk@demo.test"
	admin      = "admin@demo.test"
)

// errNotEmpty is about a database that the demo did not make itself.
var errNotEmpty = errors.New("the database of GUICHET_DATABASE_URL already holds an unfinished demo, or one whose other half is not in .data: " +
	"name an empty database, or none to use a private one")

// people is where agencies and people are stored.
type people interface {
	PersonByEmail(ctx context.Context, email string) (account.Person, error)
	CreateAgency(ctx context.Context, a account.Agency) (account.Agency, error)
	CreateUser(ctx context.Context, u account.User) (account.User, error)
}

// seedPeople adds the demo's agencies and people and returns who may act.
func seedPeople(ctx context.Context, people people) (map[string]account.Actor, error) {
	switch _, err := people.PersonByEmail(ctx, agent); {
	case err == nil:
		return nil, errNotEmpty
	case !errors.Is(err, account.ErrNotFound):
		return nil, err
	}
	hash, err := auth.HashPassword(ctx, password)
	if err != nil {
		return nil, fmt.Errorf("seed: %w", err)
	}
	methods := []string{"card_terminal", "cash", "account", "transfer"}
	first, err := people.CreateAgency(ctx, account.Agency{
		Name: "Voyages Démo", Code: "DEMO", Timezone: "Europe/Paris", PaymentMethods: methods, AgentsMayCancel: true,
	})
	if err != nil {
		return nil, fmt.Errorf("seed: %w", err)
	}
	other, err := people.CreateAgency(ctx, account.Agency{
		Name: "Autre Agence", Code: "OTHER", Timezone: "Europe/Paris", PaymentMethods: methods[:2],
	})
	if err != nil {
		return nil, fmt.Errorf("seed: %w", err)
	}
	actors := map[string]account.Actor{}
	for _, p := range []account.Person{
		{User: account.User{Email: agent, Name: "Alix Martin", Role: account.Agent}, Agency: first},
		{User: account.User{Email: manager, Name: "Maud Leroy", Role: account.Manager}, Agency: first},
		{User: account.User{Email: otherAgent, Name: "Olivier Petit", Role: account.Agent}, Agency: other},
		{User: account.User{Email: desk, Name: "Dominique Roux", Role: account.CustomerService}},
		{User: account.User{Email: admin, Name: "Ada Blanc", Role: account.Admin}},
	} {
		p.AgencyID, p.Language, p.Theme, p.PasswordHash = p.Agency.ID, string(locale.Default()), "auto", hash
		if p.User, err = people.CreateUser(ctx, p.User); err != nil {
			return nil, fmt.Errorf("seed %s: %w", p.Email, err)
		}
		actors[p.Email] = p.Actor()
	}
	return actors, nil
}
