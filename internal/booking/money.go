package booking

// Money is an amount in the currency's minor unit.
type Money struct {
	Cents    int64  `json:"cents"`
	Currency string `json:"currency"` // ISO 4217
}

// Plus returns the sum; both amounts are of one currency.
func (m Money) Plus(o Money) Money { return Money{m.Cents + o.Cents, m.Currency} }
