package booking

import "context"

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

// Classify compares lines of a statement with bookings, in the order of the file.
func Classify(c Columns, lines []StatementLine, known []Candidate) {
	seen := repeats{}
	for i := range lines {
		lines[i].parse(c)
		newDirectory(known).classify(&lines[i])
		seen.mark(&lines[i])
	}
}
