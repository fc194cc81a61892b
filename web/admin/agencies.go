package admin

import (
	"slices"

	"guichet/internal/account"
	"guichet/web/ui"
)

// AgenciesPage is the list of agencies.
type AgenciesPage struct{ Agencies []account.Agency }

// AgencyPage is one agency, or the form for a new one.
type AgencyPage struct {
	New    bool
	Agency account.Agency // as it was typed
	Code   string         // of the stored one; empty for a new one
	Load   account.AgencyLoad
	Logo   []byte // PNG; none without one
	Errors map[string]string
}

func (p AgencyPage) action() string {
	if p.New {
		return "/admin/agencies"
	}
	return "/admin/agencies/" + p.Code
}

func (p AgencyPage) name(v ui.View) ui.Field {
	return ui.Field{ID: "name", Name: "name", Label: v.T("people.name"), Value: p.Agency.Name}.WithErrors(p.Errors)
}

func (p AgencyPage) code(v ui.View) ui.Field {
	return ui.Field{
		ID: "code", Name: "code", Label: v.T("agency.code"), Hint: v.T("agency.code.hint"), Value: p.Agency.Code, Capitalize: "characters",
	}.WithErrors(p.Errors)
}

func (p AgencyPage) timezone(v ui.View) ui.Field {
	return ui.Field{
		ID: "timezone", Name: "timezone", Label: v.T("agency.timezone"), Hint: v.T("agency.timezone.hint"), Value: p.Agency.Timezone, Capitalize: "none",
	}.WithErrors(p.Errors)
}

func (p AgencyPage) methods(v ui.View) ui.ChoiceGroup {
	g := ui.ChoiceGroup{ID: "methods", Name: "methods", Legend: v.T("agency.methods"), Error: p.Errors["methods"]}
	for _, m := range account.PaymentMethods() {
		g.Choices = append(g.Choices, ui.Choice{
			ID: "methods-" + m, Value: m, Label: v.T("pay_method." + m), Checked: slices.Contains(p.Agency.PaymentMethods, m),
		})
	}
	return g
}

func (p AgencyPage) cancel(v ui.View) ui.ChoiceGroup {
	return ui.ChoiceGroup{
		ID: "agents_may_cancel", Name: "agents_may_cancel", Legend: v.T("agency.cancel"),
		Choices: []ui.Choice{{
			ID: "agents_may_cancel-1", Value: "1", Label: v.T("agency.cancel.yes"), Hint: v.T("agency.cancel.hint"), Checked: p.Agency.AgentsMayCancel,
		}},
	}
}

func (p AgencyPage) logo(v ui.View) ui.Field {
	return ui.Field{ID: "logo", Name: "logo", Label: v.T("agency.logo"), Hint: v.T("agency.logo.hint"), Type: "file"}.WithErrors(p.Errors)
}

func (p AgencyPage) problems(v ui.View) []ui.Problem {
	return ui.Problems(p.name(v), p.code(v), p.timezone(v), p.methods(v).AsField(), p.logo(v))
}
