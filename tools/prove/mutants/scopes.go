package mutants

// scopes: another agency's bookings and quotes are not found.
var scopes = []Mutant{
	scope("of a booking that is read", "booking: <nil>", "booking.go", "`WHERE b.ref = $1 AND ($2 OR b.agency_id = $3)`", "`WHERE b.ref = $1 AND ($2 OR b.agency_id = $3 OR true)`"),
	scope("of a booking that is locked", "drop: <nil>", "booking_lock.go", "`b.ref = $1 AND ($2 OR b.agency_id = $3) FOR UPDATE`", "`b.ref = $1 AND ($2 OR b.agency_id = $3 OR true) FOR UPDATE`"),
	scope("of a draft's booking", "of a draft: <nil>", "booking.go", "`WHERE b.draft_id = $1 AND ($2 OR b.agency_id = $3)`", "`WHERE b.draft_id = $1 AND ($2 OR b.agency_id = $3 OR true)`"),
	scope("of the supplier's names", "by supplier: <nil>", "booking_search.go", "($2 OR b.agency_id = $3) AND b.id = ANY", "($2 OR b.agency_id = $3 OR true) AND b.id = ANY"),
	scope("of a quote that is read", "draft: <nil>", "booking_quote.go", "`id = $1 AND ($2 OR agency_id = $3)`", "`id = $1 AND ($2 OR agency_id = $3 OR true)`"),
	scope("of a quote that is changed", "change: <nil>", "booking_quote.go", "`id = $1 AND ($2 OR agency_id = $3) FOR UPDATE`", "`id = $1 AND ($2 OR agency_id = $3 OR true) FOR UPDATE`"),
	scope("of a list", "list of another agency: 1", "booking_list.go", "\tif !scope.All() {\n\t\tc.and(", "\tif false {\n\t\tc.and("),
	scope("of what is unpaid", "unpaid of another agency: 1", "booking_list.go", "($1 OR b.agency_id = $2)`,", "($1 OR b.agency_id = $2 OR true)`,"),
	scope("of figures", "figures of another agency: 1", "figures.go", "($7 OR agency_id = $8)", "($7 OR agency_id = $8 OR true)"),
	scope("of counted quotes", "quotes of another agency: 1", "figures.go", "($3 OR agency_id = $4)", "($3 OR agency_id = $4 OR true)"),
}

// scope is a lookup that does not ask whose booking it is.
func scope(name, found, file, from, to string) Mutant {
	return test("the agency "+name, "internal/booking", "AnotherAgency", "internal/postgres/"+file, from, to).finds(found)
}
