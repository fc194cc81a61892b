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
