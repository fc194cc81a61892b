package locale

import (
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"github.com/nicksnyder/go-i18n/v2/i18n/template"
)

// Args are the named values of a message.
type Args map[string]any

// Key marks a literal as a message key, so that the tests see that it is used
// and exists: Key("problem.zone.empty").
type Key string

// missing collects the keys that could not be said.
var missing sync.Map

// Missing lists the messages that T could not say since the process started,
// such as "fr problem.x: not found". Tests demand that it is empty.
func Missing() []string {
	var out []string
	missing.Range(func(key, _ any) bool {
		if text, ok := key.(string); ok {
			out = append(out, text)
		}
		return true
	})
	slices.Sort(out)
	return out
}

// T says the message of a key. args are names and values in turn ("Name",
// "CDG", "Count", 3), or one Args. A value called Count or n chooses the
// plural form. Integers called so are written with separators; a time.Time is
// written as a time of day when its name ends in "Time", as the name of its day when
// it is called Weekday, without that when it is called PlainDate, else as a date; a
// string called Country is an ISO code and written as the country's name;
// everything else as it is.
// A key that is missing, or whose arguments do not fit, gives the key itself
// and is remembered for Missing.
func (l Lang) T(key string, args ...any) string {
	s := l.entry()
	data, err := collect(args)
	if err != nil {
		return s.Code.silent(key, err)
	}
	cfg := &i18n.LocalizeConfig{
		MessageID:      key,
		TemplateData:   s.Code.words(data),
		PluralCount:    count(data),
		TemplateParser: parser,
	}
	text, err := s.localizer.Localize(cfg)
	if err != nil {
		return s.Code.silent(key, err)
	}
	return text
}

// silent remembers a message that cannot be said and shows its key instead.
func (l Lang) silent(key string, err error) string {
	missing.Store(string(l)+" "+key+": "+err.Error(), true)
	return key
}

var parser = &template.TextParser{Option: "missingkey=error"}

var errArgs = errors.New("arguments are not names and values in turn")

func collect(args []any) (map[string]any, error) {
	data := map[string]any{}
	for i := 0; i < len(args); i++ {
		switch a := args[i].(type) {
		case Args:
			maps.Copy(data, a)
		case map[string]any:
			maps.Copy(data, a)
		case string:
			if i++; i == len(args) {
				return nil, errArgs
			}
			data[a] = args[i]
		default:
			return nil, errArgs
		}
	}
	return data, nil
}

func count(data map[string]any) any {
	for _, name := range []string{"Count", "n"} {
		switch n := data[name].(type) {
		case int, int64:
			return n
		}
	}
	return nil
}

func (l Lang) words(data map[string]any) map[string]any {
	out := make(map[string]any, len(data))
	for name, value := range data {
		out[name] = l.word(name, value)
	}
	return out
}

func (l Lang) word(name string, value any) any {
	switch v := value.(type) {
	case int:
		if name == "Count" || name == "n" {
			return l.Number(int64(v))
		}
	case int64:
		if name == "Count" || name == "n" {
			return l.Number(v)
		}
	case time.Time:
		switch {
		case strings.HasSuffix(name, "Time"):
			return l.Time(v)
		case name == "Weekday":
			return l.T("format.weekday." + strconv.Itoa(int(v.Weekday())))
		case name == "PlainDate":
			return l.dayAndMonth(v) + " " + strconv.Itoa(v.Year())
		}
		return l.Date(v)
	case string:
		if name == "Country" {
			return l.Country(v)
		}
	}
	return value
}

// Has reports whether a message of this key exists in the language.
func Has(l Lang, key string) bool {
	_, ok := l.entry().messages[key]
	return ok
}

// Keys returns the keys of a language's catalogue, sorted.
func Keys(l Lang) []string {
	return slices.Sorted(maps.Keys(l.entry().messages))
}
