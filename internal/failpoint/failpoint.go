// Package failpoint names the places at which a process may die in the middle
// of a sale.
//
// In the product it is empty: At does nothing and the compiler removes it. Only
// a build with the tag "prove" can be told, by variables of the environment, to
// die at a point or to stand still there. It imports nothing of ours and must
// not know what a booking is.
package failpoint

// Point is a place in the code, such as "pay.answered".
type Point string

// Points lists all places, in the order in which a sale passes them.
func Points() []Point {
	var all []Point
	for _, op := range []string{"create", "pay", "cancel"} {
		for _, where := range []string{"begin", "in_claim", "claimed", "written", "answered", "in_record", "recorded"} {
			all = append(all, Point(op+"."+where))
		}
	}
	all = append(all, "create.next")
	for _, sweep := range []string{"expiry", "lease", "create_lapse", "disproved"} {
		for _, where := range []string{"begin", "locked", "moved", "committed"} {
			all = append(all, Point(sweep+"."+where))
		}
	}
	return append(all, "late.begin", "late.settled", "late.moved")
}
