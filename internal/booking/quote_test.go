package booking_test

import (
	"errors"
	"testing"
	"time"

	"guichet/internal/booking"
	"guichet/internal/invalid"
)

// A drop-off that is over is said of the date, or of the time when the date is
// today's at the airport.
func TestAPastDropOffIsSaidWhereItIsWrong(t *testing.T) {
	t.Parallel()
	c := newEnv(t)
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	day := time.Now().In(paris).AddDate(0, 0, 1)
	c.pass(time.Until(time.Date(day.Year(), day.Month(), day.Day(), 12, 0, 0, 0, paris)))
	today := time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, time.UTC)
	for field, from := range map[string]time.Time{
		"from_time": today.Add(9 * time.Hour),
		"from_date": today.Add(-15 * time.Hour),
	} {
		_, err := c.Quote(t.Context(), c.agent, booking.QuoteRequest{ZoneCode: "CDG", FromWall: from, ToWall: from.Add(8 * 24 * time.Hour)})
		var bad *invalid.Error
		if !errors.As(err, &bad) || len(bad.Fields) != 1 || bad.Fields[field].Key != "problem."+field+".past" {
			t.Errorf("%s: %v", field, err)
		}
	}
}
