package mutants

// securityErrors: chapters 15 and 16, what it is built of, what it logs, and how it fails.
var securityErrors = []Mutant{
	proves("15.1.3 15.2.2", "a quote has a budget", "internal/supplier", "TestQuoteBudget", "internal/supplier/reads.go",
		"limited, cancel := context.WithTimeout(ctx, r.budget)", "limited, cancel := context.WithCancel(ctx)"),
	proves("15.3.7", "posted fields are read from the body alone", "internal/server", "TestOnlyFieldsOfTheFormAreRead", "internal/server/site/form.go",
		"return sanitizeValues(r.PostForm), nil", "return sanitizeValues(r.Form), nil"),
	proves("15.3.4", "a portal that listens to others names its proxies", "internal/app", "TestOpenSaysWhatToDo", "internal/app/app.go",
		"case c.Exposed() && env != booking.Simulator:", "case c.Exposed() && env == \"\":"),

	proves("16.2.1 16.2.2", "the log says who it was", "internal/server", "TestAccessLogNamesTheRouteOnly", middleware,
		`slog.Int64("user", f.Person.ID), `, ""),
	proves("16.2.1 16.2.2", "the log tells its time in UTC", "cmd/portal", "TestTheLogIsJSONInUTC", "cmd/portal/main.go",
		"a.Value.Time().UTC()", "a.Value.Time()"),
	proves("16.2.4 16.4.1", "a line of the log is one JSON object", "cmd/portal", "TestTheLogIsJSONInUTC", "cmd/portal/main.go",
		"slog.NewJSONHandler(w, ", "slog.NewTextHandler(w, "),
	proves("16.3.1 16.3.2 16.3.3", "a change of rights is in the audit log", "internal/server", "TestTheAuditLogSaysWhoDidWhat", "internal/account/people.go",
		"return tx.Audit(ctx, e)", "return nil"),
	proves("16.3.1 16.3.2 16.3.3", "a refusal has a line in the log", "internal/server", "TestWhatIsRefused", middleware,
		"s.Log.LogAttrs(r.Context(), slog.LevelInfo, \"request\", attrs...)", "if f.rec.status < 400 {\n\t\t\t\ts.Log.LogAttrs(r.Context(), slog.LevelInfo, \"request\", attrs...)\n\t\t\t}"),
	proves("16.3.4", "an unexpected error is logged with its reference", "internal/server", "TestUnexpectedErrorsShowAReferenceOnly", failures,
		"s.Log.LogAttrs(r.Context(), level, message,\n\t\tslog.String(\"request\", RequestInfoOf(r).id), ", "s.Log.LogAttrs(r.Context(), level, message,\n\t\t"),
	proves("16.4.2", "the audit log only grows", "internal/server", "TestTheAuditLogOnlyGrows", "migrations/0011_audit.sql",
		"CREATE TRIGGER audit_is_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON audit", "CREATE TRIGGER audit_is_kept BEFORE UPDATE ON audit"),
	proves("16.4.2", "an event without the key is found", "internal/app", "TestVerifyFindsAForgedEvent", "internal/booking/chain.go",
		"return hmac.Equal(e.Hash, SealWith(key, previous, bookingID, e.HistoryEntry))", "return hmac.Equal(e.Hash, e.Hash)"),
	proves("16.4.2", "an entry that was changed is found", "internal/app", "TestVerifyFindsWhatWasDoneToTheAuditLog", verify,
		"case !s.IsOver(v.Key, last.MAC, digest.Sum()):", "case len(s.MAC) == 0:"),
	proves("16.5.1", "a page shows no cause", "internal/server", "TestUnexpectedErrorsShowAReferenceOnly", failures,
		"page := s.failurePage(r, f)\n", "page := s.failurePage(r, f)\n\tpage.Texts = append(page.Texts, err.Error())\n"),
	proves("16.5.2", "the portal opens without the supplier", "internal/app", "TestOpensWithoutTheSupplier", "internal/app/app.go",
		`p.log.WarnContext(ctx, "zones not refreshed; the last good copy serves", "error", err)`, "return err"),
	proves("16.5.2", "reads stay away from a supplier that fails", "internal/supplier", "TestBreaker", "internal/supplier/reads.go",
		"failsafe.With[any](retry, breaker)", "failsafe.With[any](retry)").
		and("internal/supplier/reads.go", "\tbreaker := circuitbreaker", "\t_ = circuitbreaker"),
	proves("16.5.3", "a lost answer is unknown", "internal/booking", "TestPayWithEachFault", "internal/supplier/outcome.go",
		"case x.status == 0 || !x.whole:\n\t\treturn verdict{outcome: booking.OutcomeUnknown}", "case x.status == 0 || !x.whole:\n\t\treturn verdict{outcome: booking.OutcomeRefused}"),
	proves("16.5.3", "an answer that cannot be recorded is kept", "internal/booking", "TestAnswerThatCannotBeRecordedIsKeptApart", "internal/booking/unrecorded.go",
		"err = s.patiently(ctx, c, func(ctx context.Context) error { return s.keepAnswer(ctx, c, ans) })", "err = nil"),
}

const (
	failures = "internal/server/site/errors.go"
	verify   = "internal/app/verify.go"
)
