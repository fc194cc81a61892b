// Package e2e holds the tests that need a browser: a whole sale by
// keyboard, with and without JavaScript, accessibility and reflow of every
// page, what the script adds, and pictures of the pages to be looked at.
//
// It has no code of its own. It knows the portal by its addresses and pages
// only, as a person at the counter does, and the supplier by its simulator.
package e2e
