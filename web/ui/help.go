package ui

import "strconv"

// helpParts are the sections of the help page, as its addresses name them.
var helpParts = []string{"dates", "line", "search", "keys", "words", "access"}

func helpRow(part string, row int) string { return "help." + part + "." + strconv.Itoa(row+1) }

// glossary explains the words of the pages, in the order in which a sale meets them.
func glossary(v View) (list []SummaryRow) {
	for _, word := range []string{"quote", "to_pay", "expired", "unknown", "insurance", "covered", "supplier_ref", "agency_file", "case", "credit", "uncompared"} {
		list = append(list, SummaryRow{Term: v.T("help.word." + word), Value: v.T("help.word." + word + ".means")})
	}
	return list
}

// shortcut is what keys do, one after the other.
type shortcut struct {
	keys []string
	does string
}

// shortcutsOf are those of app.js.
func shortcutsOf(v View) []shortcut {
	return []shortcut{
		{[]string{"n"}, v.T("web.shortcuts.new")},
		{[]string{"/"}, v.T("web.shortcuts.search")},
		{[]string{"j", "k"}, v.T("web.shortcuts.rows")},
		{[]string{"f"}, v.T("web.shortcuts.filter")},
		{[]string{"p"}, v.T("web.shortcuts.pay")},
		{[]string{"i"}, v.T("web.shortcuts.voucher")},
		{[]string{"c"}, v.T("web.shortcuts.copy")},
		{[]string{"g", "d"}, v.T("web.shortcuts.go_quote")},
		{[]string{"g", "r"}, v.T("web.shortcuts.go_bookings")},
		{[]string{"g", "a"}, v.T("web.shortcuts.go_desk")},
		{[]string{"g", "t"}, v.T("web.shortcuts.go_figures")},
		{[]string{"g", "j"}, v.T("web.shortcuts.go_audit")},
		{[]string{v.T("web.key.control"), v.T("web.key.enter")}, v.T("web.shortcuts.submit")},
		{[]string{v.T("web.key.escape")}, v.T("web.shortcuts.close")},
		{[]string{"?"}, v.T("web.shortcuts.list")},
	}
}
