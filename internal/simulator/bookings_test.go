package simulator

import (
	"net/http"
	"reflect"
	"slices"
	"testing"
	"time"
)

func TestHeaders(t *testing.T) {
	t.Parallel()
	b := start(t, "")
	for name, c := range map[string]struct {
		key, environment string
		status           int
		code             string
	}{
		"good":            {DefaultKey, "production", 200, ""},
		"any case":        {DefaultKey, "PRODuction", 200, ""},
		"no key":          {"", "production", 401, "unauthorized"},
		"wrong key":       {"old", "production", 401, "unauthorized"},
		"no environment":  {DefaultKey, "", 400, "environment_required"},
		"sandbox":         {DefaultKey, "sandbox", 400, "environment_required"},
		"nothing at all":  {"", "", 401, "unauthorized"},
		"key in any case": {"SIMULATOR-KEY", "production", 401, "unauthorized"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := b.send("GET", "/v3/zones", nil, map[string]string{"X-ECTOR-AUTHENTICATION": c.key, "X-ECTOR-ENVIRONMENT": c.environment})
			if c.code != "" {
				got.refused(t, c.status, c.code)
			} else if got.status != c.status {
				t.Errorf("status %d: %s", got.status, got.text)
			}
		})
	}
}

func TestKeysAreRenewed(t *testing.T) {
	t.Parallel()
	b := start(t, "")
	b.sim.SetKeys("new", DefaultKey)
	if got := b.call("GET", "/v3/zones", nil); got.status != http.StatusOK {
		t.Errorf("while two keys overlap: %d", got.status)
	}
	b.sim.SetKeys("new")
	b.call("GET", "/v3/zones", nil).refused(t, 401, "unauthorized")
}

func TestCreate(t *testing.T) {
	t.Parallel()
	b := start(t, "")
	got := b.call("POST", "/v3/bookings", goodOrder().with(fields{
		"services": []string{"cancellation_insurance", "covered_parking"}, "meeting_point_id": "T2E",
		"outbound_number": "AF1234", "return_number": "AF1235",
	}))
	want := `{"id":9001,"reference":"EC-9001","status":"pending","contact_id":501,"car_id":301,"price":159.95,"currency":"EUR",` +
		`"services":["cancellation_insurance","covered_parking"],"created_at":"2027-06-01T10:00:00Z"}`
	if got.status != http.StatusCreated || got.text != want {
		t.Fatalf("create %d %s", got.status, got.text)
	}
	kept := b.booking("9001")
	wanted := Booking{
		ID: "9001", Reference: "EC-9001", Status: Pending, ZoneID: "1", ZoneCode: "CDG", Timezone: "Europe/Paris",
		StartWall: "2027-06-11T06:05:00", EndWall: "2027-06-18T22:40:00",
		Start: instant(t, "2027-06-11T04:05:00Z"), End: instant(t, "2027-06-18T20:40:00Z"),
		Services:  []string{"cancellation_insurance", "covered_parking"},
		ContactID: "501", CarID: "301", Contact: Contact{"Ada", "Martin", "ada@example.test", "+33199001234", "fr"},
		Car:            Car{"Renault", "Clio", "blue", "AB123CD"},
		OutboundNumber: "AF1234", ReturnNumber: "AF1235", MeetingPointID: "T2E",
		PriceCents: 159_95, Currency: "EUR", CreatedAt: instant(t, "2027-06-01T10:00:00Z"),
	}
	if !reflect.DeepEqual(kept, wanted) {
		t.Errorf("ledger\n%+v, want\n%+v", kept, wanted)
	}
}

