package statement

import (
	"strconv"
	"time"

	"guichet/internal/booking"
)

// ParseWall reads a date of a statement.
var ParseWall = parseWall

// Check refuses columns that match nothing.
func (c Columns) Check(header []string) error { return c.check(header) }

// Classify compares lines of one statement with bookings, in the order of the
// file. It returns what the lines of each booking say together.
func Classify(c Columns, lines []Line, known []booking.Candidate) map[int64]booking.Proof {
	seen, of, verdicts := repeats{}, map[int64][]int{}, map[int64]booking.Proof{}
	for i := range lines {
		lines[i].parse(c)
		b, named := newDirectory(known).named(&lines[i])
		if !named {
			seen.mark(&lines[i])
			continue
		}
		seen.seen("booking " + strconv.FormatInt(b.ID, 10))
		of[b.ID] = append(of[b.ID], i)
	}
	for _, b := range known {
		proof := make([]booking.ProofLine, len(of[b.ID]))
		for i, at := range of[b.ID] {
			proof[i] = booking.ProofLine{Line: lines[at].Line, StatementID: 1}
		}
		verdicts[b.ID] = booking.Prove(b, proof, time.Now())
		verdicts[b.ID].Classify(proof)
		for i, at := range of[b.ID] {
			lines[at].Line = proof[i].Line
		}
	}
	return verdicts
}
