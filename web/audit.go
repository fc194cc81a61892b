package web

import (
	"time"

	"guichet/internal/account"
	"guichet/internal/locale"
)

// AuditPage is a page of the audit log.
type AuditPage struct {
	Entries   []account.Entry
	Action    account.Action // the filter; empty for all
	BadCursor bool
	Pager     Pager
	Now       time.Time
	Timezone  string
}

var actionWords = map[account.Action]locale.Key{
	account.DidSignIn:         "audit.sign_in",
	account.DidFailSignIn:     "audit.sign_in_refused",
	account.DidChoosePassword: "audit.password_chosen",
	account.DidChangePassword: "audit.password_changed",
	account.DidEndSession:     "audit.session_ended",
	account.DidInvite:         "audit.user_invited",
	account.DidSendLink:       "audit.link_sent",
	account.DidSuspend:        "audit.user_suspended",
	account.DidRestore:        "audit.user_restored",
	account.DidChangeRole:     "audit.role_changed",
	account.DidCreateAgency:   "audit.agency_created",
	account.DidChangeAgency:   "audit.agency_changed",
	account.DidSuspendAgency:  "audit.agency_suspended",
	account.DidRestoreAgency:  "audit.agency_restored",
	account.DidReopen:         "audit.portal_reopened",
	account.DidFailCode:       "audit.code_refused",
	account.DidSetFactor:      "audit.factor_set",
	account.DidResetFactor:    "audit.factor_reset",
	account.DidUseRecovery:    "audit.recovery_code_used",
	account.DidRenewRecovery:  "audit.recovery_codes_renewed",
	account.DidAddKey:         "audit.key_added",
	account.DidActivateKey:    "audit.key_activated",
	account.DidRetireKey:      "audit.key_retired",
}

// change puts what was changed into words.
func (v View) change(e account.Entry) string {
	if e.Action != account.DidChangeRole {
		return e.After // an agency's code
	}
	return v.T("audit.change", "Before", v.role(account.Role(e.Before)), "After", v.role(account.Role(e.After)))
}

func (v View) auditActor(e account.Entry) string {
	if e.ActorID == 0 {
		return v.T("audit.nobody")
	}
	return e.ActorName
}

func (p AuditPage) filter(v View) SelectField {
	var group OptionGroup
	for _, a := range account.Actions() {
		group.Options = append(group.Options, Option{Value: string(a), Label: v.T(string(actionWords[a]))})
	}
	return SelectField{
		Field:  Field{ID: "action", Name: "action", Label: v.T("audit.action"), Value: string(p.Action)},
		Empty:  v.T("audit.all"),
		Groups: []OptionGroup{group},
	}
}