func TestCreateRefusals(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change fields
		want   string
	}{
		"unknown zone":             {fields{"zone_id": "99"}, "zone_id is not a zone"},
		"past start":               {fields{"start_at": "2027-06-01T09:59:59Z"}, "start_at is in the past"},
		"end before start":         {fields{"end_at": "2027-06-10T06:05:00Z"}, "end_at is not after start_at"},
		"no end":                   {fields{"end_at": nil}, "end_at is required"},
		"unknown service":          {fields{"services": []string{"valet_dog"}}, "services: valet_dog is not available in this zone"},
		"covered in a station":     {fields{"zone_id": 13, "services": []string{"covered_parking"}}, "services: covered_parking is not available in this zone"},
		"service twice":            {fields{"services": []string{"full_wash", "full_wash"}}, "services: full_wash is there twice"},
		"meeting point elsewhere":  {fields{"meeting_point_id": "O1"}, "meeting_point_id is not a meeting point of this zone"},
		"no contact":               {fields{"contact": nil}, "contact or contact_id is required"},
		"contact and its id":       {fields{"contact_id": 501}, "contact and contact_id exclude each other"},
		"unknown contact":          {fields{"contact": nil, "contact_id": 77}, "contact_id is not known"},
		"no car":                   {fields{"car": nil}, "car or car_id is required"},
		"car and its id":           {fields{"car_id": 301}, "car and car_id exclude each other"},
		"unknown car":              {fields{"car": nil, "car_id": "12"}, "car_id is not known"},
		"no first name":            {fields{"contact": goodContact().with(fields{"first_name": " "})}, "contact.first_name is required"},
		"no last name":             {fields{"contact": goodContact().with(fields{"last_name": nil})}, "contact.last_name is required"},
		"no e-mail":                {fields{"contact": goodContact().with(fields{"email": ""})}, "contact.email is required"},
		"no e-mail address":        {fields{"contact": goodContact().with(fields{"email": "ada@"})}, "contact.email is not an e-mail address"},
		"no phone":                 {fields{"contact": goodContact().with(fields{"phone_number": ""})}, "contact.phone_number is required"},
		"car without its brand":    {fields{"car": fields{"model": "Clio", "plate_number": "AB123CD"}}, "car.brand is required"},
		"car without its model":    {fields{"car": fields{"brand": "Renault", "plate_number": "AB123CD"}}, "car.model is required"},
		"car without number plate": {fields{"car": fields{"brand": "Renault", "model": "Clio"}}, "car.plate_number is required"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := start(t, "")
			got := b.call("POST", "/v3/bookings", goodOrder().with(c.change))
			got.refused(t, http.StatusUnprocessableEntity, "validation_failed")
			if !slices.Equal(got.sentences(), []string{c.want}) {
				t.Errorf("errors %q, want %q", got.sentences(), c.want)
			}
			if n := len(b.sim.Ledger()); n != 0 {
				t.Errorf("%d bookings in the ledger", n)
			}
		})
	}
}

func TestCreateNamesEveryWrongField(t *testing.T) {
	t.Parallel()
	got := start(t, "").call("POST", "/v3/bookings", fields{"zone_id": 1})
	got.refused(t, http.StatusUnprocessableEntity, "validation_failed")
	want := []string{"start_at is required", "end_at is required", "contact or contact_id is required", "car or car_id is required"}
	if !slices.Equal(got.sentences(), want) {
		t.Errorf("errors %q", got.sentences())
	}
}

func TestCreateOfSomethingElse(t *testing.T) {
	t.Parallel()
	b := start(t, "")
	for _, body := range []string{"", "{", "[]", `"booking"`, `{"zone_id":{}}`, `{"services":"full_wash"}`} {
		b.call("POST", "/v3/bookings", body).refused(t, http.StatusUnprocessableEntity, "validation_failed")
	}
	b.call("POST", "/v3/bookings", string(make([]byte, longestRequest+1))).refused(t, http.StatusRequestEntityTooLarge, "too_large")
	b.call("DELETE", "/v3/bookings/1", nil).refused(t, http.StatusNotFound, "not_found")
}

// What is not E.164 is read as a French number.
func TestPhones(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{
		"+33199001234":         "+33199001234",
		"01 99 00 12 34":       "+33199001234",
		"+33 (0)1 99 00 12 34": "+33199001234",
		"0032 470 12 34 56":    "+32470123456",
		"0470 12 34 56":        "+33470123456", // Belgian mobile, taken for a French landline
		"+590 690 12 34 56":    "+590690123456",
		"+262 692 12 34 56":    "+262692123456",
		"06 39 98 12 34":       "",
		"+44 7700 900123":      "",
		"0690 12 34 56":        "",
		"0692 12 34 56":        "",
		"+":                    "",
		"call me":              "",
		"+331990012345678901":  "",
	} {
		t.Run(typed, func(t *testing.T) {
			t.Parallel()
			b := start(t, "")
			got := b.call("POST", "/v3/bookings", goodOrder().with(fields{"contact": goodContact().with(fields{"phone_number": typed})}))
			if want == "" {
				got.refused(t, http.StatusUnprocessableEntity, "validation_failed")
				if !slices.Equal(got.sentences(), []string{"contact.phone_number is not a valid phone number"}) {
					t.Errorf("errors %q", got.sentences())
				}
				return
			}
			if kept := b.booking("9001").Contact.PhoneNumber; kept != want {
				t.Errorf("kept %s, want %s", kept, want)
			}
		})
	}
}

