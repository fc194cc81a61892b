package admin

import (
	"net/url"
	"strings"
	"time"

	"guichet/internal/account"
	"guichet/internal/locale"
	"guichet/web/ui"
)

// AuditPage is a page of the audit log.
type AuditPage struct {
	Entries   []account.AuditEntry
	Agencies  []account.Agency
	Filter    AuditFilter
	Errors    map[string]string
	BadCursor bool
	Formats   []string // of an export
	Problem   string   // no format was chosen
	Pager     ui.Pager
	Now       time.Time
	Timezone  string
}

// AuditFilter is what the log is filtered by, as it was typed.
type AuditFilter struct {
	Action, Who, Agency, Network, From, To string
}

// Any reports whether anything is left out.
func (f AuditFilter) Any() bool { return f != AuditFilter{} }

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
	account.DidRepeat:         "audit.removal_repeated",
	account.DidEndRemoval:     "audit.removal_ended",
	account.DidReopen:         "audit.portal_reopened",
	account.DidChangeLogo:     "audit.agency_logo_changed",
	account.DidFailCode:       "audit.code_refused",
	account.DidShowPassword:   "audit.password_accepted",
	account.DidFailIdentity:   "audit.identity_refused",
	account.DidSetFactor:      "audit.factor_set",
	account.DidResetFactor:    "audit.factor_reset",
	account.DidAddPasskey:     "audit.passkey_added",
	account.DidRemovePasskey:  "audit.passkey_removed",
	account.DidUseRecovery:    "audit.recovery_code_used",
	account.DidRenewRecovery:  "audit.recovery_codes_renewed",
	account.DidSearch:         "audit.searched",
	account.DidView:           "audit.booking_viewed",
	account.DidList:           "audit.list_viewed",
	account.DidIdentify:       "audit.caller_identified",
	account.DidReadEvidence:   "audit.evidence_read",
	account.DidExport:         "audit.list_exported",
	account.DidExportPerson:   "audit.person_exported",
	account.DidErasePerson:    "audit.person_erased",
	account.DidAddKey:         "audit.key_added",
	account.DidActivateKey:    "audit.key_activated",
	account.DidRetireKey:      "audit.key_retired",
	account.DidRefreshZones:   "audit.zones_refreshed",
	account.DidAcceptZones:    "audit.zones_accepted",
	account.DidSetTimezone:    "audit.zone_timezone_set",

	account.DidImportStatement:  "audit.statement_imported",
	account.DidCompareStatement: "audit.statement_compared",
	account.DidNameLine:         "audit.line_named",
}

// change puts what was changed into words.
func change(v ui.View, e account.AuditEntry) string {
	if codedActions[e.Action] {
		e.Before, e.After = decoded(v, e.Before), decoded(v, e.After)
	}
	switch {
	case e.Action == account.DidChangeRole:
		return v.T("audit.change", "Before", role(v, account.Role(e.Before)), "After", role(v, account.Role(e.After)))
	case e.Before != "" && e.Before != e.After:
		return v.T("audit.change", "Before", e.Before, "After", e.After)
	default:
		return e.After
	}
}

// codedActions are those whose entries hold codes of ours beside references.
var codedActions = map[account.Action]bool{
	account.DidSearch: true, account.DidList: true, account.DidExport: true, account.DidIdentify: true, account.DidRepeat: true, account.DidEndRemoval: true,
	account.DidRefreshZones: true, account.DidAcceptZones: true,
}

// decoded says the codes of a text such as "name 7df9b820" or "zones=22 lacking=1"
// in the visitor's words; what is no code stays.
func decoded(v ui.View, text string) string {
	words := strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == ',' })
	for i, word := range words {
		code, value, _ := strings.Cut(word, "=")
		if key := "audit.code." + code; locale.Has(v.Lang, key) {
			words[i] = strings.TrimSpace(v.T(key) + " " + value)
		}
	}
	return strings.Join(words, " · ")
}

