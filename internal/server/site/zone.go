package site

import (
	"errors"

	"guichet/internal/booking"
	"guichet/internal/invalid"
)

// ZoneOf finds a zone by its id; none when it is not among them.
func ZoneOf(zones []booking.Zone, id string) booking.Zone {
	for _, z := range zones {
		if z.ID == id {
			return z
		}
	}
	return booking.Zone{}
}

// FindZone returns the zone that is sold under a key, or why there is none.
func FindZone(zones []booking.Zone, key string) (booking.Zone, invalid.Problem) {
	zone, err := booking.FindZone(zones, key)
	var bad *invalid.Error
	if errors.As(err, &bad) {
		return zone, bad.Fields["zone"]
	}
	return zone, invalid.Problem{}
}
