package ui

// Failure is what a page says that cannot show what was asked for.
type Failure struct {
	Texts     []string // paragraphs
	Works     string   // what can be done meanwhile
	WorksNot  string   // what cannot
	Reference string   // to be read out to support; only when the portal is at fault
	Support   string   // phone number
	Again     *Again   // sends the form once more; nil when that is no help
	Links     []Link   // where to go from here
}

// Again is a form that is sent once more as it was.
type Again struct {
	Label, Action string
	Fields        []Hidden
}

// Hidden is a field of a form that is not shown.
type Hidden struct{ Name, Value string }

// Link is a way on from a page.
type Link struct {
	Label, URL string
}
