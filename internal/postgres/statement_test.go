package postgres_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"guichet/internal/booking"
	"guichet/internal/postgres"
	"guichet/internal/statement"
)

// A file is stored once, and each of its lines with what it came to.
func TestAStatementIsStored(t *testing.T) {
	t.Parallel()
	x := newShop(t)
	ctx := t.Context()
	b := x.paid(x.agent, "AB-801-CD", 40)
	service := statement.NewService(postgres.Statements{Store: x.store}, x.Service)
	today := time.Now().UTC().Truncate(24 * time.Hour)
	up := statement.Upload{
		FileName: "C:\\tmp\\no\u202evember\u2028\a.csv", From: today.AddDate(0, 0, -10), To: today.AddDate(0, 0, 1), About: statement.AboutPayments,
		File: strings.NewReader(fmt.Sprintf("id;amount\n%s;%d,%02d\n99999999;10,00\n", b.SupplierID, b.Due().Cents/100, b.Due().Cents%100)),
	}
	st, err := service.Import(ctx, x.desk, up)
	if err != nil || st.Handle == "" || st.FileName != "november .csv" {
		t.Fatalf("%q, %v", st.FileName, err)
	}
	if again, err := service.Import(ctx, x.desk, up); !errors.Is(err, booking.ErrChanged) || again.Handle != st.Handle {
		t.Errorf("the same file: %q, %v", again.Handle, err)
	}
	if _, err := service.Find(ctx, x.desk, "none"); !errors.Is(err, booking.ErrNotFound) {
		t.Errorf("no such statement: %v", err)
	}
	st, _, err = service.Compare(ctx, x.desk, statement.CompareRequest{
		Handle: st.Handle, Columns: statement.Columns{"supplier_id": 0, "amount": 1}, Words: func(string, int) string { return "line" },
	})
	if err != nil {
		t.Fatal(err)
	}
	lines, err := service.LinesOf(ctx, st, "", 0, 9)
	if err != nil || len(lines) != 2 || lines[0].Ref != b.Ref || lines[1].Ref != "" {
		t.Errorf("%+v, %v", lines, err)
	}
	if list, err := service.List(ctx, x.desk, 9); err != nil || len(list) != 1 || list[0].ComparedAt.IsZero() {
		t.Errorf("%+v, %v", list, err)
	}
}
