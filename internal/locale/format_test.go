package locale

import (
	"testing"
	"time"
)

func TestDates(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 7, 4, 6, 5, 0, 0, time.UTC)
	first := time.Date(2026, 3, 1, 22, 40, 0, 0, time.UTC)
	onTheHour := time.Date(2026, 3, 1, 22, 0, 0, 0, time.UTC)
	for _, c := range []struct{ got, want string }{
		{FR.Date(at), "sam. 4 juillet 2026"},
		{EN.Date(at), "Sat 4 July 2026"},
		{FR.Date(first), "dim. 1er mars 2026"},
		{EN.Date(first), "Sun 1 March 2026"},
		{FR.DateLong(at), "samedi 4 juillet 2026"},
		{EN.DateLong(at), "Saturday 4 July 2026"},
		{FR.DateLong(first), "dimanche 1er mars 2026"},
		{FR.DayMonth(at), "samedi 4 juillet"},
		{EN.DayMonth(at), "Saturday 4 July"},
		{FR.DateShort(at), "04/07/2026"},
		{EN.DateShort(at), "04/07/2026"},
		{FR.Time(at), "06:05"},
		{EN.Time(first), "22:40"},
		{FR.TimeSpoken(at), "6\u00a0h\u00a005"},
		{FR.TimeSpoken(first), "22\u00a0h\u00a040"},
		{EN.TimeSpoken(at), "6:05"},
		{FR.TimeSpoken(onTheHour), "22\u00a0h"},
		{EN.TimeSpoken(onTheHour), "22:00"},
		{FR.DateTime(at), "sam. 4 juillet 2026, 06:05"},
		{EN.DateTime(at), "Sat 4 July 2026, 06:05"},
	} {
		if c.got != c.want {
			t.Errorf("%q, want %q", c.got, c.want)
		}
	}
}

func TestZones(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		tz                     string
		fr, en, cityFR, cityEN string
	}{
		{"Europe/Paris", "heure de Paris", "Paris time", "Paris", "Paris"},
		{"Europe/Lisbon", "heure de Lisbonne", "Lisbon time", "Lisbonne", "Lisbon"},
		{"Indian/Reunion", "heure de La Réunion", "Réunion time", "La Réunion", "Réunion"},
		{"America/Port_of_Spain", "heure locale (Port of Spain)", "Port of Spain time", "Port of Spain", "Port of Spain"},
		{"America/Argentina/Buenos_Aires", "heure locale (Buenos Aires)", "Buenos Aires time", "Buenos Aires", "Buenos Aires"},
	} {
		if FR.ZoneName(c.tz) != c.fr || EN.ZoneName(c.tz) != c.en || FR.ZoneCity(c.tz) != c.cityFR || EN.ZoneCity(c.tz) != c.cityEN {
			t.Errorf("%s: %q %q %q %q", c.tz, FR.ZoneName(c.tz), EN.ZoneName(c.tz), FR.ZoneCity(c.tz), EN.ZoneCity(c.tz))
		}
	}
}

func TestNumbersAndMoney(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ got, want string }{
		{FR.Number(0), "0"},
		{FR.Number(999), "999"},
		{FR.Number(1234567), "1\u202f234\u202f567"},
		{EN.Number(-12345), "-12,345"},
		{EN.Number(-9223372036854775808), "-9,223,372,036,854,775,808"},
		{FR.Money(123456, "EUR"), "1\u202f234,56\u00a0€"},
		{EN.Money(123456, "EUR"), "€1,234.56"},
		{FR.Money(10590, "EUR"), "105,90\u00a0€"},
		{FR.Money(0, "EUR"), "0,00\u00a0€"},
		{EN.Money(-650, "EUR"), "-€6.50"},
		{EN.Money(500, "CHF"), "CHF\u00a05.00"},
		{FR.Money(500, "JPY"), "500\u00a0¥"},
		{FR.Money(1234, "??"), "1\u202f234\u00a0??"},
	} {
		if c.got != c.want {
			t.Errorf("%q, want %q", c.got, c.want)
		}
	}
}

func TestCountries(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ code, fr, en string }{
		{"FR", "France", "France"},
		{"RE", "La Réunion", "Réunion"},
		{"GB", "Royaume-Uni", "United Kingdom"},
		{"be", "Belgique", "Belgium"},
		{"SZ", "Eswatini", "Eswatini"},
		{"MK", "Macédoine du Nord", "North Macedonia"},
		{"??", "??", "??"},
		{"", "", ""},
	} {
		if FR.Country(c.code) != c.fr || EN.Country(c.code) != c.en {
			t.Errorf("%q is %q and %q", c.code, FR.Country(c.code), EN.Country(c.code))
		}
	}
}

func TestPhoneCountries(t *testing.T) {
	t.Parallel()
	for _, l := range Langs() {
		list := PhoneCountries(l)
		if len(list) < 240 {
			t.Fatalf("%s has %d countries only", l, len(list))
		}
		seen := map[string]bool{}
		for i, c := range list {
			if i < len(usual) && c.Code != usual[i] {
				t.Errorf("%s: %s stands at %d, want %s", l, c.Code, i, usual[i])
			}
			if seen[c.Code] || c.Name == c.Code || c.Name == "" || c.Dial == "+0" {
				t.Errorf("%s: %+v", l, c)
			}
			seen[c.Code] = true
		}
		list[0].Name = "changed"
		if PhoneCountries(l)[0].Name == "changed" {
			t.Error("the list belongs to one caller")
		}
	}
	names := PhoneCountries(FR)[len(usual):]
	if names[0].Name != "Afghanistan" || names[1].Name != "Afrique du Sud" || names[len(names)-1].Name != "Zimbabwe" {
		t.Errorf("not by name: %v … %v", names[:2], names[len(names)-1])
	}
	if first := PhoneCountries(EN)[0]; first != (Country{"FR", "France", "+33"}) {
		t.Errorf("first is %+v", first)
	}
}
