package contact

import (
	"errors"
	"testing"

	"pgregory.net/rapid"

	"guichet/internal/invalid"
)

func TestParsePhone(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text, country string
		want          Phone
		national      string
	}{
		{"0612345678", "FR", Phone{"+33612345678", "FR", LineMobile}, "06 12 34 56 78"},
		{" 06.12-34 56/78 ", "fr", Phone{"+33612345678", "FR", LineMobile}, "06 12 34 56 78"},
		{"612345678", "FR", Phone{"+33612345678", "FR", LineMobile}, "06 12 34 56 78"},
		{"+33 (0)6 12 34 56 78", "FR", Phone{"+33612345678", "FR", LineMobile}, "06 12 34 56 78"},
		{"\u202a+33 6 12 34 56 78\u202c", "FR", Phone{"+33612345678", "FR", LineMobile}, "06 12 34 56 78"},
		{"0033 6 12 34 56 78", "BE", Phone{"+33612345678", "FR", LineMobile}, "06 12 34 56 78"},
		{"+33612345678", "", Phone{"+33612345678", "FR", LineMobile}, "06 12 34 56 78"},
		{"+33612345678", "XX", Phone{"+33612345678", "FR", LineMobile}, "06 12 34 56 78"},
		{"01 99 00 12 34", "FR", Phone{"+33199001234", "FR", LineLandline}, "01 99 00 12 34"},
		{"0470 12 34 56", "BE", Phone{"+32470123456", "BE", LineMobile}, "0470 12 34 56"},
		// The trap: a Belgian mobile is a French landline.
		{"0470 12 34 56", "FR", Phone{"+33470123456", "FR", LineLandline}, "04 70 12 34 56"},
		{"+41 79 123 45 67", "FR", Phone{"+41791234567", "CH", LineMobile}, "079 123 45 67"},
		{"0690 12 34 56", "GP", Phone{"+590690123456", "GP", LineMobile}, "0690 12 34 56"},
		{"0692 12 34 56", "RE", Phone{"+262692123456", "RE", LineMobile}, "0692 12 34 56"},
		{"0262 12 34 56", "RE", Phone{"+262262123456", "RE", LineLandline}, "0262 12 34 56"},
		{"+262 692 12 34 56", "FR", Phone{"+262692123456", "RE", LineMobile}, "0692 12 34 56"},
		{"+262 639 01 23 45", "FR", Phone{"+262639012345", "YT", LineMobile}, "0639 01 23 45"},
		{"0696 20 12 34", "MQ", Phone{"+596696201234", "MQ", LineMobile}, "0696 20 12 34"},
		{"0694 20 12 34", "GF", Phone{"+594694201234", "GF", LineMobile}, "0694 20 12 34"},
		{"06\u202f12\u202f34\u202f56\u202f78", "FR", Phone{"+33612345678", "FR", LineMobile}, "06 12 34 56 78"},
		{"06\t12.34 . 56\u00a078", "FR", Phone{"+33612345678", "FR", LineMobile}, "06 12 34 56 78"},
		{"٠٦١٢٣٤٥٦٧٨", "FR", Phone{"+33612345678", "FR", LineMobile}, "06 12 34 56 78"},
		{"tel:+33612345678", "FR", Phone{"+33612345678", "FR", LineMobile}, "06 12 34 56 78"},
		// A country of the same calling code is understood.
		{"07797 712345", "GB", Phone{"+447797712345", "JE", LineMobile}, "07797 712345"},
		{"416 967 1111", "US", Phone{"+14169671111", "CA", LineOther}, "(416) 967-1111"},
		{"0692 12 34 56", "YT", Phone{"+262692123456", "RE", LineMobile}, "0692 12 34 56"},
		{"(201) 555-0123", "US", Phone{"+12015550123", "US", LineOther}, "(201) 555-0123"},
		{"09 70 12 34 56", "FR", Phone{"+33970123456", "FR", LineOther}, "09 70 12 34 56"},
	} {
		got, err := ParsePhone(c.text, c.country)
		if err != nil || got != c.want {
			t.Errorf("ParsePhone(%q, %q) = %+v, %v; want %+v", c.text, c.country, got, err, c.want)
			continue
		}
		if got.National() != c.national {
			t.Errorf("%q is written %q, want %q", c.text, got.National(), c.national)
		}
	}
}

