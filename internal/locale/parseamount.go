package locale

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"
)

// The forms of an amount: digits alone, or with thousands set apart by one sign
// all through; then at most two decimals, after the other sign.
var amountForms = []*regexp.Regexp{
	regexp.MustCompile(`^(\d{1,12})(?:[.,](\d{1,2}))?$`),
	regexp.MustCompile(`^(\d{1,3}(?:,\d{3}){1,3})(?:\.(\d{1,2}))?$`),
	regexp.MustCompile(`^(\d{1,3}(?:\.\d{3}){1,3})(?:,(\d{1,2}))?$`),
	regexp.MustCompile(`^(\d{1,3}(?: \d{3}){1,3})(?:[.,](\d{1,2}))?$`),
	regexp.MustCompile(`^(\d{1,3}(?:['’]\d{3}){1,3})(?:[.,](\d{1,2}))?$`),
}

var (
	// ambiguous is a thousand and more in one language, one and a bit in another.
	ambiguous    = regexp.MustCompile(`^\d{1,3}[.,]\d{3}$`)
	currencyCode = regexp.MustCompile(`^[A-Z]{3}$`)
)

// ParseAmount reads an amount of money in major units as people and files write
// it, in all languages at once, and returns cents, exactly: "1 234,56",
// "1,234.56 EUR", "€12", "-12.50", "(4.00)". Spaces may be of any kind. The
// currency is empty when the text names none.
// "1.234" and "1,234" are two amounts, so they are none; "1 234", "1234" and
// "1.234,00" are one. ErrEmpty: nothing was typed; ErrUnreadable: no amount, two,
// or one of more than twelve digits before the decimals.
func ParseAmount(text string) (cents int64, currency string, err error) {
	text = strings.Join(strings.FieldsFunc(text, unicode.IsSpace), " ")
	if text == "" {
		return 0, "", ErrEmpty
	}
	text, currency = withoutCurrency(text)
	text, negative := withoutSign(text)
	if currency == "" {
		text, currency = withoutCurrency(text)
	}
	if ambiguous.MatchString(text) {
		return 0, "", ErrUnreadable
	}
	for _, form := range amountForms {
		m := form.FindStringSubmatch(text)
		if m == nil {
			continue
		}
		cents, err = strconv.ParseInt(strings.Map(onlyDigits, m[1])+(m[2] + "00")[:2], 10, 64)
		if err != nil {
			break
		}
		if negative {
			cents = -cents
		}
		return cents, currency, nil
	}
	return 0, "", ErrUnreadable
}

// withoutSign takes a sign, or the brackets of bookkeepers, from an amount.
func withoutSign(text string) (rest string, negative bool) {
	if inner, ok := strings.CutPrefix(text, "("); ok && strings.HasSuffix(inner, ")") {
		return strings.TrimSpace(strings.TrimSuffix(inner, ")")), true
	}
	for sign, minus := range map[string]bool{"-": true, "−": true, "+": false} {
		if rest, ok := strings.CutPrefix(text, sign); ok {
			return strings.TrimSpace(rest), minus
		}
	}
	return text, false
}

func onlyDigits(r rune) rune {
	if r < '0' || r > '9' {
		return -1
	}
	return r
}

// withoutCurrency takes the sign or the code of a currency from either end.
func withoutCurrency(text string) (rest, currency string) {
	for sign, name := range map[string]string{"€": "EUR", "£": "GBP"} {
		if rest, ok := strings.CutPrefix(text, sign); ok {
			return strings.TrimSpace(rest), name
		}
		if rest, ok := strings.CutSuffix(text, sign); ok {
			return strings.TrimSpace(rest), name
		}
	}
	if n := len(text); n > 3 {
		if currencyCode.MatchString(text[:3]) {
			return strings.TrimSpace(text[3:]), text[:3]
		}
		if currencyCode.MatchString(text[n-3:]) {
			return strings.TrimSpace(text[:n-3]), text[n-3:]
		}
	}
	return text, ""
}
