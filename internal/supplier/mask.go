package supplier

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"guichet/internal/booking"
)

const (
	masked     = "***"
	keptBody   = 4 << 10 // bytes of a masked request or answer
	keptErrors = 20
)

// plain are the fields whose values are kept: they are about the booking and
// not about a person. All others are masked, those that nobody knows included.
var plain = []string{
	"id", "reference", "status", "zone_id", "start_at", "end_at", "services", "available_services", "code",
	"contact_id", "car_id", "price", "currency", "created_at", "paid_at", "cancelled_at", "available",
	"outbound_number", "return_number", "meeting_point_id", "brand", "model", "color", "language",
	"status_code", "error_code", "message", "errors",
}

// mask takes personal data and the key out of what is kept of a call.
type mask struct {
	values *regexp.Regexp // what was sent, to be found again in the supplier's sentences
	secret string         // the key, which no sentence may show
}

// maskOf finds the order's personal values, whatever their case, where they are
// words of their own: a short name must not blacken half of a sentence. Fields
// are masked by their names anyway.
func maskOf(o booking.Order) mask {
	c := o.Customer
	values := []string{c.FirstName, c.LastName, c.Email, c.Phone, o.Car.Plate}
	values = slices.DeleteFunc(values, func(v string) bool { return len(v) < 2 })
	for i, v := range values {
		values[i] = regexp.QuoteMeta(strings.ToValidUTF8(v, ""))
	}
	if len(values) == 0 {
		return mask{}
	}
	slices.SortFunc(values, func(a, b string) int { return len(b) - len(a) })
	either := strings.Join(values, "|")
	return mask{values: regexp.MustCompile(`(^|[^\pL\pN])(?i:` + either + `)($|[^\pL\pN])`)}
}

// words masks the supplier's sentences.
func (m *mask) words(e Error) (code, message string, errs []string) {
	for _, s := range e.Errors[:min(len(e.Errors), keptErrors)] {
		errs = append(errs, m.text(s))
	}
	return shorten(m.text(e.Code), 100), m.text(e.Message), errs
}

// body masks a request or an answer, JSON or not, and cuts it to what is kept.
func (m *mask) body(b []byte) string {
	var content any
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	if d.Decode(&content) == nil && !d.More() {
		if out, err := json.Marshal(m.value(content, true)); err == nil {
			return shorten(string(out), keptBody)
		}
	}
	text := clip(strings.ToValidUTF8(string(b[:min(len(b), 4*keptBody)]), ""))
	text = pair.ReplaceAllStringFunc(text, func(s string) string {
		name := pair.FindStringSubmatch(s)[1]
		if slices.Contains(plain, name) {
			return s
		}
		return `"` + name + `":"` + masked + `"`
	})
	return shorten(m.text(text), keptBody)
}

// value masks what stands under fields that are not known to be harmless.
func (m *mask) value(v any, keep bool) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for name, field := range v {
			out[m.text(name)] = m.value(field, slices.Contains(plain, name))
		}
		return out
	case []any:
		out := make([]any, 0, len(v))
		for _, item := range v {
			out = append(out, m.value(item, keep))
		}
		return out
	case string:
		if !keep {
			return masked
		}
		return m.text(clean(v))
	case nil, bool:
		return v
	default:
		if !keep {
			return masked
		}
		return v
	}
}

var (
	// pair is a field with a plain value in JSON that was cut.
	pair  = regexp.MustCompile(`"([^"\\]*)"\s*:\s*(?:"(?:[^"\\]|\\.)*(?:"|\\?$)|-?[0-9][0-9.eE+-]*)`)
	email = regexp.MustCompile(`[^\s"'<>(),:;]+@[^\s"'<>(),:;]+`)
	phone = regexp.MustCompile(`\+[0-9][0-9 ().-]{5,}[0-9]`)
)

// text masks the values that were sent, whatever their case, and whatever looks
// like an address or a phone number.
func (m *mask) text(s string) string {
	if m.secret != "" {
		s = strings.ReplaceAll(s, m.secret, masked)
	}
	if m.values != nil {
		for range 2 { // twice, for values next to each other
			s = m.values.ReplaceAllString(s, "${1}"+masked+"${2}")
		}
	}
	s = email.ReplaceAllString(s, masked)
	return phone.ReplaceAllString(s, masked)
}

// clip drops control characters, which a database may refuse.
func clip(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, s)
}
