package account

import (
	"context"
	"fmt"
	"time"
)

// Action is what the audit log says was done.
type Action string

// The actions that are kept.
const (
	DidSignIn         Action = "sign_in"
	DidFailSignIn     Action = "sign_in_refused"
	DidChoosePassword Action = "password_chosen"  // by a link
	DidChangePassword Action = "password_changed" // knowing the one before
	DidEndSession     Action = "session_ended"
	DidInvite         Action = "user_invited"
	DidSendLink       Action = "link_sent"
	DidSuspend        Action = "user_suspended"
	DidRestore        Action = "user_restored"
	DidChangeRole     Action = "role_changed"
	DidCreateAgency   Action = "agency_created"
	DidChangeAgency   Action = "agency_changed"
	DidSuspendAgency  Action = "agency_suspended"
	DidRestoreAgency  Action = "agency_restored"
	DidChangeLogo     Action = "agency_logo_changed"
	DidReopen         Action = "portal_reopened"
	DidRepeat         Action = "removal_repeated" // what a restore had undone
	DidEndRemoval     Action = "removal_ended"    // by an admin who looked at it
	DidFailCode       Action = "code_refused"
	DidShowPassword   Action = "password_accepted" // and the second factor is still to come
	DidFailIdentity   Action = "identity_refused"  // of somebody who is signed in: a wrong password
	DidSetFactor      Action = "factor_set"
	DidResetFactor    Action = "factor_reset" // by somebody else
	DidUseRecovery    Action = "recovery_code_used"
	DidRenewRecovery  Action = "recovery_codes_renewed"
	DidAddPasskey     Action = "passkey_added"
	DidRemovePasskey  Action = "passkey_removed"
	DidSearch         Action = "searched"
	DidView           Action = "booking_viewed" // by staff
	DidList           Action = "list_viewed"    // by staff
	DidIdentify       Action = "caller_identified"
	DidReadEvidence   Action = "evidence_read"
	DidExport         Action = "list_exported"
	DidExportPerson   Action = "person_exported"
	DidErasePerson    Action = "person_erased"
	DidAddKey         Action = "key_added"
	DidActivateKey    Action = "key_activated"
	DidRetireKey      Action = "key_retired"
	DidRefreshZones   Action = "zones_refreshed"
	DidAcceptZones    Action = "zones_accepted"
	DidSetTimezone    Action = "zone_timezone_set"

	DidImportStatement  Action = "statement_imported"
	DidCompareStatement Action = "statement_compared"
	DidNameLine         Action = "line_named" // by the supplier's id, which its statement lacks
)

// Actions lists all of them.
func Actions() []Action {
	return []Action{
		DidSignIn, DidFailSignIn, DidChoosePassword, DidChangePassword, DidEndSession,
		DidInvite, DidSendLink, DidSuspend, DidRestore, DidChangeRole,
		DidCreateAgency, DidChangeAgency, DidSuspendAgency, DidRestoreAgency, DidChangeLogo, DidReopen, DidRepeat, DidEndRemoval,
		DidFailCode, DidShowPassword, DidFailIdentity, DidSetFactor, DidResetFactor, DidUseRecovery, DidRenewRecovery, DidAddPasskey, DidRemovePasskey,
		DidSearch, DidView, DidList, DidIdentify, DidReadEvidence, DidExport, DidExportPerson, DidErasePerson, DidAddKey, DidActivateKey, DidRetireKey,
		DidRefreshZones, DidAcceptZones, DidSetTimezone,
		DidImportStatement, DidCompareStatement, DidNameLine,
	}
}

// AuditEntry is one line of the audit log: codes and ids, and never a secret.
type AuditEntry struct {
	ID            int64
	At            time.Time
	ActorID       int64 // 0: nobody who is signed in
	SubjectID     int64 // to whom it was done; 0: to nobody
	AgencyID      int64 // of the agency that was changed; 0: the actor's or the subject's
	Action        Action
	Before, After string // codes, such as roles
	Network       string

	ActorName, SubjectName, SubjectHandle string // as they are called today; only when read
}

// AuditEntry is the beginning of one by an actor; those who audit in a transaction of
// their own add what it is about.
func (a Actor) AuditEntry(action Action) AuditEntry {
	return AuditEntry{ActorID: a.UserID, Action: action, Network: a.Network}
}

// AuditFilter says which entries are wanted, the latest first.
type AuditFilter struct {
	Action   Action    // empty for all
	Who      string    // part of the name, or the address, of either side
	AgencyID int64     // 0 for all
	Network  string    // beginning of where the request came from
	From, To time.Time // zero for open
	Before   int64     // older than the entry with this id; 0 for the latest
	Limit    int
}

// AuditLog returns entries. ErrForbidden: only admins read it.
func (s *Service) AuditLog(ctx context.Context, a Actor, f AuditFilter) ([]AuditEntry, error) {
	if a.Role != Admin {
		return nil, ErrForbidden
	}
	list, err := s.store.AuditLog(ctx, f)
	if err != nil {
		return nil, fmt.Errorf("read the audit log: %w", err)
	}
	return list, nil
}

// AuditSearch notes that personal data was looked for: by what kind of text, and
// its fingerprint.
func (s *Service) AuditSearch(ctx context.Context, a Actor, kind, text string) error {
	mark, err := s.store.Fingerprint(ctx, text)
	if err != nil {
		return fmt.Errorf("note a search: %w", err)
	}
	return s.audit(ctx, AuditEntry{ActorID: a.UserID, Action: DidSearch, After: kind + " " + mark, Network: a.Network})
}

// AuditBooking notes what staff did with who travels in a booking.
func (s *Service) AuditBooking(ctx context.Context, a Actor, action Action, ref string, agencyID int64) error {
	return s.audit(ctx, AuditEntry{ActorID: a.UserID, AgencyID: agencyID, Action: action, After: ref, Network: a.Network})
}

// AuditList notes that staff saw who travels in a list: in what, by its names.
func (s *Service) AuditList(ctx context.Context, a Actor, names string) error {
	return s.audit(ctx, AuditEntry{ActorID: a.UserID, Action: DidList, After: names, Network: a.Network})
}

// AuditExport notes that a list was taken along: which, as what, and the mark of
// its filter.
func (s *Service) AuditExport(ctx context.Context, a Actor, what string) error {
	return s.audit(ctx, AuditEntry{ActorID: a.UserID, Action: DidExport, After: what, Network: a.Network})
}

func (s *Service) audit(ctx context.Context, e AuditEntry) error {
	if err := s.store.InTx(ctx, func(tx Tx) error { return tx.Audit(ctx, e) }); err != nil {
		return fmt.Errorf("write the audit log: %w", err)
	}
	return nil
}
