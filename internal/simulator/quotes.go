package simulator

import (
	"net/http"
	"time"
)

// zoneAnswer is a zone on the wire.
type zoneAnswer struct {
	ID            int64          `json:"id"`
	Code          string         `json:"code"`
	Name          string         `json:"name"`
	Type          string         `json:"type"`
	City          string         `json:"city"`
	Country       string         `json:"country"`
	Timezone      string         `json:"timezone"`
	Latitude      float64        `json:"latitude"`
	Longitude     float64        `json:"longitude"`
	MeetingPoints []meetingPoint `json:"meeting_points"`
	Services      []service      `json:"available_services"`
}

func (s *Simulator) listZones(_ request, c circumstances) answer {
	list := make([]zoneAnswer, 0, len(s.zones))
	for i := range s.zones {
		z := &s.zones[i]
		if c.hides(z) || c.few && i%3 != 0 {
			continue
		}
		timezone := z.timezone
		if c.oddTime == z.code {
			timezone = "Europe/Atlantis"
		}
		list = append(list, zoneAnswer{
			ID: z.id, Code: z.code, Name: z.name, Type: z.kind, City: z.city, Country: z.country,
			Timezone: timezone, Latitude: z.lat, Longitude: z.lon,
			MeetingPoints: z.points, Services: c.servicesOf(z, 0),
		})
	}
	return withJSON(http.StatusOK, list)
}

// quoteAnswer is a quote on the wire. The price is that of the stay alone.
type quoteAnswer struct {
	ZoneID    int64     `json:"zone_id"`
	StartAt   string    `json:"start_at"`
	EndAt     string    `json:"end_at"`
	Available bool      `json:"available"`
	Price     cents     `json:"price"`
	Currency  string    `json:"currency"`
	Services  []service `json:"available_services"`
}

func (s *Simulator) quote(r request, c circumstances) answer {
	q := r.URL.Query()
	t, errs := s.readStay(c, q.Get("zone_id"), q.Get("start_at"), q.Get("end_at"))
	if errs != nil {
		return invalid(errs...)
	}
	base := basePrice(t.zone, t.start, t.end, s.now())
	return c.tell(t, withJSON(http.StatusOK, quoteAnswer{
		ZoneID: t.zone.id, StartAt: t.start.Format(time.RFC3339), EndAt: t.end.Format(time.RFC3339),
		Available: !c.full, Price: max(0, base+cents(c.extra)), Currency: currency, Services: c.servicesOf(t.zone, base),
	}))
}
