package e2e

import (
	"strings"

	"guichet/internal/account"
	"guichet/internal/statement"
)

// statement uploads a file about bookings and returns its address.
func (v *visit) statement(lines ...string) string {
	v.t.Helper()
	actor := account.Actor{UserID: v.ids[desk], Name: "Dominique Roux", Role: account.CustomerService}
	now, err := v.portal.Bookings.Now(v.t.Context())
	if err != nil {
		v.t.Fatal(err)
	}
	st, err := v.portal.Statements.Import(v.t.Context(), actor, statement.Upload{
		FileName: "releve.csv", From: now.AddDate(0, -1, 0), To: now, About: statement.AboutPayments,
		File: strings.NewReader("ID;Référence;Plaque;Dépôt;Retour;Total\n" + strings.Join(lines, "\n")),
	})
	if err != nil {
		v.t.Fatal(err)
	}
	return "/desk/statements/" + st.Handle
}
