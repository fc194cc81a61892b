package locale

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"
)

// Thousands are set apart by spaces, apostrophes, or the sign that is not the
// decimal one; the decimals are one or two.
var amount = regexp.MustCompile(`^([0-9]+|[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,3}(?:\.[0-9]{3})+)(?:[.,]([0-9]{1,2}))?$`)

// ParseAmount reads an amount of money in major units as both languages write
// it ("1 234,56", "1,234.56", "96", "€12.5") and returns cents, exactly.
// "1.234" and "1,234" are thousands. ErrEmpty: nothing was typed;
// ErrUnreadable: no amount, or one beyond a billion.
func ParseAmount(text string) (int64, error) {
	text = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || strings.ContainsRune("€'’", r) {
			return -1
		}
		return r
	}, text)
	if text == "" {
		return 0, ErrEmpty
	}
	parts := amount.FindStringSubmatch(text)
	if parts == nil {
		return 0, ErrUnreadable
	}
	whole := strings.NewReplacer(",", "", ".", "").Replace(parts[1])
	cents, err := strconv.ParseInt(whole+(parts[2] + "00")[:2], 10, 64)
	if err != nil || cents > 1e11 {
		return 0, ErrUnreadable
	}
	return cents, nil
}
