package supplier

import (
	"encoding/json"
	"fmt"
	"strings"

	"guichet/internal/booking"
)

// decodeZones reads the list of zones. Whatever cannot be used is left out and
// named in left; only a body that is no list at all is an error.
func decodeZones(body []byte) (zones []booking.Zone, left []string, err error) {
	var list []json.RawMessage
	if json.Unmarshal(body, &list) != nil || list == nil {
		return nil, nil, unreadable("not a list")
	}
	seen := map[string]bool{}
	for i, raw := range list {
		z, bad, err := decodeZone(raw)
		switch {
		case err != nil:
			left = append(left, fmt.Sprintf("[%d] %v", i, err))
			continue
		case seen[z.ID]:
			left = append(left, fmt.Sprintf("[%d] %v", i, unreadable("id, it is there twice")))
			continue
		}
		for _, what := range bad {
			left = append(left, fmt.Sprintf("[%d] %s", i, what))
		}
		seen[z.ID] = true
		zones = append(zones, z)
	}
	return zones, left, nil
}

func decodeZone(raw []byte) (z booking.Zone, left []string, err error) {
	o, err := readObject(raw)
	if err != nil {
		return z, nil, err
	}
	var ok bool
	if z.ID, ok = o.id("id"); !ok {
		return z, nil, unreadable("id")
	}
	if z.Code, ok = o.text("code"); !ok || z.Code == "" {
		return z, nil, unreadable("code")
	}
	if z.Name, ok = o.text("name"); !ok || z.Name == "" {
		return z, nil, unreadable("name")
	}
	z.Kind, z.City, z.Country = o.optional("type"), o.optional("city"), o.optional("country")
	if z.Timezone = loadable(o.optional("timezone")); z.Timezone == "" {
		left = append(left, "timezone")
	}
	z.MeetingPoints = decodeMeetingPoints(o, &left)
	z.Services = decodeIndicativeOffers(o, &left)
	return z, left, nil
}

// loadable keeps a timezone that exists.
func loadable(name string) string {
	if !booking.KnownTimezone(name) {
		return ""
	}
	return name
}

func decodeMeetingPoints(o object, left *[]string) []booking.MeetingPoint {
	list, err := o.list("meeting_points")
	if err != nil {
		*left = append(*left, "meeting_points")
	}
	var out []booking.MeetingPoint
	for _, raw := range list {
		point, err := readObject(raw)
		id, okID := point.id("id")
		name, okName := point.text("name")
		if err != nil || !okID || !okName {
			*left = append(*left, "a meeting point")
			continue
		}
		out = append(out, booking.MeetingPoint{ID: id, Name: name})
	}
	return out
}

// decodeIndicativeOffers reads the services of a zone, whose prices are not
// those of any stay.
func decodeIndicativeOffers(o object, left *[]string) []booking.Offer {
	list, err := o.list("available_services")
	if err != nil {
		*left = append(*left, "available_services")
	}
	var out []booking.Offer
	for _, raw := range list {
		offer, err := decodeOffer(raw)
		if err != nil {
			*left = append(*left, "a service")
			continue
		}
		out = append(out, offer)
	}
	return out
}

// decodeOffer reads a service; one without a label is called by its code.
func decodeOffer(raw []byte) (booking.Offer, error) {
	o, err := readObject(raw)
	if err != nil {
		return booking.Offer{}, err
	}
	out := booking.Offer{Code: o.optional("code"), Name: o.optional("name")}
	if out.Code == "" {
		return booking.Offer{}, unreadable("available_services.code")
	}
	if out.Name == "" {
		out.Name = out.Code
	}
	out.Price, err = o.money("price")
	return out, err
}

// decodeQuote reads the answer to a quote of that stay. A quote without space
// needs no price. All prices of a quote are in one currency. A stay that costs
// nothing is not sold: 0 is what is written where there is no price.
func decodeQuote(body []byte, stay booking.Stay) (booking.Quote, error) {
	o, err := readObject(body)
	if err != nil {
		return booking.Quote{}, err
	}
	if bad := misfits(quoteFits, o, wanted{stay: stay}); len(bad) > 0 {
		return booking.Quote{}, unreadable(strings.Join(bad, ", "))
	}
	var q booking.Quote
	if !o.has("available") || json.Unmarshal(o["available"], &q.Available) != nil {
		return booking.Quote{}, unreadable("available")
	}
	if !q.Available {
		return q, nil
	}
	if q.Base, err = o.money("price"); err != nil {
		return booking.Quote{}, err
	}
	if q.Base.Cents == 0 {
		return booking.Quote{}, unreadable("price")
	}
	list, err := o.list("available_services")
	if err != nil {
		return booking.Quote{}, err
	}
	for _, raw := range list {
		offer, err := decodeOffer(raw)
		if err != nil {
			return booking.Quote{}, err
		}
		if offer.Price.Currency != q.Base.Currency {
			return booking.Quote{}, unreadable("available_services.currency")
		}
		q.Offers = append(q.Offers, offer)
	}
	return q, nil
}
