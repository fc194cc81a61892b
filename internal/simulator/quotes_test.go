package simulator

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

func quotePath(zone, from, to string) string {
	return "/v3/quotes?" + url.Values{"zone_id": {zone}, "start_at": {from}, "end_at": {to}}.Encode()
}

func TestZones(t *testing.T) {
	t.Parallel()
	got := start(t, "").call("GET", "/v3/zones", nil)
	var zones []struct {
		ID                              int
		Code, Name, Type, City, Country string
		Timezone                        string
		Latitude, Longitude             float64
		MeetingPoints                   []struct{ ID, Name string } `json:"meeting_points"`
		Services                        []struct {
			Code, Name, Currency string
			Price                json.Number
		} `json:"available_services"`
	}
	if err := json.Unmarshal([]byte(got.text), &zones); err != nil {
		t.Fatal(err, got.text)
	}
	places := map[string]int{}
	for i, z := range zones {
		places[z.Timezone]++
		prices := map[string]string{}
		for _, s := range z.Services {
			prices[s.Code] = s.Price.String() + " " + s.Currency
		}
		_, coveredHere := prices["covered_parking"]
		uncovered := z.Type == "station" || slices.Contains([]string{"BVA", "RUN", "PTP", "LIS"}, z.Code)
		if coveredHere == uncovered {
			t.Errorf("%s: covered parking %t", z.Code, coveredHere)
		}
		if prices["cancellation_insurance"] != "4.90 EUR" || prices["exterior_wash"] != "19.00 EUR" || prices["full_wash"] != "49.00 EUR" || prices["ev_charging"] != "18.00 EUR" {
			t.Errorf("%s: services %v", z.Code, prices)
		}
		if _, err := time.LoadLocation(z.Timezone); err != nil || z.ID != i+1 || z.Name == "" || z.City == "" || len(z.Country) != 2 || len(z.MeetingPoints) < 2 {
			t.Errorf("zone %+v, %v", z, err)
		}
	}
	if places["Europe/Paris"] != 16 || places["Europe/Zurich"] != 1 || places["Europe/Brussels"] != 2 || places["Europe/Lisbon"] != 1 || places["Indian/Reunion"] != 1 || places["America/Guadeloupe"] != 1 {
		t.Errorf("zones per timezone: %v", places)
	}
	if !strings.Contains(got.text, `"price":25.00`) {
		t.Error("prices are not written with two decimals")
	}
}

func TestQuote(t *testing.T) {
	t.Parallel()
	got := start(t, "").call("GET", quotePath("1", "2027-06-11T04:05:00Z", "2027-06-18T22:40:00+02:00"), nil)
	want := `{"zone_id":1,"start_at":"2027-06-11T06:05:00+02:00","end_at":"2027-06-18T22:40:00+02:00","available":true,"price":129.76,"currency":"EUR",` +
		`"available_services":[{"code":"cancellation_insurance","name":"Assurance annulation","price":5.19,"currency":"EUR"},{"code":"covered_parking"`
	if got.status != http.StatusOK || !strings.HasPrefix(got.text, want) {
		t.Errorf("quote %d %s", got.status, got.text)
	}
}

func TestQuoteRefusals(t *testing.T) {
	t.Parallel()
	b := start(t, "")
	const from, to = "2027-06-11T06:05:00+02:00", "2027-06-18T22:40:00+02:00"
	for name, c := range map[string]struct{ path, want string }{
		"past start":          {quotePath("1", "2027-06-01T11:59:59+02:00", to), "start_at is in the past"},
		"end before start":    {quotePath("1", to, from), "end_at is not after start_at"},
		"end is the start":    {quotePath("1", from, from), "end_at is not after start_at"},
		"same instant":        {quotePath("1", from, "2027-06-11T04:05:00Z"), "end_at is not after start_at"},
		"unknown zone":        {quotePath("99", from, to), "zone_id is not a zone"},
		"zone code as id":     {quotePath("CDG", from, to), "zone_id is not a zone"},
		"no start":            {quotePath("1", "", to), "start_at is required"},
		"no end":              {quotePath("1", from, ""), "end_at is required"},
		"no offset":           {quotePath("1", "2027-06-11T06:05:00", to), "start_at is not an ISO 8601 date-time with an offset"},
		"plus left unescaped": {"/v3/quotes?zone_id=1&start_at=" + from + "&end_at=2027-06-18T20:40:00Z", "start_at is not an ISO 8601 date-time with an offset"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := b.call("GET", c.path, nil)
			got.refused(t, http.StatusUnprocessableEntity, "validation_failed")
			if !slices.Equal(got.sentences(), []string{c.want}) {
				t.Errorf("errors %q, want %q", got.sentences(), c.want)
			}
		})
	}
	if got := b.call("GET", quotePath("1", noon, to), nil); got.status != http.StatusOK {
		t.Errorf("a stay that starts now: %d %s", got.status, got.text)
	}
}

// Whatever the offset, a time is what that instant is called in the zone.
func TestTimesAreReadInTheZone(t *testing.T) {
	t.Parallel()
	b := start(t, "")
	for name, c := range map[string]struct{ zone, at, wall string }{
		"Paris with its offset":         {"1", "2027-07-23T18:05:00+02:00", "2027-07-23T18:05:00+02:00"},
		"Paris in UTC":                  {"1", "2027-07-23T16:05:00Z", "2027-07-23T18:05:00+02:00"},
		"Paris in winter":               {"1", "2027-12-23T16:05:00Z", "2027-12-23T17:05:00+01:00"},
		"Paris without seconds":         {"1", "2027-07-23T18:05+02:00", "2027-07-23T18:05:00+02:00"},
		"before the change in spring":   {"1", "2028-03-26T00:59:00Z", "2028-03-26T01:59:00+01:00"},
		"after the change in spring":    {"1", "2028-03-26T01:00:00Z", "2028-03-26T03:00:00+02:00"},
		"an hour that does not exist":   {"1", "2028-03-26T02:30:00+01:00", "2028-03-26T03:30:00+02:00"},
		"first 02:30 in autumn":         {"1", "2027-10-31T00:30:00Z", "2027-10-31T02:30:00+02:00"},
		"second 02:30 in autumn":        {"1", "2027-10-31T01:30:00Z", "2027-10-31T02:30:00+01:00"},
		"Lisbon, an hour behind Paris":  {"20", "2027-07-23T18:05:00+02:00", "2027-07-23T17:05:00+01:00"},
		"Lisbon changes with Paris":     {"20", "2027-10-31T01:00:00Z", "2027-10-31T01:00:00Z"},
		"Réunion, already tomorrow":     {"21", "2027-07-23T22:05:00+02:00", "2027-07-24T00:05:00+04:00"},
		"Guadeloupe, still yesterday":   {"22", "2027-07-23T05:05:00+02:00", "2027-07-22T23:05:00-04:00"},
		"Guadeloupe has no winter time": {"22", "2027-12-23T05:05:00Z", "2027-12-23T01:05:00-04:00"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := b.call("GET", quotePath(c.zone, c.at, "2028-05-01T00:00:00Z"), nil)
			if got.status != http.StatusOK || got.fields["start_at"] != c.wall {
				t.Errorf("%d start_at %v, want %s", got.status, got.fields["start_at"], c.wall)
			}
		})
	}
}
