package bookings

import (
	"strings"

	"guichet/internal/locale"
	"guichet/web/ui"
)

// ExportPage is the subject of Export: the list that the file will hold.
type ExportPage struct {
	List    ListPage
	Formats []string // codes
	Problem string   // no format was chosen
}

// exportColumns names the columns of an export of bookings, in its order.
var exportColumns = []locale.Key{
	"booking.reference", "booking.list.state", "booking.agency", "export.seller", "booking.list.created",
	"export.zone_code", "sale.place", "sale.from", "sale.to", "export.timezone", "export.days",
	"export.last_name", "export.first_name", "export.email", "export.phone", "sale.plate.short", "export.make", "export.model", "export.color",
	"sale.services", "export.insured", "booking.list.total", "export.currency",
	"export.pay_method", "export.paid_at", "export.paid_by", "booking.receipt", "export.agency_ref", "case.supplier_id", "booking.supplier_ref",
}

// ExportHead names the columns of an export of bookings.
func ExportHead(v ui.View) []string {
	var head []string
	for _, key := range exportColumns {
		head = append(head, v.T(string(key)))
	}
	return head
}

// ExportAbout says what stands in the file: the filter, and whose time it is in.
func ExportAbout(v ui.View, p ListPage) []string {
	var filters []string
	for _, c := range p.chips(v) {
		filters = append(filters, c.text)
	}
	if len(filters) == 0 {
		filters = []string{v.T("export.no_filter")}
	}
	return []string{
		p.caption(v), v.T("export.filters", "Filters", strings.Join(filters, " · ")),
		v.T("export.time", "Zone", v.ZoneName(p.Timezone), "Name", p.Timezone, "Day", p.Now.In(ui.Location(p.Timezone)), "Time", p.Now.In(ui.Location(p.Timezone))),
	}
}

func (p ExportPage) formats(v ui.View) ui.ChoiceGroup { return v.Formats(p.Formats, p.Problem) }

// problems are what is wrong; the fields of the filter are on another page.
func (p ExportPage) problems(v ui.View) []ui.Problem {
	list := p.List.problems(v)
	for i := range list {
		list[i].FieldID = ""
	}
	return append(list, ui.Problems(p.formats(v).AsField())...)
}
