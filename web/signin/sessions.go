package signin

import (
	"strings"
	"time"

	"guichet/internal/auth"
	"guichet/web/ui"
)

// SessionsPage is where a person is signed in.
type SessionsPage struct {
	Sessions []auth.Session
	Here     string // the key of the session that looks
	Now      time.Time
	Timezone string
}

// What browsers and systems call themselves, the more particular before those whose
// names they use, too.
var (
	browsers = [][2]string{{"Edg", "Edge"}, {"OPR/", "Opera"}, {"SamsungBrowser/", "Samsung Internet"}, {"Firefox/", "Firefox"}, {"FxiOS/", "Firefox"}, {"Chrom", "Chrome"}, {"CriOS/", "Chrome"}, {"Safari/", "Safari"}}
	systems  = [][2]string{{"Windows", "Windows"}, {"Android", "Android"}, {"iPhone", "iPhone"}, {"iPad", "iPad"}, {"CrOS", "ChromeOS"}, {"Mac OS X", "macOS"}, {"Linux", "Linux"}}
)

// browser names a browser and its system as people do; what is not known is shown as
// it calls itself.
func browser(v ui.View, device string) string {
	name, system := firstOf(browsers, device), firstOf(systems, device)
	if name == "" || system == "" {
		return device
	}
	return v.T("sessions.browser", "Browser", name, "System", system)
}

func firstOf(names [][2]string, device string) string {
	for _, n := range names {
		if strings.Contains(device, n[0]) {
			return n[1]
		}
	}
	return ""
}
