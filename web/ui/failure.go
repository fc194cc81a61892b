package ui

// Failure is what a page says that cannot show what was asked for.
type Failure struct {
	Texts     []string // paragraphs
	Works     string   // what can be done meanwhile
	WorksNot  string   // what cannot
	Reference string   // to be read out to support; only when the portal is at fault
	Support   string   // phone number
	Links     []Link   // where to go from here
}

// Link is a way on from a page.
type Link struct {
	Label, URL string
}
