package restore

import "os"

// Remembered shows tests what a Witness remembers.
func (w *Witness) Remembered() Memory { return w.remembered() }

// Full lets the disk of the node's log be full until back is called.
func (w *Witness) Full() (back func(), err error) {
	disk := w.file.removals
	w.file.removals, err = os.OpenFile("/dev/full", os.O_WRONLY, 0)
	return func() { w.file.removals = disk }, err
}