func TestContactAndCarAreReused(t *testing.T) {
	t.Parallel()
	b := start(t, "")
	first := b.booking(b.created(nil))
	second := b.booking(b.created(fields{"contact": nil, "contact_id": 501, "car": nil, "car_id": "301"}))
	if second.Contact != first.Contact || second.Car != first.Car || second.ContactID != "501" || second.CarID != "301" {
		t.Errorf("second booking %+v", second)
	}
	if third := b.booking(b.created(fields{"contact": nil, "contact_id": "501"})); third.ContactID != "501" || third.CarID != "302" {
		t.Errorf("third booking %+v", third)
	}
}

func TestPay(t *testing.T) {
	t.Parallel()
	b := start(t, "")
	id := b.created(nil)
	b.sim.MoveClock(60 * time.Minute)
	got := b.pay(id)
	if want := `{"id":9001,"status":"paid","paid_at":"2027-06-01T11:00:00Z"}`; got.status != http.StatusOK || got.text != want {
		t.Fatalf("pay in the last moment: %d %s", got.status, got.text)
	}
	b.pay(id).refused(t, http.StatusConflict, "already_paid")
	b.sim.MoveClock(24 * time.Hour)
	b.pay(id).refused(t, http.StatusConflict, "already_paid")
	if kept := b.booking(id); kept.Status != Paid || kept.PayCount != 1 || !kept.PaidAt.Equal(instant(t, "2027-06-01T11:00:00Z")) {
		t.Errorf("ledger %+v", kept)
	}
	for _, unknown := range []string{"1", "EC-9001", "x"} {
		b.pay(unknown).refused(t, http.StatusNotFound, "not_found")
	}
}

func TestPayIsOverAfterSixtyMinutes(t *testing.T) {
	t.Parallel()
	b := start(t, "")
	id := b.created(fields{"services": []string{insurance}})
	b.sim.MoveClock(60*time.Minute + time.Second)
	if got := b.booking(id).Status; got != Void {
		t.Errorf("status %s, want void", got)
	}
	b.pay(id).refused(t, http.StatusGone, "expired")
	b.cancel(id).refused(t, http.StatusConflict, "not_cancellable")
	if kept := b.booking(id); kept.PayCount != 0 || !kept.PaidAt.IsZero() {
		t.Errorf("ledger %+v", kept)
	}
}

func TestCancel(t *testing.T) {
	t.Parallel()
	b := start(t, "")
	plain, insured := b.created(fields{"services": []string{"full_wash"}}), b.created(fields{"services": []string{insurance}})
	b.cancel(insured).refused(t, http.StatusConflict, "not_cancellable")
	b.pay(plain)
	b.pay(insured)
	b.cancel(plain).refused(t, http.StatusConflict, "not_cancellable")
	got := b.cancel(insured)
	if want := `{"id":9002,"status":"cancelled","cancelled_at":"2027-06-01T10:00:00Z"}`; got.status != http.StatusOK || got.text != want {
		t.Fatalf("cancel %d %s", got.status, got.text)
	}
	b.cancel(insured).refused(t, http.StatusConflict, "already_cancelled")
	b.pay(insured).refused(t, http.StatusConflict, "already_cancelled")
	b.cancel("1").refused(t, http.StatusNotFound, "not_found")
	if p, i := b.booking(plain), b.booking(insured); p.Status != Paid || i.Status != Cancelled || i.CancelledAt.IsZero() || i.PayCount != 1 {
		t.Errorf("ledger %+v %+v", p, i)
	}
}
