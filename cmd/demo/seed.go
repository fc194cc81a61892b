package main

import (
	"context"
	"errors"
	"fmt"

	"guichet/internal/account"
)

// password is everybody's in the demo.
const password = "guichet-demo-2026" //nolint:gosec // the demo prints it

// seed adds the demo's agencies and people, once.
func seed(ctx context.Context, people account.Store) error {
	if _, err := people.PersonByEmail(ctx, "agent@demo.test"); !errors.Is(err, account.ErrNotFound) {
		return err
	}
	hash, err := account.HashPassword(ctx, password)
	if err != nil {
		return fmt.Errorf("seed: %w", err)
	}
	methods := []string{"card_terminal", "cash", "account", "transfer"}
	first, err := people.CreateAgency(ctx, account.Agency{
		Name: "Voyages Démo", Code: "DEMO", Timezone: "Europe/Paris", PaymentMethods: methods, AgentsMayCancel: true,
	})
	if err != nil {
		return fmt.Errorf("seed: %w", err)
	}
	other, err := people.CreateAgency(ctx, account.Agency{
		Name: "Autre Agence", Code: "OTHER", Timezone: "Europe/Paris", PaymentMethods: methods[:2],
	})
	if err != nil {
		return fmt.Errorf("seed: %w", err)
	}
	for _, u := range []account.User{
		{Email: "agent@demo.test", Name: "Alix Martin", Role: account.Agent, AgencyID: first.ID},
		{Email: "manager@demo.test", Name: "Maud Leroy", Role: account.Manager, AgencyID: first.ID},
		{Email: "agent@other.test", Name: "Olivier Petit", Role: account.Agent, AgencyID: other.ID},
		{Email: "desk@demo.test", Name: "Dominique Roux", Role: account.CustomerService},
		{Email: "admin@demo.test", Name: "Ada Blanc", Role: account.Admin},
	} {
		u.Language, u.Theme, u.PasswordHash = "fr", "auto", hash
		if _, err := people.CreateUser(ctx, u); err != nil {
			return fmt.Errorf("seed %s: %w", u.Email, err)
		}
	}
	return nil
}
