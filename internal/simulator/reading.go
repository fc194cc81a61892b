package simulator

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/nyaruka/phonenumbers"
)

// id reads a number or a string; both name the same thing.
type id string

// UnmarshalJSON refuses what is neither a number nor a string.
func (i *id) UnmarshalJSON(text []byte) error {
	if string(text) == "null" {
		return nil
	}
	var s string
	if err := json.Unmarshal(text, &s); err == nil {
		*i = id(s)
		return nil
	}
	var n int64
	if err := json.Unmarshal(text, &n); err != nil {
		return errors.New("an id is a number or a string")
	}
	*i = id(strconv.FormatInt(n, 10))
	return nil
}

// number gives ids of the ledger, which are written by this package only, as
// the numbers that they are on the wire.
func number(id string) json.Number { return json.Number(id) }

// dateTimes are the forms of ISO 8601 that are read. A time without an offset
// is refused: the documentation shows none.
var dateTimes = []string{time.RFC3339Nano, "2006-01-02T15:04Z07:00"}

// readTime reads a date-time in the zone's timezone: its wall time is what that
// instant is called there, whatever the offset it was written with.
func readTime(field, text string, loc *time.Location) (time.Time, error) {
	if text == "" {
		return time.Time{}, fmt.Errorf("%s is required", field)
	}
	for _, layout := range dateTimes {
		if t, err := time.Parse(layout, text); err == nil {
			return t.In(loc), nil
		}
	}
	return time.Time{}, fmt.Errorf("%s is not an ISO 8601 date-time with an offset", field)
}

// phone gives E.164. What is not international is read as a French number.
func phone(field, text string) (string, error) {
	n, err := phonenumbers.Parse(text, "FR")
	if err != nil || !phonenumbers.IsValidNumber(n) {
		return "", fmt.Errorf("%s is not a valid phone number", field)
	}
	return phonenumbers.Format(n, phonenumbers.E164), nil
}

// required gives a sentence for each field that is blank.
func required(fields ...string) []string {
	var errs []string
	for i := 0; i+1 < len(fields); i += 2 {
		if strings.TrimSpace(fields[i+1]) == "" {
			errs = append(errs, fields[i]+" is required")
		}
	}
	return errs
}

// stay is a zone and a time in it.
type stay struct {
	zone       *zone
	start, end time.Time // in the zone's timezone
}

// readStay checks what quotes and bookings have in common.
func (s *Simulator) readStay(c circumstances, zoneID, startAt, endAt string) (stay, []string) {
	z := s.zoneWithID(zoneID)
	if z == nil || c.hides(z) {
		return stay{}, []string{"zone_id is not a zone"}
	}
	var errs []string
	start, err := readTime("start_at", startAt, z.location)
	if err != nil {
		errs = append(errs, err.Error())
	}
	end, err := readTime("end_at", endAt, z.location)
	if err != nil {
		errs = append(errs, err.Error())
	}
	if errs != nil {
		return stay{}, errs
	}
	if start.Before(s.now()) {
		errs = append(errs, "start_at is in the past")
	}
	if !end.After(start) {
		errs = append(errs, "end_at is not after start_at")
	}
	return stay{z, start, end}, errs
}

func (s *Simulator) zoneWithID(text string) *zone {
	for i := range s.zones {
		if strconv.FormatInt(s.zones[i].id, 10) == text {
			return &s.zones[i]
		}
	}
	return nil
}