func TestParsePhoneRefusals(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text, country string
		want          PhoneError
	}{
		{"", "FR", PhoneError{Problem: PhoneEmpty}},
		{" \u00a0\u200e", "FR", PhoneError{Problem: PhoneEmpty}},
		{"0612345678", "", PhoneError{Problem: PhoneNoCountry}},
		{"0612345678", "XX", PhoneError{Problem: PhoneNoCountry}},
		{"06 12 34 56 7", "FR", PhoneError{Problem: PhoneTooShort, Country: "FR", Digits: 9, Expected: 10}},
		{"+33 6 12 34 56 7", "BE", PhoneError{Problem: PhoneTooShort, Country: "FR", Digits: 9, Expected: 10}},
		{"6", "FR", PhoneError{Problem: PhoneTooShort, Country: "FR", Digits: 1, Expected: 10}},
		{"06 12 34 56 78 9", "FR", PhoneError{Problem: PhoneTooLong, Country: "FR", Digits: 11, Expected: 10}},
		{"0470 12 34", "BE", PhoneError{Problem: PhoneTooShort, Country: "BE", Digits: 8, Expected: 10}},
		{"201 555", "US", PhoneError{Problem: PhoneTooShort, Country: "US", Digits: 6, Expected: 10}},
		{"0262 12 34 56", "FR", PhoneError{Problem: PhoneWrongCountry, Country: "FR", Digits: 10, Expected: 10, Meant: Phone{"+262262123456", "RE", LineLandline}}},
		{"0690 12 34 56", "FR", PhoneError{Problem: PhoneWrongCountry, Country: "FR", Digits: 10, Expected: 10, Meant: Phone{"+590690123456", "GP", LineMobile}}},
		{"0690 12 34 56", "RE", PhoneError{Problem: PhoneWrongCountry, Country: "RE", Digits: 10, Expected: 10}},
		{"0692 12 34 56", "GP", PhoneError{Problem: PhoneWrongCountry, Country: "GP", Digits: 10, Expected: 10}},
		{"+33 692 11 22 33", "FR", PhoneError{Problem: PhoneInvalid, Country: "FR", Digits: 10, Expected: 10, Meant: Phone{"+262692112233", "RE", LineMobile}}},
		{"+33 639 01 23 45", "BE", PhoneError{Problem: PhoneInvalid, Country: "FR", Digits: 10, Expected: 10, Meant: Phone{"+262639012345", "YT", LineMobile}}},
		{"0696 20 12 34", "FR", PhoneError{Problem: PhoneWrongCountry, Country: "FR", Digits: 10, Expected: 10, Meant: Phone{"+596696201234", "MQ", LineMobile}}},
		{"0694 20 12 34", "FR", PhoneError{Problem: PhoneWrongCountry, Country: "FR", Digits: 10, Expected: 10, Meant: Phone{"+594694201234", "GF", LineMobile}}},
		{"06 39 98 12 34", "FR", PhoneError{Problem: PhoneWrongCountry, Country: "FR", Digits: 10, Expected: 10}},
		{"+44 7700 900982", "FR", PhoneError{Problem: PhoneInvalid, Country: "GB", Digits: 11, Expected: 11}},
		{"+999 123 456 78", "FR", PhoneError{Problem: PhoneInvalid}},
		{"+800 1234 5678", "FR", PhoneError{Problem: PhoneInvalid, Country: "001", Digits: 8, Expected: 0}},
		{"06 CALL ME NOW", "FR", PhoneError{Problem: PhoneCharacter, Character: "C", Before: "06"}},
		{"0612345678 poste 12", "FR", PhoneError{Problem: PhoneCharacter, Character: "p", Before: "0612345678"}},
		{"06,12,34,56,78", "FR", PhoneError{Problem: PhoneCharacter, Character: ",", Before: "06"}},
		{"0612345678x123", "FR", PhoneError{Problem: PhoneCharacter, Character: "x", Before: "0612345678"}},
		{"06+12345678", "FR", PhoneError{Problem: PhoneCharacter, Character: "+", Before: "06"}},
		{"06 12 34 56 78 / 06 12 34 56 79", "FR", PhoneError{Problem: PhoneTooLong, Country: "FR", Digits: 20, Expected: 10}},
		{"06\xff12345678", "FR", PhoneError{Problem: PhoneInvalid}},
	} {
		got, err := ParsePhone(c.text, c.country)
		var e *PhoneError
		if !errors.As(err, &e) || *e != c.want || got != (Phone{}) {
			t.Errorf("ParsePhone(%q, %q) = %+v, %+v; want %+v", c.text, c.country, got, e, c.want)
		}
	}
}

