package web

import (
	"slices"
	"strings"
	"time"

	"guichet/internal/booking"
	"guichet/internal/restore"
)

// FrozenPage is what an admin sees of a frozen portal, and of the latest restore.
type FrozenPage struct {
	Restore  restore.Event // none when its ID is empty
	Left     booking.Uncompared
	Problem  string
	Now      time.Time
	Timezone string
}

func (p FrozenPage) title(v View) string {
	key := "frozen.restored"
	if p.Restore.SaidBy != "" {
		key = "frozen.restored.said"
	}
	return v.T(key, "When", v.at(p.Restore.NoticedAt, p.Now, p.Timezone))
}

func (p FrozenPage) signs(v View) string {
	var said []string
	for _, s := range p.Restore.Signs {
		said = append(said, v.T("frozen.sign."+string(s)))
	}
	return strings.Join(said, ", ")
}

// states are those of which a booking still waits for the comparison, in the
// order of its life.
func (p FrozenPage) states() []booking.State {
	return slices.DeleteFunc(booking.States(), func(s booking.State) bool { return p.Left.States[s] == 0 })
}
