package contact

import (
	"errors"
	"regexp"
	"strings"
	"unicode"

	"guichet/internal/invalid"
)

// Errors of the number of a flight or train.
var (
	ErrBadFlight = errors.New("contact: not a flight number")
	ErrBadTrain  = errors.New("contact: not a train number")
)

var (
	flight = regexp.MustCompile(`^[A-Z0-9]{2,3}\d{1,4}[A-Z]?$`)
	train  = regexp.MustCompile(`^[A-Z]{0,8}\d{1,6}$`)
)

// ParseFlight reads a flight number and returns it upper-case without spaces:
// "af 1234" is AF1234. Nothing typed is an empty number, since nobody must know
// it. Else ErrBadFlight.
func ParseFlight(text string) (string, error) {
	number := Compact(text)
	if number == "" {
		return "", nil
	}
	// An airline's code holds a letter: 1234 alone is no flight.
	if !flight.MatchString(number) || !strings.ContainsFunc(number[:2], unicode.IsLetter) {
		return "", ErrBadFlight
	}
	return number, nil
}

// ParseTrain reads a train number, with or without the name of the service:
// "6607", "TGV 6607". Nothing typed is an empty number. Else ErrBadTrain.
func ParseTrain(text string) (string, error) {
	number := Compact(text)
	if number != "" && !train.MatchString(number) {
		return "", ErrBadTrain
	}
	return number, nil
}

// ReadTravelNumber reads the number of a flight or, at a station, of a train, and
// puts what is wrong beside its field.
func ReadTravelNumber(bad *invalid.Error, field, text, kind string) string {
	if kind == "station" {
		number, err := ParseTrain(text)
		if err != nil {
			bad.Add(field, "problem."+field+".train")
		}
		return number
	}
	number, err := ParseFlight(text)
	if err != nil {
		bad.Add(field, "problem."+field+".flight")
	}
	return number
}
