package account_test

import (
	"bytes"
	"errors"
	"image"
	"image/jpeg"
	"image/png"
	"maps"
	"slices"
	"strings"
	"testing"

	"guichet/internal/account"
	"guichet/internal/bound"
	"guichet/internal/invalid"
)

// picture is a PNG of a size.
func picture(width, height int) []byte {
	var out bytes.Buffer
	_ = png.Encode(&out, image.NewGray(image.Rect(0, 0, width, height)))
	return out.Bytes()
}

// wrong lists the fields that cannot be accepted.
func wrong(err error) string {
	bad := new(invalid.Error)
	if !errors.As(err, &bad) {
		return ""
	}
	return strings.Join(slices.Sorted(maps.Keys(bad.Fields)), ",")
}

func TestAnAgencyIsCreated(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	good := account.Agency{Code: " new1 ", Name: " New ", Timezone: "Europe/Rome", PaymentMethods: []string{"cash"}}
	for name, k := range map[string]struct {
		change func(*account.Agency)
		fields string
	}{
		"good":                {func(*account.Agency) {}, ""},
		"no code":             {func(a *account.Agency) { a.Code = "" }, "code"},
		"a strange code":      {func(a *account.Agency) { a.Code = "A-B" }, "code"},
		"a long code":         {func(a *account.Agency) { a.Code = "ABCDEFGHIJKLM" }, "code"},
		"a code that is used": {func(a *account.Agency) { a.Code = "one" }, "code"},
		"no name":             {func(a *account.Agency) { a.Name = "  " }, "name"},
		"a long name":         {func(a *account.Agency) { a.Name = strings.Repeat("é", 61) }, "name"},
		"no timezone":         {func(a *account.Agency) { a.Timezone = "" }, "timezone"},
		"this machine's":      {func(a *account.Agency) { a.Timezone = "Local" }, "timezone"},
		"no method":           {func(a *account.Agency) { a.PaymentMethods = nil }, "methods"},
		"a strange method":    {func(a *account.Agency) { a.PaymentMethods = []string{"cash", "barter"} }, "methods"},
		"nothing":             {func(a *account.Agency) { *a = account.Agency{} }, "code,methods,name,timezone"},
	} {
		wanted := good
		k.change(&wanted)
		err := o.CreateAgency(t.Context(), o.actor("admin"), wanted)
		if wrong(err) != k.fields || (err == nil) != (k.fields == "") {
			t.Errorf("%s: %q is wrong, want %q; %v", name, wrong(err), k.fields, err)
		}
	}
	a, load, err := o.Agency(t.Context(), o.actor("admin"), "NEW1")
	if err != nil || a.Name != "New" || a.Suspended || load != (account.AgencyLoad{}) {
		t.Errorf("%+v, %+v, %v", a, load, err)
	}
	list, err := o.Agencies(t.Context())
	if err != nil || len(list) != 3 || list[0].Code != "ONE" || list[2].Code != "NEW1" {
		t.Errorf("%v, %v", list, err)
	}
}

func TestOnlyAdminsChangeAgencies(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ctx := t.Context()
	before := o.text(everything)
	for _, who := range []string{"agent ONE", "manager ONE", "desk"} {
		a := o.actor(who)
		_, _, looked := o.Agency(ctx, a, "ONE")
		for act, err := range map[string]error{
			"look": looked, "create": o.CreateAgency(ctx, a, account.Agency{}), "change": o.ChangeAgency(ctx, a, "ONE", account.Agency{}),
			"suspend": o.SuspendAgency(ctx, a, "ONE", true), "logo": o.SetLogo(ctx, a, "ONE", nil),
		} {
			if !errors.Is(err, account.ErrForbidden) {
				t.Errorf("%s, %s: %v", who, act, err)
			}
		}
	}
	for act, err := range map[string]error{
		"change": o.ChangeAgency(ctx, o.actor("admin"), "NONE", account.Agency{}), "suspend": o.SuspendAgency(ctx, o.actor("admin"), "NONE", true),
	} {
		if !errors.Is(err, account.ErrNotFound) {
			t.Errorf("%s none: %v", act, err)
		}
	}
	if after := o.text(everything); after != before {
		t.Errorf("%s, was %s", after, before)
	}
}

