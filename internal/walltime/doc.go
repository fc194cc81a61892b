// Package walltime finds the moment at which a clock on the wall shows a time: also
// where clocks go forward (no such moment) or back (two of them).
//
// It must not know anything of ours.
package walltime
