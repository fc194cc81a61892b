package simulator

import (
	"testing"
)

func zoneCalled(t *testing.T, code string) *zone {
	t.Helper()
	zones, err := buildZones()
	if err != nil {
		t.Fatal(err)
	}
	for i := range zones {
		if zones[i].code == code {
			return &zones[i]
		}
	}
	t.Fatalf("no zone %s", code)
	return nil
}

// The expected prices were computed by hand from the published formula.
func TestBasePrice(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		zone, start, end, now string
		want                  cents
	}{
		"119 × 0.4478, one day":           {"CDG", "2027-03-10T10:00:00+01:00", "2027-03-11T10:00:00+01:00", "2027-03-01T00:00:00Z", 53_29},
		"119 × 0.5396, a minute more":     {"CDG", "2027-03-10T10:00:00+01:00", "2027-03-11T10:01:00+01:00", "2027-03-01T00:00:00Z", 64_21},
		"119 × 0.9986, seven days":        {"CDG", "2027-03-10T10:00:00+01:00", "2027-03-17T10:00:00+01:00", "2027-03-01T00:00:00Z", 118_83},
		"115 × 0.9986":                    {"GVA", "2027-03-10T10:00:00+01:00", "2027-03-17T10:00:00+01:00", "2027-03-01T00:00:00Z", 114_84},
		"99 × 0.9986":                     {"BRU", "2027-03-10T10:00:00+01:00", "2027-03-17T10:00:00+01:00", "2027-03-01T00:00:00Z", 98_86},
		"89 × 0.9986":                     {"NTE", "2027-03-10T10:00:00+01:00", "2027-03-17T10:00:00+01:00", "2027-03-01T00:00:00Z", 88_88},
		"105 × 0.9986":                    {"XGB", "2027-03-10T10:00:00+01:00", "2027-03-17T10:00:00+01:00", "2027-03-01T00:00:00Z", 104_85},
		"85 × 0.815 = 69.275, half up":    {"XYD", "2027-03-10T10:00:00+01:00", "2027-03-15T10:00:00+01:00", "2027-03-01T00:00:00Z", 69_28},
		"119 × 1.0904 × 1.25 × 0.9":       {"CDG", "2027-07-04T06:05:00+02:00", "2027-07-11T22:40:00+02:00", "2027-05-01T00:00:00Z", 145_98},
		"119 × 0.4478 × 1.25, in a hurry": {"ORY", "2027-03-10T10:00:00+01:00", "2027-03-11T10:00:00+01:00", "2027-03-09T00:00:00Z", 66_61},
		"season and hurry":                {"ORY", "2027-08-10T10:00:00+02:00", "2027-08-11T10:00:00+02:00", "2027-08-09T00:00:00Z", 83_26},
		"exactly 48 hours":                {"ORY", "2027-03-10T10:00:00Z", "2027-03-11T10:00:00Z", "2027-03-08T10:00:00Z", 53_29},
		"a second under 48 hours":         {"ORY", "2027-03-10T10:00:00Z", "2027-03-11T10:00:00Z", "2027-03-08T10:00:01Z", 66_61},
		"exactly 30 days":                 {"ORY", "2027-03-31T10:00:00Z", "2027-04-01T10:00:00Z", "2027-03-01T10:00:00Z", 53_29},
		"a second over 30 days":           {"ORY", "2027-03-31T10:00:00Z", "2027-04-01T10:00:00Z", "2027-03-01T09:59:59Z", 47_96},
		"last minute of June":             {"CDG", "2027-06-30T23:59:00+02:00", "2027-07-01T10:00:00+02:00", "2027-06-20T00:00:00Z", 53_29},
		"first of July":                   {"CDG", "2027-07-01T00:00:00+02:00", "2027-07-01T10:00:00+02:00", "2027-06-20T00:00:00Z", 66_61},
		"last of August":                  {"CDG", "2027-08-31T23:59:00+02:00", "2027-09-01T10:00:00+02:00", "2027-08-20T00:00:00Z", 66_61},
		"first of September":              {"CDG", "2027-09-01T00:00:00+02:00", "2027-09-01T10:00:00+02:00", "2027-08-20T00:00:00Z", 53_29},
		"19 December":                     {"CDG", "2027-12-19T23:59:00+01:00", "2027-12-20T10:00:00+01:00", "2027-12-10T00:00:00Z", 53_29},
		"20 December":                     {"CDG", "2027-12-20T00:00:00+01:00", "2027-12-20T10:00:00+01:00", "2027-12-10T00:00:00Z", 66_61},
		"5 January":                       {"CDG", "2028-01-05T23:59:00+01:00", "2028-01-06T10:00:00+01:00", "2027-12-30T00:00:00Z", 66_61},
		"6 January":                       {"CDG", "2028-01-06T00:00:00+01:00", "2028-01-06T10:00:00+01:00", "2027-12-30T00:00:00Z", 53_29},
		"July in Réunion, June in Paris":  {"RUN", "2027-06-30T21:00:00Z", "2027-07-01T03:00:00Z", "2027-06-20T00:00:00Z", 49_82},
		"June in Guadeloupe":              {"PTP", "2027-07-01T02:00:00Z", "2027-07-01T05:00:00Z", "2027-06-20T00:00:00Z", 39_85},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := basePrice(zoneCalled(t, c.zone), instant(t, c.start), instant(t, c.end), instant(t, c.now))
			if got != c.want {
				t.Errorf("price %s, want %s", got, c.want)
			}
		})
	}
}

