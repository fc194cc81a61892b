package booking

import (
	"context"
	"time"
)

// Record records an answer as if it had just arrived.
func (s *Service) Record(ctx context.Context, attemptID int64, ans Answer) error {
	a, err := s.store.Attempt(ctx, attemptID)
	if err != nil {
		return err
	}
	return s.record(ctx, a.Correlation, ans)
}

// ParseWall reads a date of a statement.
var ParseWall = parseWall

// Check refuses columns that match nothing.
func (c Columns) Check(header []string) error { return c.check(header) }

// Classify compares lines of one statement with bookings, in the order of the
// file. It returns what the lines of each booking say together.
func Classify(c Columns, lines []StatementLine, known []Candidate) map[int64]Proof {
	seen, of, verdicts := repeats{}, map[int64][]int{}, map[int64]Proof{}
	for i := range lines {
		lines[i].parse(c)
		b, named := newDirectory(known).named(&lines[i])
		if !named {
			seen.mark(&lines[i])
			continue
		}
		seen["booking "+decimal(b.ID)] = true
		of[b.ID] = append(of[b.ID], i)
	}
	for _, b := range known {
		proof := make([]ProofLine, len(of[b.ID]))
		for i, at := range of[b.ID] {
			proof[i] = ProofLine{StatementLine: lines[at], StatementID: 1}
		}
		verdicts[b.ID] = Prove(b, proof, time.Now())
		verdicts[b.ID].apply(proof)
		for i, at := range of[b.ID] {
			lines[at] = proof[i].StatementLine
		}
	}
	return verdicts
}
