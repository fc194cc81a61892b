package simulator

import (
	"strconv"
	"time"
)

// cents is money in hundredths of the currency. On the wire it is a JSON
// number with two decimals; it never passes through a float.
type cents int64

// MarshalJSON writes 9600 as 96.00.
func (c cents) MarshalJSON() ([]byte, error) { return []byte(c.String()), nil }

// String gives "96.00".
func (c cents) String() string {
	sign := ""
	if c < 0 {
		sign, c = "-", -c
	}
	rest := strconv.FormatInt(int64(c%100), 10)
	if len(rest) == 1 {
		rest = "0" + rest
	}
	return sign + strconv.FormatInt(int64(c/100), 10) + "." + rest
}

// Codes of the services.
const (
	insurance = "cancellation_insurance"
	covered   = "covered_parking"
)

// insuranceLeast is what the insurance costs at least.
const insuranceLeast cents = 4_90

// service is something sold on top of a stay.
type service struct {
	Code     string `json:"code"`
	Name     string `json:"name"`
	Price    cents  `json:"price"`
	Currency string `json:"currency"`
}

// servicesOf gives the services that a zone sells, priced for a stay of that
// base price. A base of 0 gives the list prices.
func servicesOf(z *zone, base cents) []service {
	list := []service{{insurance, "Assurance annulation", max(insuranceLeast, roundHalfUp(int64(base)*4, 100)), currency}}
	if z.covered {
		list = append(list, service{covered, "Parking couvert", 25_00, currency})
	}
	return append(list,
		service{"exterior_wash", "Lavage extérieur", 19_00, currency},
		service{"full_wash", "Lavage complet", 49_00, currency},
		service{"ev_charging", "Recharge électrique", 18_00, currency})
}

// basePrice is P7 × (0.356 + 0.0918·days), then the season's factor (5/4 when
// the stay starts in July, in August or from 20 December to 5 January), then
// that of the time ahead (9/10 over 30 days, 5/4 under 48 hours). All factors
// are multiplied as whole numbers and the product is rounded once, half up, so
// their order does not change the result.
func basePrice(z *zone, start, end, now time.Time) cents {
	n, d := z.week*(3560+918*chargedDays(start, end, z.location)), int64(10_000)
	if inHighSeason(start.In(z.location)) {
		n, d = n*5, d*4
	}
	switch ahead := start.Sub(now); {
	case ahead > 30*24*time.Hour:
		n, d = n*9, d*10
	case ahead < 48*time.Hour:
		n, d = n*5, d*4
	}
	return roundHalfUp(n, d)
}

// roundHalfUp divides numbers that are not negative.
func roundHalfUp(n, d int64) cents { return cents((2*n + d) / (2 * d)) }

// chargedDays counts started 24-hour blocks on the zone's wall clock, so the
// night of a clock change is a day like any other. A stay has at least one.
func chargedDays(start, end time.Time, loc *time.Location) int64 {
	length := onWall(end, loc).Sub(onWall(start, loc))
	days := int64((length + 24*time.Hour - 1) / (24 * time.Hour))
	return max(1, days)
}

// onWall gives what the clock on the zone's wall shows, as a time in UTC, so
// that two of them can be subtracted.
func onWall(t time.Time, loc *time.Location) time.Time {
	t = t.In(loc)
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
}

func inHighSeason(wall time.Time) bool {
	month, day := wall.Month(), wall.Day()
	return month == time.July || month == time.August ||
		(month == time.December && day >= 20) || (month == time.January && day <= 5)
}
