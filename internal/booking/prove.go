//go:build prove

package booking

import "context"

// RecordAgain records an answer once more, as after a COMMIT whose own answer
// was lost, or late. Only a proof calls it.
func (s *Service) RecordAgain(ctx context.Context, attemptID int64, ans Answer) error {
	a, err := s.store.Attempt(ctx, attemptID)
	if err != nil {
		return err
	}
	return s.record(ctx, a.Correlation, ans)
}
