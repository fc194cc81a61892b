package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"guichet/internal/postgres"
)

// clockLimit is how far a node's clock may be off and the node still get requests,
// unless nobody can tell whether it is the database's that is wrong.
const clockLimit = time.Minute

// errClock keeps a node whose clock is wrong from getting requests.
var errClock = errors.New("the clock of this node is wrong, and other nodes agree with the database")

// clock is this node with a voice.
type clock struct {
	*postgres.Node
	log *slog.Logger
}

// Measure compares the clock of the process with the database's and logs when they
// are apart.
func (c clock) Measure(ctx context.Context) error {
	err := c.Node.Measure(ctx)
	if note := noteOf(c.Clock()); note != "" {
		seen := c.Clock()
		c.log.WarnContext(ctx, note, "ahead_seconds", seen.Ahead.Seconds(), "nodes_that_agree", seen.Agree, "nodes_that_do_not", seen.Disagree)
	}
	return err
}

// noteOf says in English, for operators, how a clock is off; empty when it is not.
func noteOf(c postgres.Clock) string {
	if c.Ahead.Abs() <= postgres.ClockTolerance {
		return ""
	}
	side := "ahead of"
	if c.Ahead < 0 {
		side = "behind"
	}
	note := fmt.Sprintf("the clock of this node is %.1f s %s the database's", c.Ahead.Abs().Seconds(), side)
	switch {
	case c.Agree > 0:
		return note + "; other nodes agree with the database"
	case c.Disagree > 0:
		return note + "; no other node agrees with the database, whose clock may be the wrong one"
	}
	return note + "; no other node can tell which of them is wrong"
}

// errorOf keeps a node from getting requests when its clock is wrong beyond doubt.
func errorOf(c postgres.Clock) error {
	if c.Ahead.Abs() > clockLimit && c.Agree > 0 {
		return errClock
	}
	return nil
}
