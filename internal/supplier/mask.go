package supplier

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

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
	"meeting_point_id", "language",
	"status_code", "error_code", "message", "errors",
}

// mask takes personal data and the key out of what is kept of a call.
type mask struct {
	values [][]rune // what was sent, by its letters and digits alone
	phone  string   // the end of the phone that was sent, which every writing of it has
	secret string   // the key, which no sentence may show
}

// phoneEnd is how many digits tell a phone from other numbers.
const phoneEnd = 8

// maskOf finds the order's personal values in the supplier's sentences, however they
// are written there, where they are words of their own: a short name must not blacken
// half of a sentence. Fields are masked by their names anyway.
func maskOf(o booking.Order) mask {
	var m mask
	c := o.Customer
	for _, v := range []string{c.FirstName, c.LastName, c.Email, o.Car.Plate, o.Outbound, o.Return} {
		m.add(v, 2)
	}
	for _, v := range []string{o.Car.Make, o.Car.Model, o.Car.Color} {
		if strings.ContainsFunc(v, unicode.IsLetter) { // a model 500 is a number as well
			m.add(v, 3)
		}
	}
	if d := digits(c.Phone); len(d) >= phoneEnd {
		m.phone = d[len(d)-phoneEnd:]
	}
	return m
}

// add masks a value that has some letters and digits at least.
func (m *mask) add(value string, least int) {
	var bare []rune
	for _, g := range glyphs(value) {
		bare = append(bare, g.bare)
	}
	if len(bare) >= least {
		m.values = append(m.values, bare)
	}
}

// glyph is a letter without accent and case, or a digit, and where it stands.
type glyph struct {
	bare       rune
	from, to   int  // bytes
	begin, end bool // of a word
}

// glyphs are the letters and digits of a text.
func glyphs(s string) []glyph {
	var list []glyph
	word := false // what stands before belongs to a word
	for at, r := range s {
		if unicode.Is(unicode.Mn, r) {
			continue
		}
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			if word {
				list[len(list)-1].end = true
			}
			word = false
			continue
		}
		for _, part := range norm.NFKD.String(string(unicode.ToLower(r))) {
			if unicode.IsLetter(part) || unicode.IsDigit(part) {
				list = append(list, glyph{bare: part, from: at, to: at + utf8.RuneLen(r), begin: !word})
				word = true
			}
		}
	}
	if word {
		list[len(list)-1].end = true
	}
	return list
}

// sent masks the values that were sent.
func (m *mask) sent(s string) string {
	text := glyphs(s)
	var out strings.Builder
	done := 0 // bytes
	for i := 0; i < len(text); i++ {
		n := m.at(text[i:])
		if n == 0 {
			continue
		}
		out.WriteString(s[done:text[i].from] + masked)
		i += n - 1
		done = text[i].to
	}
	return out.String() + s[done:]
}

// at returns how many glyphs at the beginning are the longest of the values; 0 for none.
func (m *mask) at(text []glyph) int {
	longest := 0
	if !text[0].begin {
		return 0
	}
	for _, v := range m.values {
		if len(v) > longest && len(v) <= len(text) && text[len(v)-1].end && equal(text, v) {
			longest = len(v)
		}
	}
	return longest
}

func equal(text []glyph, v []rune) bool {
	for i, r := range v {
		if text[i].bare != r {
			return false
		}
	}
	return true
}

func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}

// words masks the supplier's sentences. A code that nobody knows is one of them: codes
// stand where nothing is ever erased.
func (m *mask) words(e Error) (code, message string, errs []string) {
	if code = e.Code; code != "" && !slices.Contains(knownCodes, code) {
		errs, code = []string{shorten(m.text(code), 100)}, codeOther
	}
	for _, s := range e.Errors[:min(len(e.Errors), keptErrors)] {
		errs = append(errs, m.text(s))
	}
	return code, m.text(e.Message), errs
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
	// number may be a phone; national is one as it is written in France.
	number   = regexp.MustCompile(`[+(]*[0-9](?:[\s\pZ().\/-]{0,3}[0-9]){5,}`)
	national = regexp.MustCompile(`^0[1-9](?:[ .\pZ-]?[0-9]{2}){4}$`)
)

// text masks the values that were sent, however they are written, and whatever looks
// like an address or a phone number.
func (m *mask) text(s string) string {
	if m.secret != "" {
		s = strings.ReplaceAll(s, m.secret, masked)
	}
	s = email.ReplaceAllString(m.sent(s), masked)
	return number.ReplaceAllStringFunc(s, func(n string) string {
		d := digits(n)
		if strings.HasPrefix(strings.TrimLeft(n, "("), "+") || strings.HasPrefix(d, "00") || national.MatchString(n) ||
			m.phone != "" && strings.Contains(d, m.phone) {
			return masked
		}
		return n
	})
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
