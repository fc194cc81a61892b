package locale

import (
	"regexp"
	"strconv"
	"strings"
)

// clock reads "6h05", "6 h 05 min", "6:05", "06.05", "6h", "18" and, with a
// suffix, "6pm"; oneDigit reads "6h5", compact "605" and "0605".
var (
	letters  = regexp.MustCompile(`\p{L}+`)
	oneDigit = regexp.MustCompile(`^(\d{1,2})\s*[h:]\s*(\d)(?:\s*m(?:in|n)?)?\s*(am|pm)?$`)
	clock    = regexp.MustCompile(`^(\d{1,2})(?:\s*[h:.]\s*(?:(\d{2})(?:\s*m(?:in|n)?)?)?)?\s*(am|pm)?$`)
	compact  = regexp.MustCompile(`^(\d{1,2})(\d{2})\s*(am|pm)?$`)
)

// ParseTime reads a time of day as agents type it, in all languages: "6h05",
// "6h", "6 heures", "6h5", "605", "0605", "6:05", "06.05", "6pm", "midi", "noon".
// "minuit", "midnight" and "0h" are 00:00 of the date they stand beside;
// "24:00" is 00:00 of the next day, which nextDay says, so that the page can
// spell out the day that results.
// ErrEmpty: nothing was typed; ErrUnreadable: no time of day.
func ParseTime(text string) (hour, minute int, nextDay bool, err error) {
	text = plain(text)
	switch {
	case text == "":
		return 0, 0, false, ErrEmpty
	case typed.noon[text]:
		return 12, 0, false, nil
	case typed.midnight[text]:
		return 0, 0, false, nil
	}
	text = strings.NewReplacer("a.m", "am", "p.m", "pm", "a m", "am", "p m", "pm").Replace(strings.TrimSuffix(text, "."))
	text = letters.ReplaceAllStringFunc(strings.ReplaceAll(text, "'", ""), func(word string) string {
		if typed.hours[word] {
			return "h"
		}
		return word
	})
	var parts []string
	for _, writing := range []*regexp.Regexp{clock, oneDigit, compact} {
		if parts == nil {
			parts = writing.FindStringSubmatch(text)
		}
	}
	if parts == nil {
		return 0, 0, false, ErrUnreadable
	}
	hour, _ = strconv.Atoi(parts[1]) // two digits at most
	minute, _ = strconv.Atoi(parts[2])
	return timeOfDay(hour, minute, parts[3])
}

func timeOfDay(hour, minute int, half string) (int, int, bool, error) {
	if half != "" {
		if hour < 1 || hour > 12 {
			return 0, 0, false, ErrUnreadable
		}
		hour %= 12
		if half == "pm" {
			hour += 12
		}
	}
	switch {
	case hour == 24 && minute == 0:
		return 0, 0, true, nil
	case hour > 23 || minute > 59:
		return 0, 0, false, ErrUnreadable
	}
	return hour, minute, false, nil
}
