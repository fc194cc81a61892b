package web

// ProfileForm is what a person can set for oneself.
type ProfileForm struct {
	Name, Email     string
	Language, Theme string
	Errors          map[string]string
}

func (f ProfileForm) language(v View) ChoiceGroup {
	return ChoiceGroup{
		ID: "language", Name: "language", Legend: v.T("profile.language"), Error: f.Errors["language"],
		Choices: []Choice{
			{ID: "language-fr", Value: "fr", Label: "Français", Lang: "fr", Checked: f.Language == "fr"},
			{ID: "language-en", Value: "en", Label: "English", Lang: "en", Checked: f.Language == "en"},
		},
	}
}

func (f ProfileForm) theme(v View) ChoiceGroup {
	return ChoiceGroup{
		ID: "theme", Name: "theme", Legend: v.T("profile.theme"), Error: f.Errors["theme"],
		Choices: []Choice{
			{ID: "theme-auto", Value: "auto", Label: v.T("profile.theme.auto"), Checked: f.Theme == "auto"},
			{ID: "theme-light", Value: "light", Label: v.T("profile.theme.light"), Checked: f.Theme == "light"},
			{ID: "theme-dark", Value: "dark", Label: v.T("profile.theme.dark"), Checked: f.Theme == "dark"},
		},
	}
}
