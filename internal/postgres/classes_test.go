package postgres_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"guichet/internal/dbtest"
	"guichet/internal/postgres"
)

// Every column belongs to a class that says what becomes of it:
//
//	traveller  who travels; erased 13 months after the stay, or with its row
//	colleague  who works here; kept while the history is
//	secret     sealed, or only a hash
//	business   what was sold, when and for how much; codes and ids
//
// What is generated is computed from columns of the same row, and blank with them.
// Rows of drafts, kept_forms, sessions, signed_in, tickets, alert_links, passkey_challenges and rate_limits go by
// themselves, the former two after a day and half an hour.
var classes = map[string]map[string]string{
	"agencies":              {"business": "id code name timezone payment_methods agents_may_cancel suspended created_at logo"},
	"alert_links":           {"secret": "hash", "colleague": "user_id", "business": "change changed_at expires_at"},
	"attempts":              {"traveller": "message errors request response", "colleague": "actor_id actor_name", "business": "id booking_id operation outcome correlation started_at ended_at key_hint http_status error_code"},
	"audit":                 {"colleague": "actor_id subject_id network", "business": "id at action before after agency_id"},
	"booking_events":        {"colleague": "actor_id actor_name", "business": "booking_id seq event before after actor_role reason attempt_id at hash chain"},
	"booking_notes":         {"traveller": "person reference body", "colleague": "actor_id", "business": "id booking_id kind finding channel supplier_id at answered_at"},
	"booking_states":        {"business": "*"},
	"booking_supplier_ids":  {"business": "*"},
	"booking_transitions":   {"business": "before after"},
	"bookings":              {"traveller": "first_name last_name email phone country make model color plate plate_written outbound return_number agency_ref receipt", "generated": "name_words due_cents due_currency", "colleague": "user_id paid_by", "business": "id ref state version agency_id environment draft_id sale_id retry_of replaces zone_id zone_code zone_name zone_kind city timezone from_wall to_wall from_at to_at quote services total_cents currency language meeting_point pay_method same_plate supplier_id supplier_ref id_reissued booked_cents booked_currency booked_services insured differs reason unfit unfit_found uncompared taken_over t0 pay_by deadline fence lease_ends created_at changed_at paid_at erased_at"},
	"cases":                 {"colleague": "holder_id resolved_by", "business": "id booking_id why due opened_at resolved_at taken_at finding"},
	"customer_supplier_ids": {"traveller": "customer_id contact_id car_id", "business": "environment issued_at"},
	"customers":             {"traveller": "id key first_name last_name email phone country language make model color plate plate_written", "generated": "name_words", "business": "agency_id last_booked"},
	"drafts":                {"traveller": "content", "colleague": "user_id", "business": "id agency_id environment version sale_id retry_of replaces uncompared created_at updated_at"},
	"findings":              {"colleague": "actor_id second_id", "business": "id booking_id event_seq act operation finding attempt_id source channel supplier_id statement_id line note_id actor_role second_note_id at"},
	"goose_db_version":      {"business": "id version_id is_applied tstamp"},
	"handovers":             {"colleague": "user_id by_id", "business": "booking_id at"},
	"history_seals":         {"business": "*"},
	"kept_forms":            {"colleague": "user_id", "secret": "form", "business": "expires_at"},
	"nodes":                 {"business": "*"},
	"passkey_challenges":    {"secret": "session challenge", "business": "ceremony expires_at"},
	"passkeys":              {"colleague": "handle user_id name", "secret": "credential_id credential", "business": "created_at used_at"},
	"portal_clock":          {"business": "*"},
	"portal_state":          {"business": "*"},
	"portal_witness":        {"business": "*"},
	"quote_counts":          {"business": "*"},
	"rate_limits":           {"secret": "key", "business": "hits resets_at"},
	"recovery_codes":        {"colleague": "user_id", "secret": "hash", "business": "used_at"},
	"removal_logs":          {"business": "*"},
	"removals":              {"colleague": "subject ended_by", "business": "id kind at restore_id changed ending ended_at"},
	"restores":              {"business": "*"},
	"sealed_keys":           {"secret": "sealed", "business": "purpose made_at"},
	"second_factors":        {"colleague": "user_id", "secret": "secret candidate candidate_session codes", "business": "last_step confirmed_at candidate_at"},
	"sessions":              {"secret": "token data", "business": "expiry"},
	"signed_in":             {"secret": "token", "colleague": "user_id device network", "business": "begun_at used_at verified_at sure_at"},
	"statement_lines":       {"traveller": "cells plate", "business": "statement_id number supplier_id supplier_ref from_wall to_wall cents currency class reason booking_id candidates acted_at document line_date status"},
	"statements":            {"colleague": "user_id compared_by", "traveller": "file_name", "business": "id handle environment digest at period_from period_to about header lines mapping state compared_at read_at erased_at"},
	"supplier_keys":         {"secret": "sealed", "colleague": "added_by", "business": "id environment slot tail digest active added_at tested_at test_passed activated_at refused_at retired_at"},
	"tickets":               {"secret": "hash", "colleague": "user_id", "business": "kind expires_at used_at created_at"},
	"unrecorded_answers":    {"traveller": "message errors request response settled_text", "colleague": "actor_id settled_by", "business": "id environment correlation booking_id booking_ref supplier_id operation outcome key_hint http_status error_code at settled_at"},
	"unknown_bookings":      {"traveller": "plate proposed person reference body", "colleague": "proposed_by ended_by", "business": "id handle environment supplier_id supplier_ref from_wall to_wall cents currency statement_id line opened_at proposed_at version ending ended_at channel"},
	"users":                 {"colleague": "id handle email invited_as name language theme density default_zone shortcuts", "secret": "password_hash", "business": "agency_id role suspended created_at"},
	"zone_refreshes":        {"business": "*"},
	"zones":                 {"business": "*"},
}