func TestAnAgencyIsChanged(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ctx, admin := t.Context(), o.actor("admin")
	wanted := account.Agency{Code: "OTHER", Name: "Uno", Timezone: "Europe/Rome", PaymentMethods: []string{"cash"}}
	if err := o.ChangeAgency(ctx, admin, "ONE", account.Agency{Name: "Uno"}); wrong(err) != "methods,timezone" {
		t.Errorf("half of it: %v", err)
	}
	if err := o.ChangeAgency(ctx, admin, "ONE", wanted); err != nil {
		t.Fatal(err)
	}
	if err := o.SuspendAgency(ctx, admin, "ONE", true); err != nil {
		t.Fatal(err)
	}
	a, load, err := o.Agency(ctx, admin, "ONE")
	if err != nil || a.Name != "Uno" || a.AgentsMayCancel || !a.Suspended || load.People != 2 {
		t.Errorf("%+v, %+v, %v", a, load, err)
	}
	entry := o.text(`SELECT before || ' -> ' || after FROM audit WHERE action = 'agency_changed'`)
	if want := "ONE name=Agence ONE timezone=Europe/Paris methods=cash,transfer agents_may_cancel=true -> " +
		"ONE name=Uno timezone=Europe/Rome methods=cash agents_may_cancel=false"; entry != want {
		t.Errorf("the entry: %s", entry)
	}
	if kinds := o.text(`SELECT string_agg(kind || ' ' || subject, ',' ORDER BY at) FROM removals`); kinds != "agency_rights ONE,agency_suspended ONE" {
		t.Errorf("noted for a restore: %s", kinds)
	}
	if o.persons["agent ONE"].Blocked() || !o.read(o.persons["agent ONE"].ID).Blocked() || o.read(o.persons["agent TWO"].ID).Blocked() {
		t.Error("the wrong people are kept out")
	}
	if err := o.SuspendAgency(ctx, admin, "ONE", false); err != nil || o.read(o.persons["agent ONE"].ID).Blocked() {
		t.Errorf("let in again: %v", err)
	}
}

// A JPEG draws its pixels in every one of its scans: their number is bounded before
// the first one is drawn.
func TestALogoHasFewScans(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	var photo bytes.Buffer
	if err := jpeg.Encode(&photo, image.NewGray(image.Rect(0, 0, 30, 20)), nil); err != nil {
		t.Fatal(err)
	}
	end := photo.Len() - len("\xff\xd9")
	begin := bytes.LastIndex(photo.Bytes(), []byte("\xff\xda"))
	with := func(scans int) []byte {
		return slices.Concat(photo.Bytes()[:begin], bytes.Repeat(photo.Bytes()[begin:end], scans), photo.Bytes()[end:])
	}
	if err := o.SetLogo(t.Context(), o.actor("admin"), "ONE", with(bound.PictureScans)); err != nil {
		t.Errorf("as many as there may be: %v", err)
	}
	for _, scans := range []int{bound.PictureScans + 1, 5000} {
		if err := o.SetLogo(t.Context(), o.actor("admin"), "ONE", with(scans)); wrong(err) != "logo" {
			t.Errorf("%d scans: %v", scans, err)
		}
	}
}

func TestALogoIsDrawnAnew(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ctx, admin, id := t.Context(), o.actor("admin"), o.agencies["ONE"].ID
	if logo, err := o.Logo(ctx, id); err != nil || logo != nil {
		t.Errorf("none yet: %d bytes, %v", len(logo), err)
	}
	for name, file := range map[string][]byte{
		"no picture": []byte("<svg/>"), "too wide": picture(1201, 10), "too high": picture(10, 601), "cut off": picture(100, 100)[:60],
	} {
		if err := o.SetLogo(ctx, admin, "ONE", file); wrong(err) != "logo" {
			t.Errorf("%s: %v", name, err)
		}
	}
	var photo bytes.Buffer
	if err := jpeg.Encode(&photo, image.NewGray(image.Rect(0, 0, 30, 20)), nil); err != nil {
		t.Fatal(err)
	}
	hidden := append(picture(1200, 600), "what is hidden behind the picture"...)
	for name, k := range map[string]struct {
		file          []byte
		width, height int
	}{"a photo": {photo.Bytes(), 30, 20}, "the largest": {hidden, 1200, 600}} {
		if err := o.SetLogo(ctx, admin, "ONE", k.file); err != nil {
			t.Fatal(name, err)
		}
		logo, err := o.Logo(ctx, id)
		if err != nil || bytes.Contains(logo, []byte("hidden")) {
			t.Errorf("%s: %v", name, err)
		}
		if size, err := png.DecodeConfig(bytes.NewReader(logo)); err != nil || size.Width != k.width || size.Height != k.height {
			t.Errorf("%s: %d by %d, %v", name, size.Width, size.Height, err)
		}
	}
	if err := o.SetLogo(ctx, admin, "ONE", nil); err != nil {
		t.Fatal(err)
	}
	if logo, err := o.Logo(ctx, id); err != nil || logo != nil {
		t.Errorf("taken away: %d bytes, %v", len(logo), err)
	}
	if logo, err := o.Logo(ctx, 4711); err != nil || logo != nil {
		t.Errorf("of no agency: %d bytes, %v", len(logo), err)
	}
}
