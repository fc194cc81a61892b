package simulator

import (
	"fmt"
	"strings"
	"time"
	_ "time/tzdata" // the zones' timezones must load on machines without any
)

// currency is the only one the supplier sells in.
const currency = "EUR"

// meetingPoint is where the valet takes the car over.
type meetingPoint struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// zone is an airport or a station where valets work.
type zone struct {
	id       int64
	code     string
	name     string
	kind     string // airport or station
	city     string
	country  string
	timezone string
	lat, lon float64
	week     int64 // P7 of the price formula, in cents
	covered  bool  // covered_parking is sold here
	points   []meetingPoint
	location *time.Location
}

// buildZones gives the zones in the order of their ids. Ids follow the table's
// order, so new zones go to its end.
func buildZones() ([]zone, error) {
	var zones []zone
	for i, row := range zoneTable {
		z := row
		z.id = int64(i + 1)
		loc, err := time.LoadLocation(z.timezone)
		if err != nil {
			return nil, fmt.Errorf("simulator: timezone of %s: %w", z.code, err)
		}
		z.location = loc
		zones = append(zones, z)
	}
	return zones, nil
}

// points reads "T1=Terminal 1, T2=Terminal 2".
func points(text string) []meetingPoint {
	var list []meetingPoint
	for part := range strings.SplitSeq(text, ", ") {
		id, name, _ := strings.Cut(part, "=")
		list = append(list, meetingPoint{ID: id, Name: name})
	}
	return list
}

func (z *zone) hasPoint(id string) bool {
	for _, p := range z.points {
		if p.ID == id {
			return true
		}
	}
	return false
}