func TestMasked(t *testing.T) {
	t.Parallel()
	for e164, want := range map[string]string{
		"+33612345678": "06 •• •• 56 78",
		"+32470123456": "04•• •• 34 56",
		"+12015550123": "(20•) •••-0123",
		"+4721234567":  "21 •• •• 67",
		"":             "",
	} {
		if got := (Phone{E164: e164}).Masked(); got != want {
			t.Errorf("Masked(%s) = %q, want %q", e164, got, want)
		}
	}
}

func TestPhoneProblems(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, country, field, key string }{
		{"", "FR", "phone", "problem.phone.empty"},
		{"0612345678", "", "phone_country", "problem.phone.country"},
		{"061234567", "FR", "phone", "problem.phone.length_french"},
		{"061234567890", "RE", "phone", "problem.phone.length_french"},
		{"0470", "BE", "phone", "problem.phone.length"},
		{"0690123456", "RE", "phone", "problem.phone.wrong_country"},
		{"0690123456", "FR", "phone", "problem.phone.meant"},
		{"06x", "FR", "phone", "problem.phone.character"},
		{"+447700900982", "FR", "phone", "problem.phone.invalid"},
		{"x", "FR", "phone", "problem.phone.character.first"},
	} {
		_, err := ParsePhone(c.text, c.country)
		var bad invalid.Error
		AddPhoneProblem(&bad, err, c.country)
		if got := bad.Fields[c.field].Key; got != c.key {
			t.Errorf("%q in %q: %v, want %s", c.text, c.country, bad.Fields, c.key)
		}
	}
}

// What is accepted is stable: its E.164 form and its national form are read as
// the same number.
func TestPhoneIsStable(t *testing.T) {
	t.Parallel()
	countries := []string{"FR", "RE", "GP", "YT", "BE", "CH", "GB", "IT", "US", "DE", "PT"}
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`(\+|00|0)?[0-9 .()-]{0,16}`).Draw(t, "text")
		country := rapid.SampledFrom(countries).Draw(t, "country")
		p, err := ParsePhone(text, country)
		if err != nil {
			var e *PhoneError
			if !errors.As(err, &e) {
				t.Fatalf("untyped error %v", err)
			}
			return
		}
		for _, again := range []string{p.E164, p.International(), p.National()} {
			q, err := ParsePhone(again, p.Country)
			if err != nil || q != p {
				t.Fatalf("%q is %+v, but %q is %+v, %v", text, p, again, q, err)
			}
		}
	})
}

func TestParsePhoneNeverPanics(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p, err := ParsePhone(rapid.String().Draw(t, "text"), rapid.String().Draw(t, "country"))
		if (err == nil) == (p == Phone{}) {
			t.Fatalf("%+v with %v", p, err)
		}
	})
}

// A number is searched by its beginning with a country, else by its end; a French one
// by its beginning, too.
func TestSearchPhone(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]PhoneSearch{
		"+33 (0)1 99 00 77 01":               {Begin: "+33199007701"},
		"+33 1 99 00 77 01":                  {Begin: "+33199007701"},
		"0033 1 99 00 77 01":                 {Begin: "+33199007701"},
		"+33 (0)1 99 00":                     {Begin: "+3319900"},
		"+39 06 1234 5678":                   {Begin: "+390612345678"},
		"01 99 00 77 01":                     {End: "199007701", Begin: "+33199007701"},
		"01\u202f99\u202f00\u202f77\u202f01": {End: "199007701", Begin: "+33199007701"},
		"7701":                               {End: "7701"},
		"0077":                               {End: "0077"},
		"007701":                             {End: "007701"},
		"199007701":                          {End: "199007701"},
		"77":                                 {},
		"+33 1":                              {},
		"+":                                  {},
		"06 ou 07":                           {},
		"Martin":                             {},
	} {
		if got := SearchPhone(text); got != want {
			t.Errorf("SearchPhone(%q) = %+v, want %+v", text, got, want)
		}
	}
}
