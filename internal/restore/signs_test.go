package restore

import (
	"slices"
	"testing"
	"time"
)

var noon = time.Date(2026, 6, 30, 12, 0, 0, 0, time.UTC)

// home is the database that the node of these tests remembers.
var home = Signs{System: 7, Timeline: 1, Database: 5, Bookings: 90}

// The table of what each event shows, and what the node makes of it.
func TestWhatIsARestore(t *testing.T) {
	t.Parallel()
	claims := []Claim{{"early", noon.Add(-time.Hour)}, {"last", noon}}
	recorded := func(id string, at time.Time, s Signs) Event { return Event{ID: id, NoticedAt: at, Found: s} }
	later := noon.Add(time.Minute)
	with := func(change func(*Signs)) Signs {
		s := home
		change(&s)
		return s
	}
	otherTable := with(func(s *Signs) { s.Bookings = 91 })
	for name, c := range map[string]struct {
		forgets bool // the node remembers nothing
		knows   string
		found   Found
		want    []Sign
	}{
		"restart, VACUUM FULL, FREEZE":        {found: Found{Signs: home, Own: true}},
		"pg_restore, new cluster":             {found: Found{Signs: Signs{8, 1, 5, 91}, Missing: []string{"last"}}, want: []Sign{SignSystem, SignTable, SignClaim, SignRow}},
		"pg_restore, new database":            {found: Found{Signs: Signs{7, 1, 6, 91}}, want: []Sign{SignDatabase, SignTable, SignRow}},
		"pg_restore --clean in place":         {found: Found{Signs: otherTable}, want: []Sign{SignTable, SignRow}},
		"promotion, with the last claim":      {found: Found{Signs: with(func(s *Signs) { s.Timeline = 2 }), Own: true}},
		"promotion, without it":               {found: Found{Signs: with(func(s *Signs) { s.Timeline = 2 }), Own: true, Missing: []string{"last"}}, want: []Sign{SignClaim, SignTimeline}},
		"base backup started as it is":        {found: Found{Signs: home, Own: true, Missing: []string{"last"}}, want: []Sign{SignClaim}},
		"an earlier claim is missing alone":   {found: Found{Signs: home, Own: true, Missing: []string{"early"}}, want: []Sign{SignClaim}},
		"first start":                         {forgets: true, found: Found{Signs: home, Own: true, Sold: true}},
		"first start, pg_restore":             {forgets: true, found: Found{Signs: home, Sold: true}, want: []Sign{SignRow}},
		"first start, pg_restore of nothing":  {forgets: true, found: Found{Signs: home}},
		"first start, on record here":         {forgets: true, found: Found{Signs: home, Own: true, Sold: true, Latest: recorded("r", noon, home)}},
		"on record by another node":           {found: Found{Signs: otherTable, Own: true, Missing: []string{"last"}, Latest: recorded("r", later, otherTable)}},
		"the same again: known":               {knows: "r", found: Found{Signs: home, Own: true, Missing: []string{"last"}, Latest: recorded("r", noon.Add(-2*time.Hour), home)}, want: []Sign{SignClaim}},
		"claimed after what is on record":     {found: Found{Signs: home, Own: true, Missing: []string{"last"}, Latest: recorded("r", noon.Add(-time.Minute), home)}, want: []Sign{SignClaim}},
		"on record elsewhere, in the dump":    {found: Found{Signs: otherTable, Latest: recorded("r", later, home)}, want: []Sign{SignTable, SignRow}},
		"on record, and dumped and put back":  {found: Found{Signs: otherTable, Latest: recorded("r", later, otherTable)}, want: []Sign{SignTable, SignRow}},
		"another portal's data":               {found: Found{Portal: "other", Signs: home, Own: true}, want: []Sign{SignRow}},
		"another restore's: other signs here": {found: Found{Signs: otherTable, Own: true, Latest: recorded("r", later, Signs{9, 1, 5, 90})}, want: []Sign{SignTable}},
	} {
		m := Memory{Portal: "p", Signs: home, Restore: c.knows, Claims: claims}
		if c.forgets {
			m = Memory{}
		}
		if c.found.Portal == "" {
			c.found.Portal = "p"
		}
		if got := m.Judge(c.found); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
		if again := m.Adopt(c.found).Judge(Found{Portal: c.found.Portal, Signs: c.found.Signs, Own: c.found.Own, Latest: c.found.Latest}); len(again) > 0 {
			t.Errorf("%s: what was adopted is a restore again: %v", name, again)
		}
	}
}

// What is adopted keeps the claims that are there, and the newest of all.
func TestAdopt(t *testing.T) {
	t.Parallel()
	m := Memory{Portal: "p", Claims: []Claim{{"gone", noon}, {"here", noon}}}
	next := m.Adopt(Found{Portal: "p", Missing: []string{"gone"}, Recent: []Claim{{"here", noon}, {"new", noon}}})
	if got := next.Correlations(); !slices.Equal(got, []string{"here", "new"}) {
		t.Errorf("%v", got)
	}
	for range keptClaims {
		next = next.With(Claim{Correlation: time.Now().String()})
	}
	if len(next.Claims) != keptClaims || next.Claims[0].Correlation == "here" {
		t.Errorf("%d claims, the first is %q", len(next.Claims), next.Claims[0].Correlation)
	}
}