// Codes are those of IATA; the stations have one as well. The supplier's list
// of prices names no class for BVA, LIS, RUN and PTP: they are in the cheapest
// one of the airports. Massy TGV is no station of Paris.
var zoneTable = []zone{
	{
		code: "CDG", name: "Paris Charles de Gaulle", kind: "airport", city: "Roissy-en-France", country: "FR",
		timezone: "Europe/Paris", lat: 49.0097, lon: 2.5479, week: 119_00, covered: true,
		points: points("T1=Terminal 1, T2E=Terminal 2E, T2F=Terminal 2F"),
	},
	{
		code: "ORY", name: "Paris Orly", kind: "airport", city: "Orly", country: "FR",
		timezone: "Europe/Paris", lat: 48.7262, lon: 2.3652, week: 119_00, covered: true,
		points: points("O1=Orly 1, O3=Orly 3, O4=Orly 4"),
	},
	{
		code: "LYS", name: "Lyon Saint-Exupéry", kind: "airport", city: "Colombier-Saugnieu", country: "FR",
		timezone: "Europe/Paris", lat: 45.7256, lon: 5.0811, week: 99_00, covered: true,
		points: points("T1=Terminal 1, T2=Terminal 2"),
	},
	{
		code: "NCE", name: "Nice Côte d'Azur", kind: "airport", city: "Nice", country: "FR",
		timezone: "Europe/Paris", lat: 43.6584, lon: 7.2159, week: 115_00, covered: true,
		points: points("T1=Terminal 1, T2=Terminal 2"),
	},
	{
		code: "MRS", name: "Marseille Provence", kind: "airport", city: "Marignane", country: "FR",
		timezone: "Europe/Paris", lat: 43.4393, lon: 5.2214, week: 99_00, covered: true,
		points: points("T1=Terminal 1, T2=Terminal 2"),
	},
	{
		code: "TLS", name: "Toulouse-Blagnac", kind: "airport", city: "Blagnac", country: "FR",
		timezone: "Europe/Paris", lat: 43.6291, lon: 1.3638, week: 89_00, covered: true,
		points: points("HB=Hall B, HD=Hall D"),
	},
	{
		code: "BOD", name: "Bordeaux-Mérignac", kind: "airport", city: "Mérignac", country: "FR",
		timezone: "Europe/Paris", lat: 44.8283, lon: -0.7156, week: 89_00, covered: true,
		points: points("HA=Hall A, HB=Hall B"),
	},
	{
		code: "NTE", name: "Nantes Atlantique", kind: "airport", city: "Bouguenais", country: "FR",
		timezone: "Europe/Paris", lat: 47.1532, lon: -1.6107, week: 89_00, covered: true,
		points: points("DEP=Départs, ARR=Arrivées"),
	},
	{
		code: "BVA", name: "Paris Beauvais", kind: "airport", city: "Tillé", country: "FR",
		timezone: "Europe/Paris", lat: 49.4544, lon: 2.1128, week: 89_00,
		points: points("T1=Terminal 1, T2=Terminal 2"),
	},
	{
		code: "GVA", name: "Genève Aéroport", kind: "airport", city: "Le Grand-Saconnex", country: "CH",
		timezone: "Europe/Zurich", lat: 46.2381, lon: 6.1090, week: 115_00, covered: true,
		points: points("T1=Terminal 1, SF=Secteur France"),
	},
	{
		code: "BRU", name: "Brussels Airport", kind: "airport", city: "Zaventem", country: "BE",
		timezone: "Europe/Brussels", lat: 50.9014, lon: 4.4844, week: 99_00, covered: true,
		points: points("DEP=Departures, ARR=Arrivals"),
	},
	{
		code: "ZYR", name: "Bruxelles-Midi", kind: "station", city: "Saint-Gilles", country: "BE",
		timezone: "Europe/Brussels", lat: 50.8357, lon: 4.3365, week: 85_00,
		points: points("HOR=Place Victor Horta, FON=Rue de France"),
	},
	{
		code: "PLY", name: "Paris Gare de Lyon", kind: "station", city: "Paris", country: "FR",
		timezone: "Europe/Paris", lat: 48.8443, lon: 2.3744, week: 105_00,
		points: points("H1=Hall 1, H2=Hall 2"),
	},
	{
		code: "XPG", name: "Paris Gare du Nord", kind: "station", city: "Paris", country: "FR",
		timezone: "Europe/Paris", lat: 48.8809, lon: 2.3553, week: 105_00,
		points: points("DUN=Rue de Dunkerque, MAU=Rue de Maubeuge"),
	},
	{
		code: "XHP", name: "Paris Gare de l'Est", kind: "station", city: "Paris", country: "FR",
		timezone: "Europe/Paris", lat: 48.8768, lon: 2.3592, week: 105_00,
		points: points("ALS=Cour d'Alsace, 11N=Place du 11 novembre"),
	},
	{
		code: "XGB", name: "Paris Gare Montparnasse", kind: "station", city: "Paris", country: "FR",
		timezone: "Europe/Paris", lat: 48.8409, lon: 2.3208, week: 105_00,
		points: points("DAU=Place Raoul Dautry, VAU=Hall Vaugirard"),
	},
	{
		code: "XJY", name: "Massy TGV", kind: "station", city: "Massy", country: "FR",
		timezone: "Europe/Paris", lat: 48.7258, lon: 2.2613, week: 85_00,
		points: points("ATL=Côté Atlantis, CTR=Côté centre-ville"),
	},
	{
		code: "XYD", name: "Lyon Part-Dieu", kind: "station", city: "Lyon", country: "FR",
		timezone: "Europe/Paris", lat: 45.7606, lon: 4.8594, week: 85_00,
		points: points("BER=Place Charles Béraudier, VIL=Côté Villette"),
	},
	{
		code: "XRF", name: "Marseille Saint-Charles", kind: "station", city: "Marseille", country: "FR",
		timezone: "Europe/Paris", lat: 43.3027, lon: 5.3806, week: 85_00,
		points: points("HUG=Place Victor Hugo, NAR=Square Narvik"),
	},
	{
		code: "LIS", name: "Lisbonne Humberto-Delgado", kind: "airport", city: "Lisbonne", country: "PT",
		timezone: "Europe/Lisbon", lat: 38.7742, lon: -9.1342, week: 89_00,
		points: points("T1=Terminal 1, T2=Terminal 2"),
	},
	{
		code: "RUN", name: "La Réunion Roland-Garros", kind: "airport", city: "Sainte-Marie", country: "RE",
		timezone: "Indian/Reunion", lat: -20.8871, lon: 55.5103, week: 89_00,
		points: points("DEP=Départs, ARR=Arrivées"),
	},
	{
		code: "PTP", name: "Guadeloupe Maryse-Condé", kind: "airport", city: "Les Abymes", country: "GP",
		timezone: "America/Guadeloupe", lat: 16.2653, lon: -61.5318, week: 89_00,
		points: points("T1=Terminal 1, T2=Terminal régional"),
	},
}
