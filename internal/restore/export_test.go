package restore

// Remembered shows tests what a Witness remembers.
func (w *Witness) Remembered() Memory { return w.remembered() }
