package statement_test

import (
	"fmt"
	"strings"
	"testing"

	"guichet/internal/account"
	"guichet/internal/booking"
	"guichet/internal/statement"
)

// refuseAudit lets the database take no entry of an action.
func (c *env) refuseAudit(action account.Action) {
	c.t.Helper()
	_, err := c.pool.Exec(c.t.Context(), fmt.Sprintf(`
		CREATE FUNCTION refuse_audit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no entry'; END $$;
		CREATE TRIGGER refuse_audit BEFORE INSERT ON audit FOR EACH ROW WHEN (NEW.action = '%s') EXECUTE FUNCTION refuse_audit()`, action))
	if err != nil {
		c.t.Fatal(err)
	}
}

// A file whose entry in the audit log cannot be written is not kept.
func TestAnImportThatCannotBeAuditedIsNone(t *testing.T) {
	t.Parallel()
	c := newEnv(t)
	c.refuseAudit(account.DidImportStatement)
	up := statement.Upload{File: strings.NewReader("id;amount\ny;1\n"), From: today(c), To: today(c), About: statement.AboutReturns}
	if _, err := c.Import(t.Context(), c.desk, up); err == nil {
		t.Error("it was imported")
	}
	if list, err := c.List(t.Context(), c.desk, 9); err != nil || len(list) != 0 {
		t.Errorf("%d are kept, %v", len(list), err)
	}
}

// Nothing follows from a comparison that cannot be audited.
func TestAComparisonThatCannotBeAuditedIsNone(t *testing.T) {
	t.Parallel()
	c := newEnv(t)
	b := c.payLost("AA-009-AA")
	st := c.statement("id;amount\n" + b.SupplierID + ";" + cents(b.Due()) + "\n")
	c.refuseAudit(account.DidCompareStatement)
	if _, _, err := c.compare(st, idAndAmount); err == nil {
		t.Error("it was compared")
	}
	st, err := c.Find(t.Context(), c.desk, st.Handle)
	if err != nil || st.Columns != nil || !st.ComparedAt.IsZero() || c.now(b.Ref).State != booking.PayUnknown {
		t.Errorf("%+v, %v, the booking is %s", st, err, c.now(b.Ref).State)
	}
	if _, err := c.pool.Exec(t.Context(), `DROP TRIGGER refuse_audit ON audit`); err != nil {
		t.Fatal(err)
	}
	if _, done, err := c.compare(st, idAndAmount); err != nil || done != (statement.Compared{Proved: 1}) {
		t.Errorf("%+v, %v", done, err)
	}
}
