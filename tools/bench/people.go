package main

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"guichet/internal/account"
	"guichet/internal/auth"
)

const (
	agencies = 200
	password = "bocal neige tambour lent" //nolint:gosec // of made-up people

	deskMail  = "desk@guichet.test"
	adminMail = "admin@guichet.test"
)

// seller is a person of an agency who sells.
type seller struct {
	agency, user int64
	name         string
}

// addPeople adds 200 agencies with two agents and a manager each, and staff.
func addPeople(ctx context.Context, tx pgx.Tx) ([]seller, error) {
	hash, err := auth.HashPassword(ctx, password)
	if err != nil {
		return nil, err
	}
	const person = `INSERT INTO users (agency_id, email, name, role, language, password_hash) VALUES (nullif($1::bigint, 0), $2, $3, $4, 'fr', $5) RETURNING id`
	var sellers []seller
	for i := 1; i <= agencies; i++ {
		var agency int64
		err := tx.QueryRow(ctx, `INSERT INTO agencies (code, name, payment_methods, agents_may_cancel) VALUES ($1, $2, '{card_terminal,cash}', $3) RETURNING id`,
			fmt.Sprintf("AG%03d", i), fmt.Sprintf("Voyages %s %d", title(surname(i*7)), i), i%2 == 0).Scan(&agency)
		if err != nil {
			return nil, err
		}
		for k, role := range []account.Role{account.Agent, account.Agent, account.Manager} {
			s := seller{agency: agency, name: firstNames[(i*3+k)%len(firstNames)] + " " + title(surname(i*11+k))}
			if err := tx.QueryRow(ctx, person, agency, fmt.Sprintf("agent%d@agency%d.test", k, i), s.name, role, hash).Scan(&s.user); err != nil {
				return nil, err
			}
			sellers = append(sellers, s)
		}
	}
	for mail, role := range map[string]account.Role{deskMail: account.CustomerService, adminMail: account.Admin} {
		var id int64
		if err := tx.QueryRow(ctx, person, 0, mail, "Alex Duval", role, hash).Scan(&id); err != nil {
			return nil, err
		}
	}
	return sellers, nil
}
