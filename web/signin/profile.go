package signin

import (
	"guichet/web/ui"
)

import "guichet/internal/booking"

// ProfileForm is what a person can set for oneself.
type ProfileForm struct {
	Name, Email     string
	Language, Theme string
	Density         string
	Zone            string         // the key of the default one
	Zones           []booking.Zone // to choose from; none for those who do not sell
	ShortcutsOff    bool
	Errors          map[string]string
}

func (f ProfileForm) language(v ui.View) ui.ChoiceGroup {
	return ui.LanguageChoice(v.T("profile.language"), f.Language, f.Errors["language"])
}

func (f ProfileForm) theme(v ui.View) ui.ChoiceGroup {
	return ui.ChoiceGroup{
		ID: "theme", Name: "theme", Legend: v.T("profile.theme"), Error: f.Errors["theme"],
		Choices: []ui.Choice{
			{ID: "theme-auto", Value: "auto", Label: v.T("profile.theme.auto"), Checked: f.Theme == "auto"},
			{ID: "theme-light", Value: "light", Label: v.T("profile.theme.light"), Checked: f.Theme == "light"},
			{ID: "theme-dark", Value: "dark", Label: v.T("profile.theme.dark"), Checked: f.Theme == "dark"},
		},
	}
}

func (f ProfileForm) density(v ui.View) ui.ChoiceGroup {
	return ui.ChoiceGroup{
		ID: "density", Name: "density", Legend: v.T("profile.density"), Error: f.Errors["density"],
		Choices: []ui.Choice{
			{ID: "density-compact", Value: "compact", Label: v.T("profile.density.compact"), Hint: v.T("profile.density.compact.hint"), Checked: f.Density == "compact"},
			{ID: "density-comfortable", Value: "comfortable", Label: v.T("profile.density.comfortable"), Hint: v.T("profile.density.comfortable.hint"), Checked: f.Density == "comfortable"},
		},
	}
}

func (f ProfileForm) zone(v ui.View) ui.SelectField {
	return ui.SelectField{
		Field: ui.Field{ID: "zone", Name: "zone", Label: v.T("profile.zone"), Hint: v.T("profile.zone.hint"), Value: f.Zone},
		Empty: v.T("profile.zone.none"), Groups: ui.ZoneGroups(v, f.Zones), Combobox: true,
	}
}

func (f ProfileForm) shortcuts(v ui.View) ui.ChoiceGroup {
	return ui.ChoiceGroup{
		ID: "shortcuts_off", Name: "shortcuts_off", Legend: v.T("web.shortcuts"),
		Choices: []ui.Choice{{ID: "shortcuts_off-1", Value: "1", Label: v.T("profile.shortcuts.off"), Checked: f.ShortcutsOff}},
	}
}