func auditActor(v ui.View, e account.AuditEntry) string {
	if e.ActorID == 0 {
		return v.T("audit.nobody")
	}
	return e.ActorName
}

func (p AuditPage) action(v ui.View) ui.SelectField {
	var group ui.OptionGroup
	for _, a := range account.Actions() {
		group.Options = append(group.Options, ui.Option{Value: string(a), Label: v.T(string(actionWords[a]))})
	}
	return ui.SelectField{
		Field:  ui.Field{ID: "action", Name: "action", Label: v.T("audit.action"), Value: p.Filter.Action},
		Empty:  v.T("audit.all"),
		Groups: []ui.OptionGroup{group},
	}
}

func (p AuditPage) agency(v ui.View) ui.SelectField {
	var group ui.OptionGroup
	for _, a := range p.Agencies {
		group.Options = append(group.Options, ui.Option{Value: a.Code, Label: a.Name + " (" + a.Code + ")"})
	}
	return ui.SelectField{
		Field:  ui.Field{ID: "agency", Name: "agency", Label: v.T("people.agency"), Value: p.Filter.Agency},
		Empty:  v.T("audit.all_agencies"),
		Groups: []ui.OptionGroup{group},
	}
}

func (p AuditPage) who(v ui.View) ui.Field {
	return ui.Field{ID: "who", Name: "who", Label: v.T("audit.person"), Hint: v.T("audit.person.hint"), Value: p.Filter.Who}.WithErrors(p.Errors)
}

func (p AuditPage) network(v ui.View) ui.Field {
	return ui.Field{ID: "network", Name: "network", Label: v.T("audit.network"), Hint: v.T("audit.network.hint"), Value: p.Filter.Network, Code: true}.WithErrors(p.Errors)
}

func (p AuditPage) from(v ui.View) ui.Field {
	return ui.Field{ID: "from", Name: "from", Label: v.T("audit.from"), Hint: v.T("audit.date.hint"), Value: p.Filter.From, Width: "m"}.WithErrors(p.Errors)
}

func (p AuditPage) to(v ui.View) ui.Field {
	return ui.Field{ID: "to", Name: "to", Label: v.T("audit.to"), Hint: v.T("audit.date.hint"), Value: p.Filter.To, Width: "m"}.WithErrors(p.Errors)
}

// AuditHead names the columns of an export of the log: when, and those of AuditRow.
func AuditHead(v ui.View) []string {
	return []string{v.T("audit.when"), v.T("audit.who"), v.T("audit.action"), v.T("audit.change.head"), v.T("audit.whom"), v.T("audit.network")}
}

// AuditRow is an entry as an export has it, but for its time.
func AuditRow(v ui.View, e account.AuditEntry) []string {
	return []string{auditActor(v, e), v.T(string(actionWords[e.Action])), change(v, e), e.SubjectName, e.Network}
}

// AuditAbout says what stands in an export of the log.
func AuditAbout(v ui.View, p AuditPage) []string {
	f := p.Filter
	var filters []string
	for _, part := range []string{f.Action, f.Who, f.Agency, f.Network, f.From, f.To} {
		if part != "" {
			filters = append(filters, part)
		}
	}
	if len(filters) == 0 {
		filters = []string{v.T("export.no_filter")}
	}
	now := p.Now.In(ui.Location(p.Timezone))
	return []string{
		v.T("audit.caption"), v.T("export.filters", "Filters", strings.Join(filters, " · ")),
		v.T("export.hours", "Zone", v.ZoneName(p.Timezone), "Name", p.Timezone, "Day", now, "Time", now),
	}
}

// exportURL is where the log is exported with the filter in force.
func (p AuditPage) exportURL() string {
	q := url.Values{}
	for name, value := range map[string]string{
		"action": p.Filter.Action, "who": p.Filter.Who, "agency": p.Filter.Agency, "network": p.Filter.Network, "from": p.Filter.From, "to": p.Filter.To,
	} {
		if value != "" {
			q.Set(name, value)
		}
	}
	return "/admin/audit/export?" + q.Encode()
}
