package supplier_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"guichet/internal/booking"
)

// TestMasking: what an attempt keeps shows what happened, and to nobody whose
// car it was.
func TestMasking(t *testing.T) {
	t.Parallel()
	person := `"first_name":"Théodule","last_name":"QUINCAMPOIX","email":"theodule@quincampoix.test","phone_number":"+33199001234"`
	for name, answer := range map[string]string{
		"good": reply(201, strings.Replace(created, "{", `{"contact":{`+person+`},"car":{"plate_number":"ZZ987XY"},"holder":["Théodule",33199001234],`, 1)),
		"refused": reply(422, `{"status_code":422,"error_code":"validation_failed","message":"Théodule Quincampoix, THÉODULE, +33 1 99 00 12 34",`+
			`"errors":["Renault Clio on AF 1234 and af1235","theodule@quincampoix.test is taken, as is ines@ailleurs.test","plate ZZ987XY; key `+testKey+`x"]}`),
		"cut":        reply(201, `{"id":9001,`+person+`,"plate_number":"ZZ987`),
		"HTML":       reply(500, "<p>Théodule Quincampoix (theodule@quincampoix.test) "+testKey+"</p>"),
		"key echoed": reply(401, errorBody(401, "Bearer"+testKey)),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, log := newClient(t, newRawServer(t, says(answer)).url)
			a := c.Create(t.Context(), call(), order())
			for where, text := range map[string]string{
				"request": a.Request, "response": a.Response, "message": a.Message, "detail": a.Detail,
				"code": a.ErrorCode, "errors": strings.Join(a.Errors, "|"), "log": log.String(),
			} {
				noSecrets(t, where, text)
			}
			if strings.Contains(strings.Join(a.Errors, "|")+a.Response, "ailleurs") {
				t.Errorf("the address of somebody else: %q %s", a.Errors, a.Response)
			}
			if strings.Contains(a.Message+a.Response, "99 00 12") {
				t.Errorf("the phone in another spelling: %s %s", a.Message, a.Response)
			}
		})
	}
}

// TestMaskingWithoutOrder: pay knows nothing of the person, so only fields that
// are known to be harmless are kept.
func TestMaskingWithoutOrder(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		`{"id":9001,"status":"paid","contact":{"first_name":"Théodule","surname":"Quincampoix"},"plate":["ZZ987XY"],"tel":33199001234,"brand":"Renault","outbound_number":"AF1234"}`,
		`{"id":9001,"status":"paid","first_name":"Théodule","surname":"Quincampoix","email":"theodule@quincampoix.test","tel":33199001234,"plate":"ZZ987XY`,
		`{"id":9001,"status":"paid","message":"for theodule@quincampoix.test, +33199001234, +33 1 99 00 12 34"}`,
	} {
		c, _ := newClient(t, newRawServer(t, says(reply(200, body))).url)
		a := c.Pay(t.Context(), call(), ours)
		noSecrets(t, "response", a.Response)
		if strings.Contains(strings.ReplaceAll(a.Response, " ", ""), "33199001234") {
			t.Errorf("response %s", a.Response)
		}
		if !strings.Contains(a.Response, "9001") || !strings.Contains(a.Response, "paid") {
			t.Errorf("response %q does not show what happened", a.Response)
		}
	}
}

