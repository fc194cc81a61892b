package sale

import (
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"

	"guichet/internal/booking"
	"guichet/internal/contact"
	"guichet/internal/invalid"
	"guichet/internal/server/site"
	pages "guichet/web/sale"
)

// lineServices are the services as the line of a quote names them, in French or English.
var lineServices = map[string]string{
	"ass": booking.CancellationInsurance, "ins": booking.CancellationInsurance,
	"couv": booking.CoveredParking, "cov": booking.CoveredParking,
	"lav": "full_wash", "wash": "full_wash", "ext": "exterior_wash",
	"elec": "ev_charging", "ev": "ev_charging",
}

// readLine fills a quote from one line, as reservation systems take it:
//
//	CDG 12MAR 0730 19MAR 2140 +COV +INS AF1234 AF1235
//
// Airport or station, date and time of the drop-off, date and time of the return, in
// this order and each in the writing of its field, without spaces; services begin with
// a plus sign, numbers of flights or trains may follow. What is missing stays empty.
// The problem of the field `line` names the first part that is none of these.
func readLine(bad *invalid.Error, text string) (f pages.QuoteForm) {
	f.Line = text
	fields := []*string{&f.Zone, &f.FromDate, &f.FromTime, &f.ToDate, &f.ToTime, &f.Outbound, &f.Return}
	const ofStay = 5
	n := 0
	for _, part := range strings.Fields(text) {
		if service, is := strings.CutPrefix(part, "+"); is && startsWithLetter(service) {
			code, known := lineServices[contact.Bare(service)]
			if !known {
				bad.Add("line", "problem.line.service", "Part", part)
				continue
			}
			f.Services = append(f.Services, code)
			continue
		}
		if n == len(fields) {
			bad.Add("line", "problem.line.rest", "Part", part)
			break
		}
		if n == 0 {
			part = strings.ToUpper(part)
		}
		*fields[n] = part
		n++
	}
	if n > 0 && n < ofStay {
		bad.Add("line", "problem.line.short")
	}
	return f
}

func startsWithLetter(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return unicode.IsLetter(r)
}

// drawLine shows the form as a line fills it, with what is wrong in it. Nothing is asked
// of the supplier.
func (s *Handlers) drawLine(w http.ResponseWriter, r *http.Request, line, from string) error {
	bad := &invalid.Error{}
	f := readLine(bad, line)
	f.From = from
	zones, err := s.Bookings.Zones(r.Context())
	if err != nil {
		return err
	}
	if _, problem := site.FindZone(zones.Zones, f.Zone); problem.Key != "" && problem.Key != site.AmbiguousZone {
		f.Zone, f.ZoneText = "", f.Zone // it is named beside the field
	}
	if bad.OrNil() == nil {
		if _, bad, err = s.readStay(r, &f); err != nil {
			return err
		}
	}
	if bad.OrNil() == nil {
		return s.drawQuoteForm(w, r, http.StatusOK, f)
	}
	f.Errors = site.Problems(site.Lang(r), bad)
	return s.drawQuoteForm(w, r, http.StatusUnprocessableEntity, f)
}