// Days are those of the wall clock: the night of a clock change has 23 or 25
// hours and is charged like any other.
func TestChargedDaysAcrossClockChange(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		zone, start, end string
		want             int64
	}{
		"spring, 23 hours are a day":        {"CDG", "2027-03-27T10:00:00+01:00", "2027-03-28T10:00:00+02:00", 1},
		"spring, a minute more are two":     {"CDG", "2027-03-27T10:00:00+01:00", "2027-03-28T10:01:00+02:00", 2},
		"autumn, 25 hours are a day":        {"CDG", "2027-10-30T10:00:00+02:00", "2027-10-31T10:00:00+01:00", 1},
		"autumn, a minute more are two":     {"CDG", "2027-10-30T10:00:00+02:00", "2027-10-31T10:01:00+01:00", 2},
		"autumn, the hour that comes twice": {"CDG", "2027-10-31T02:30:00+02:00", "2027-10-31T02:15:00+01:00", 1},
		"Lisbon, 25 hours are a day":        {"LIS", "2027-10-30T10:00:00+01:00", "2027-10-31T10:00:00Z", 1},
		"Zurich":                            {"GVA", "2027-10-30T10:00:00+02:00", "2027-10-31T10:00:00+01:00", 1},
		"Brussels":                          {"ZYR", "2027-10-30T10:00:00+02:00", "2027-10-31T10:00:00+01:00", 1},
		"Réunion has no change":             {"RUN", "2027-10-30T10:00:00+04:00", "2027-10-31T11:00:00+04:00", 2},
		"Guadeloupe has no change":          {"PTP", "2027-10-30T10:00:00-04:00", "2027-10-31T11:00:00-04:00", 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := chargedDays(instant(t, c.start), instant(t, c.end), zoneCalled(t, c.zone).location)
			if got != c.want {
				t.Errorf("%d days, want %d", got, c.want)
			}
		})
	}
}

func TestInsuranceIsFourPercentAtLeast490(t *testing.T) {
	t.Parallel()
	for base, want := range map[cents]cents{0: 4_90, 118_83: 4_90, 122_50: 4_90, 122_75: 4_91, 145_98: 5_84, 200_00: 8_00} {
		if got := servicesOf(zoneCalled(t, "CDG"), base)[0].Price; got != want {
			t.Errorf("insurance of %s costs %s, want %s", base, got, want)
		}
	}
}

func TestMoneyOnTheWire(t *testing.T) {
	t.Parallel()
	for amount, want := range map[cents]string{0: "0.00", 5: "0.05", 96_00: "96.00", 1234567_89: "1234567.89", -3_07: "-3.07"} {
		if got := amount.String(); got != want {
			t.Errorf("%d cents are %s, want %s", int64(amount), got, want)
		}
	}
}
