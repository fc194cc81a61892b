package locale

import (
	"github.com/bojanz/currency"
)

// Money writes an amount of a currency's minor unit: 123456 EUR is
// "1 234,56 €" (U+202F, U+00A0 before the sign) or "€1,234.56". A currency that
// ISO 4217 does not have is written as the number of its minor units and its code.
func (l Lang) Money(cents int64, code string) string {
	amount, err := currency.NewAmountFromInt64(cents, code)
	if err != nil {
		return l.Number(cents) + noBreak + code
	}
	return l.entry().money.Format(amount)
}
