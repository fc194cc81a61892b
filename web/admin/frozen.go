package admin

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"guichet/internal/booking"
	"guichet/internal/restore"
	"guichet/web/ui"
)

// FrozenPage is what an admin sees of a frozen portal, and of the latest restore.
type FrozenPage struct {
	Restore  restore.Event // none when its ID is empty
	Left     booking.Uncompared
	Repeats  restore.Repeats
	Problem  string
	Now      time.Time
	Timezone string
}

func (p FrozenPage) title(v ui.View) string {
	key := "frozen.restored"
	if p.Restore.SaidBy != "" {
		key = "frozen.restored.said"
	}
	return v.T(key, "When", v.At(p.Restore.NoticedAt, p.Now, p.Timezone))
}

func (p FrozenPage) signs(v ui.View) string {
	var said []string
	for _, s := range p.Restore.Signs {
		said = append(said, v.T("frozen.sign."+string(s)))
	}
	return strings.Join(said, ", ")
}

// list is where the bookings of a state are that wait for the comparison. Those that
// are over have no case of their own: they are compared together.
func (p FrozenPage) list(s booking.State) string {
	if s.Final() {
		return "/desk/uncompared"
	}
	return ui.ListFilter{States: []string{string(s)}, Uncompared: "1"}.At("/bookings")
}

// lost says what was taken away, from whom or what.
func (p FrozenPage) lost(v ui.View, l restore.Lost) string {
	return v.T("frozen.lost."+string(l.Kind), "Name", cmp.Or(l.Name, l.Subject))
}

// where is the page on which it is taken away again.
func (p FrozenPage) where(l restore.Lost) string {
	switch l.Kind {
	case restore.KeyRetired, restore.KeyActivated:
		return "/admin/supplier"
	case restore.AgencyRights, restore.AgencySuspended:
		return "/admin/agencies/" + l.Subject
	}
	return "/admin/users/" + l.Handle
}

// states are those of which a booking still waits for the comparison, in the
// order of its life.
func (p FrozenPage) states() []booking.State {
	return slices.DeleteFunc(booking.States(), func(s booking.State) bool { return p.Left.States[s] == 0 })
}
