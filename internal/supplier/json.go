package supplier

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"regexp"
	"strings"

	"github.com/bojanz/currency"

	"guichet/internal/booking"
	"guichet/internal/typed"
)

// errUnreadable is an answer that lacks a required field or is not what it
// should be.
var errUnreadable = errors.New("unreadable answer")

func unreadable(field string) error { return fmt.Errorf("%w: %s", errUnreadable, field) }

// object is a JSON object whose fields are read one by one: unknown ones are
// ignored, names count exactly, and null is as good as absent.
type object map[string]json.RawMessage

// readObject refuses anything but one whole JSON object.
func readObject(text []byte) (object, error) {
	var o object
	if err := json.Unmarshal(text, &o); err != nil || o == nil {
		return nil, unreadable("not an object")
	}
	return o, nil
}

func (o object) has(field string) bool {
	raw, ok := o[field]
	return ok && !bytes.Equal(bytes.TrimSpace(raw), []byte("null"))
}

// text reads a string; false when it is missing or no string.
func (o object) text(field string) (string, bool) {
	var s *string
	if err := json.Unmarshal(o[field], &s); err != nil || s == nil {
		return "", false
	}
	return clean(*s), true
}

// optional reads a string, "" when there is none.
func (o object) optional(field string) string {
	s, _ := o.text(field)
	return s
}

// texts reads a list of strings; false when it is missing or anything else.
func (o object) texts(field string) ([]string, bool) {
	var list []*string
	if !o.has(field) || json.Unmarshal(o[field], &list) != nil {
		return nil, false
	}
	out := make([]string, 0, len(list))
	for _, s := range list {
		if s == nil {
			return nil, false
		}
		out = append(out, clean(*s))
	}
	return out, true
}

// list reads a list of anything; a missing one is empty.
func (o object) list(field string) ([]json.RawMessage, error) {
	var out []json.RawMessage
	if o.has(field) && json.Unmarshal(o[field], &out) != nil {
		return nil, unreadable(field)
	}
	return out, nil
}

var wholeNumber = regexp.MustCompile(`^(0|-?[1-9][0-9]{0,17})$`)

// id reads an identifier, a number or a string, as a string that can stand in
// an address.
func (o object) id(field string) (string, bool) {
	raw := string(bytes.TrimSpace(o[field]))
	if wholeNumber.MatchString(raw) {
		return raw, true
	}
	var s string
	if json.Unmarshal(o[field], &s) != nil || !usableID(s) {
		return "", false
	}
	return s, true
}

func usableID(s string) bool {
	if s == "" || s == "." || s == ".." || len(s) > 100 {
		return false
	}
	return !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' })
}

// money reads an amount in major units, a number or a string, with its
// currency.
func (o object) money(amount string) (booking.Money, error) {
	cur, _ := o.text("currency")
	raw := string(bytes.TrimSpace(o[amount]))
	if strings.HasPrefix(raw, `"`) {
		raw, _ = o.text(amount)
	}
	cents, ok := minorUnits(raw, cur)
	if !ok {
		return booking.Money{}, unreadable(amount)
	}
	return booking.Money{Cents: cents, Currency: cur}, nil
}

var decimal = regexp.MustCompile(`^[0-9]{1,15}(\.[0-9]{1,15})?([eE][+-]?[0-9]{1,2})?$`)

// largestAmount keeps sums of amounts far from the end of an int64.
const largestAmount = 1_000_000_000_000

func knownCurrency(code string) bool {
	_, known := currency.GetDigits(code)
	return known
}

// minorUnits converts exactly: 100.9 EUR is 10090, and 100.905 is refused
// because it is not a number of cents.
func minorUnits(text, cur string) (int64, bool) {
	digits, known := currency.GetDigits(cur)
	if !known || !decimal.MatchString(text) {
		return 0, false
	}
	r, ok := new(big.Rat).SetString(text)
	if !ok {
		return 0, false
	}
	for range digits {
		r.Mul(r, big.NewRat(10, 1))
	}
	if !r.IsInt() || r.Cmp(big.NewRat(largestAmount, 1)) > 0 {
		return 0, false
	}
	return r.Num().Int64(), true
}

// longestText is more than any text of the supplier that is worth keeping.
const longestText = 1000

// clean makes text storable and printable: valid UTF-8, one line, not endless.
func clean(s string) string {
	return shorten(typed.Clean(strings.ToValidUTF8(s, "\uFFFD")), longestText)
}

// shorten cuts to at most n bytes without cutting a character.
func shorten(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "")
}
