package mutants

// transactions: what is written together, and how it ends when it is not.
var transactions = []Mutant{
	test("an import is kept with its audit", "internal/statement", "CannotBeAudited", "internal/statement/statement.go",
		"return tx.Audit(ctx, entry(actor, account.DidImportStatement, st))", "return nil").finds("it was imported"),
	test("a comparison begins with its audit", "internal/statement", "CannotBeAudited", "internal/statement/compare.go",
		"return tx.Audit(ctx, entry(c.actor, account.DidCompareStatement, c.st))", "return nil").finds("it was compared"),
	test("zones are kept with their audit", "internal/booking", "CannotBeAudited", "internal/booking/zone.go",
		"return tx.Audit(ctx, *asked)", "return nil").finds("it was done"),
	test("reopening is done with its audit", "internal/booking", "CannotBeAudited", "internal/booking/frozen.go",
		"return tx.Audit(ctx, actor.AuditEntry(account.DidReopen))", "return nil").finds("it was done"),
	test("a rollback does not need the visitor", "internal/postgres", "EndsBadly", "internal/postgres/store.go",
		"context.WithTimeout(context.WithoutCancel(ctx), rollbackBudget)", "context.WithTimeout(ctx, rollbackBudget)").finds("by connection"),
}