// TestKept: the request shows what was asked for, and nothing kept is longer
// than 4 KiB or anything but printable UTF-8.
func TestKept(t *testing.T) {
	t.Parallel()
	junk := strings.Repeat("é\x00\xff<", 5000)
	long := `{"status_code":422,"error_code":"validation_failed","message":"\u0000` + strings.Repeat("é", 5000) + `","errors":["` + strings.Repeat("x", 9000) + `"]}`
	for _, answer := range []string{reply(200, junk), reply(422, long)} {
		c, _ := newClient(t, newRawServer(t, says(answer)).url)
		a := c.Create(t.Context(), call(), order())
		for _, part := range []string{`"start_at":"2027-07-04T06:05:00+02:00"`, `"cancellation_insurance"`, `"brand":"***"`, `"outbound_number":"***"`, `"meeting_point_id":"T2E"`, `"first_name":"***"`} {
			if !strings.Contains(a.Request, part) {
				t.Errorf("request %s lacks %s", a.Request, part)
			}
		}
		for _, text := range append([]string{a.Response, a.Message, a.ErrorCode}, a.Errors...) {
			if len(text) > 4<<10 || !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
				t.Errorf("kept %d bytes, valid %t", len(text), utf8.ValidString(text))
			}
		}
		if a.Response == "" {
			t.Error("nothing of the answer was kept")
		}
	}
}

// TestWords: what the supplier said reaches staff.
func TestWords(t *testing.T) {
	t.Parallel()
	body := `{"status_code":410,"error_code":"expired","message":"The 60 minutes are over.","errors":["created_at is 13:00"]}`
	c, _ := newClient(t, newRawServer(t, says(reply(410, body))).url)
	a := c.Pay(t.Context(), call(), ours)
	if a.Outcome != booking.OutcomeUnknown || a.ErrorCode != "expired" || a.Message != "The 60 minutes are over." ||
		len(a.Errors) != 1 || a.HTTPStatus != 410 || a.Key != "7Q4Z" || !a.StartedAt.Equal(start) || !a.EndedAt.Equal(start) {
		t.Errorf("answer %+v", a)
	}
}

// TestMaskingOtherWritings: what was sent is masked however the supplier writes it,
// and what only looks a little like it stays.
func TestMaskingOtherWritings(t *testing.T) {
	t.Parallel()
	for said, want := range map[string]string{
		"plate ZZ 987 XY, zz-987-xy, Zz.987.Xy":                          "plate ***, ***, ***",
		"call 01 99 00 12 34 or 0199001234":                              "call *** or ***",
		"0033199001234, +33 (0)1 99 00 12 34":                            "***, ***",
		"01.99.00.12.34, 01\u00a099\u202f00 12 34, 33-1-99-00-12-34":     "***, ***, ***",
		"another: 06 12 34 56 78":                                        "another: ***",
		"Mr QUINCAMPOIX Theodule, théo\u0301dule":                        "Mr *** ***, ***",
		"Théodule-Quincampoix: no Quincampoixville":                      "***-***: no Quincampoixville",
		"theodule [at] quincampoix (dot) test":                           "*** [at] *** (dot) test",
		"T H É O D U L E":                                                "***",
		"from 04/07/2027 06:05 to 2027-07-12T22:40:00+02:00, 9600 cents": "from 04/07/2027 06:05 to 2027-07-12T22:40:00+02:00, 9600 cents",
	} {
		answer := reply(422, `{"status_code":422,"error_code":"validation_failed","message":"`+said+`"}`)
		c, _ := newClient(t, newRawServer(t, says(answer)).url)
		if a := c.Create(t.Context(), call(), order()); a.Message != want {
			t.Errorf("%q became %q, want %q", said, a.Message, want)
		}
	}
}

// TestUnknownCodes: a code that nobody knows may be anything, so it stands among the
// supplier's words, which are erased with the traveller's.
func TestUnknownCodes(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]string{"unavailable": "", "quincampoix_is_unwelcome": "***_is_unwelcome", "ZZ 987 XY": "***"} {
		c, log := newClient(t, newRawServer(t, says(reply(422, errorBody(422, code)))).url)
		a := c.Create(t.Context(), call(), order())
		if known := want == ""; known != (a.ErrorCode == code) || known != (len(a.Errors) == 0) || !known && (a.ErrorCode != "other" || a.Errors[0] != want) {
			t.Errorf("%q: code %q, errors %q", code, a.ErrorCode, a.Errors)
		}
		if want != "" && strings.Contains(log.String(), code) {
			t.Errorf("the log says %s", log)
		}
	}
}
