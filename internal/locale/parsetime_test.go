package locale

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestParseTime(t *testing.T) {
	t.Parallel()
	for want, texts := range map[string][]string{
		"06:05": {"6h05", "06h05", "6 h 05", "6\u00a0h\u00a005", "605", "0605", "6:05", "06:05", "06.05", "6H05", "6h05min", "6h5", "6 h 5 min", "6:5", "6 heures 05", "6 heures 5", "6:05 am", "6.05 a.m.", "605am", "６:０５"},
		"06:00": {"6 heures", "6 heure", "6 hours", "6 o'clock", "6 o’clock", "6h", "6 h", "06", "6", "600", "6am", "6:00"},
		"22:00": {"22 heures", "22 Heures", "22H", "10 pm"},
		"08:00": {"8", "08", "8h"},
		"18:00": {"6pm", "6 PM", "6 p.m.", "18h", "1800", "18"},
		"12:00": {"midi", "Midi", "noon", "12h", "12pm"},
		"12:30": {"12:30pm", "12h30"},
		"00:30": {"12:30am", "0h30", "0030", "0:30"},
		"00:00": {"minuit", "Midnight", "0h", "00:00", "0000", "12am", "0"},
		"23:59": {"23h59", "2359", "11:59pm"},
		"24:00": {"24:00", "24h", "2400", "24h00", "24"}, // the next day's 00:00
	} {
		for _, text := range texts {
			hour, minute, nextDay, err := ParseTime(text)
			if nextDay {
				hour += 24
			}
			if got := fmt.Sprintf("%02d:%02d", hour, minute); err != nil || got != want {
				t.Errorf("ParseTime(%q) = %s, %v; want %s", text, got, err, want)
			}
		}
	}
}

func TestParseTimeRefusals(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", " ", "\u202f"} {
		if _, _, _, err := ParseTime(text); !errors.Is(err, ErrEmpty) {
			t.Errorf("ParseTime(%q): %v, want ErrEmpty", text, err)
		}
	}
	for _, text := range []string{
		"25h", "24:01", "6h60", "6.5", "6h5x", "13pm", "0pm", "6x", "h05", "-6", "6:05:00", "12345", "soir", "heures", "6 heures heures", ":", "\xff", strings.Repeat("1", 60),
	} {
		if h, m, next, err := ParseTime(text); !errors.Is(err, ErrUnreadable) || h != 0 || m != 0 || next {
			t.Errorf("ParseTime(%q) = %d:%d, %v, %v; want ErrUnreadable", text, h, m, next, err)
		}
	}
}

// Every way in which a time is shown is read as that time.
func TestShownTimesAreRead(t *testing.T) {
	t.Parallel()
	for n := range 24 * 60 {
		at := time.Date(2026, 7, 4, n/60, n%60, 0, 0, time.UTC)
		for _, text := range []string{FR.Time(at), FR.TimeSpoken(at), EN.TimeSpoken(at), at.Format("1504"), at.Format("3:04pm")} {
			hour, minute, nextDay, err := ParseTime(text)
			if err != nil || nextDay || hour != at.Hour() || minute != at.Minute() {
				t.Fatalf("%q is read as %d:%d, %v, %v", text, hour, minute, nextDay, err)
			}
		}
	}
}

func TestParseTimeNeverPanics(t *testing.T) {
	t.Parallel()
	typed := rapid.OneOf(rapid.String(), rapid.StringMatching(`[0-9]{0,4} ?[h:.]? ?[0-9]{0,3} ?(am|pm|min)?`))
	rapid.Check(t, func(t *rapid.T) {
		h, m, next, err := ParseTime(typed.Draw(t, "text"))
		if h < 0 || h > 23 || m < 0 || m > 59 || next && h+m > 0 || err != nil && (h+m > 0 || next) {
			t.Fatalf("%d:%d, %v, %v", h, m, next, err)
		}
	})
}

// What the help page says can be typed is read.
func TestTheHelpPageSaysWhatIsRead(t *testing.T) {
	t.Parallel()
	today := time.Date(2026, 11, 28, 0, 0, 0, 0, time.UTC)
	for _, l := range Langs() {
		read := 0
		for row := 1; Has(l, fmt.Sprintf("help.dates.%d.typed", row)); row++ {
			for text := range strings.SplitSeq(l.T(fmt.Sprintf("help.dates.%d.typed", row)), " · ") {
				_, err := ParseDate(text, today, nil)
				if _, _, _, timeErr := ParseTime(text); err != nil && timeErr != nil {
					t.Errorf("%s: %q is read as no date and no time: %v, %v", l, text, err, timeErr)
				}
				read++
			}
		}
		if read < 15 {
			t.Errorf("%s: %d samples", l, read)
		}
	}
}
