package postgres_test

import (
	"testing"
	"time"

	"guichet/internal/dbtest"
	"guichet/internal/postgres"
)

// Nodes compare their clocks with the database's, and with each other's.
func TestNodesCompareClocks(t *testing.T) {
	t.Parallel()
	pool := dbtest.New(t)
	right := postgres.NewNode(pool, "b", "", time.Now)
	wrong := postgres.NewNode(pool, "b", "", func() time.Time { return time.Now().Add(-time.Hour) })
	for _, n := range []*postgres.Node{wrong, right} {
		if err := n.Measure(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if c := right.Clock(); c.Ahead.Abs() > time.Minute || c.Agree != 0 || c.Disagree != 1 {
		t.Errorf("the right one: %+v", c)
	}
	if c := wrong.Clock(); c.Ahead > -59*time.Minute {
		t.Errorf("the wrong one: %+v", c)
	}
	if off := time.Since(wrong.Now()).Abs(); off > time.Minute {
		t.Errorf("the wrong one tells the database's time, %s off", off)
	}
	if err := wrong.Leave(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := right.Measure(t.Context()); err != nil || right.Clock().Disagree != 0 {
		t.Errorf("after it left: %+v, %v", right.Clock(), err)
	}
	if err := right.Upkeep(t.Context(), time.Hour, time.Hour); err != nil {
		t.Error(err)
	}
}
