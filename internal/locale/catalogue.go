package locale

import (
	"embed"
	"fmt"
	"io/fs"

	"github.com/BurntSushi/toml"
	"github.com/nicksnyder/go-i18n/v2/i18n"
)

// Every file of a language's folder is read: each feature has its own.
//
//go:embed messages/*/*.toml
var files embed.FS

func load(fsys fs.FS, dir string) (map[string]*i18n.Message, error) {
	names, err := fs.Glob(fsys, dir+"/*.toml")
	if err != nil {
		return nil, fmt.Errorf("locale: list %s: %w", dir, err)
	}
	out := map[string]*i18n.Message{}
	for _, name := range names {
		if err := loadFile(out, fsys, name); err != nil {
			return nil, fmt.Errorf("locale: %s: %w", name, err)
		}
	}
	return out, nil
}

func loadFile(into map[string]*i18n.Message, fsys fs.FS, name string) error {
	var raw map[string]any
	if _, err := toml.DecodeFS(fsys, name, &raw); err != nil {
		return err
	}
	for key, value := range raw {
		m, err := message(key, value)
		if err != nil {
			return err
		}
		if _, taken := into[key]; taken {
			return fmt.Errorf("%s stands in two files", key)
		}
		into[key] = m
	}
	return nil
}

// message reads "key" = "text" or "key" = { one = "…", other = "…" }. Where
// the form "many" of French is not given ("un million de jours"), "other" serves.
func message(key string, value any) (*i18n.Message, error) {
	switch v := value.(type) {
	case string:
		return &i18n.Message{ID: key, One: v, Many: v, Other: v}, nil
	case map[string]any:
		m := &i18n.Message{ID: key}
		for form, text := range v {
			s, ok := text.(string)
			if !ok || !setForm(m, form, s) {
				return nil, fmt.Errorf("%s: %s is not a plural form (quote the whole key)", key, form)
			}
		}
		if m.Many == "" {
			m.Many = m.Other
		}
		return m, nil
	default:
		return nil, fmt.Errorf("%s is neither a text nor a table of plural forms", key)
	}
}

func setForm(m *i18n.Message, form, text string) bool {
	switch form {
	case "one":
		m.One = text
	case "many":
		m.Many = text
	case "other":
		m.Other = text
	default:
		return false
	}
	return true
}
