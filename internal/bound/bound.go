// Package bound is the one table of how much the portal takes in: what is longer,
// larger or more than that is refused before it reaches a parser, a hash or SQL.
//
// It must not know anything of ours.
package bound

// Sizes are in bytes, lengths of texts in characters.
const (
	Address   = 8 << 10 // parameters included
	Header    = 64 << 10
	Body      = 64 << 10
	Fields    = 500 // of a form
	Search    = 200
	Supplier  = 1 << 20 // an answer of the supplier's
	Email     = 254
	Name      = 60 // of a person or an agency
	Word      = 40 // make, model, colour, receipt, meeting point
	Reference = 80 // what others call something
	AgencyRef = 30
	Plate     = 15   // letters and digits
	Note      = 1000 // a note, a reason, evidence

	Picture       = 1 << 20
	PictureWidth  = 1200
	PictureHeight = 600
	PictureScans  = 20
	PictureStored = 512 << 10 // as PNG

	Statement        = 20 << 20
	StatementFields  = 20 // sent along with it
	StatementField   = 4 << 10
	StatementName    = 120
	StatementLines   = 200_000
	StatementColumns = 100
	StatementCell    = 1000
	StatementRecord  = 16 << 10

	Uploads = 2 // files that a node takes at a time; one of each person
	Exports = 2 // files that a node writes at a time
)