// A column that nobody has thought about fails the test; so does a class of one
// that is gone.
func TestEveryColumnHasAClass(t *testing.T) {
	t.Parallel()
	rows, err := dbtest.New(t).Query(t.Context(), `
		SELECT table_name, column_name FROM information_schema.columns
		WHERE table_schema = 'public' AND table_name NOT LIKE 'river\_%' ORDER BY 1, 2`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	exist := map[string]bool{}
	for rows.Next() {
		var table, column string
		if err := rows.Scan(&table, &column); err != nil {
			t.Fatal(err)
		}
		exist[table+"."+column] = true
		if n := classesOf(table, column); n != 1 {
			t.Errorf("%s.%s is in %d classes", table, column, n)
		}
	}
	for table, of := range classes {
		for _, column := range strings.Fields(strings.Join(slices.Collect(maps.Values(of)), " ")) {
			if column != "*" && !exist[table+"."+column] {
				t.Errorf("%s.%s is classified and does not exist", table, column)
			}
		}
	}
}

func classesOf(table, column string) (n int) {
	for _, columns := range classes[table] {
		for _, c := range strings.Fields(columns) {
			if c == column || c == "*" {
				n++
			}
		}
	}
	return n
}

// What is erased from a booking are the columns of its travellers, all of them.
func TestWhatIsErasedAreTheTravellersColumns(t *testing.T) {
	t.Parallel()
	source := postgres.EraseStatements
	for _, table := range []string{"bookings", "booking_notes", "attempts", "statement_lines", "unrecorded_answers", "unknown_bookings"} {
		_, after, found := strings.Cut(source, "UPDATE "+table+" SET ")
		set, _, _ := strings.Cut(after, "WHERE")
		if !found {
			t.Fatalf("nothing is erased from %s", table)
		}
		for _, column := range strings.Fields(classes[table]["traveller"]) {
			if !strings.Contains(" "+set, " "+column+" = ") && !strings.Contains(set, "\t"+column+" = ") {
				t.Errorf("%s.%s is not erased", table, column)
			}
		}
	}
}
