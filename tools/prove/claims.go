package main

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"guichet/internal/booking"
	"guichet/internal/locale"
	"guichet/internal/simulator"
)

// subject is a booking on both sides, and what else of its sale is paid there.
type subject struct {
	record

	there    simulator.Booking
	found    bool
	salePaid bool // some booking of the sale is paid there
}

func (s subject) paid() bool { return s.found && s.there.Status == simulator.Paid && !s.reissued }

// claim is something that a page tells people, and what the supplier's ledger
// must say then. An open case excuses no claim: people act on what they read. The
// name of a state is none where the page warns that the supplier says otherwise.
type claim struct {
	name  string
	made  func(sheet) bool
	holds func(subject) bool
}

// The words by which claims are known, in lower case. checkWords demands that
// the portal's messages still hold them.
var (
	nothingOwed   = map[locale.Lang][]string{locale.FR: {"rien n’est dû"}, locale.EN: {"nothing is owed"}}
	nothingBooked = map[locale.Lang][]string{locale.FR: {"rien n’est réservé"}, locale.EN: {"nothing is booked"}}
	nothingToPay  = map[locale.Lang][]string{locale.FR: {"rien à payer"}, locale.EN: {"nothing to pay"}}
	notPaid       = map[locale.Lang][]string{locale.FR: {"elle n’a pas été payée"}, locale.EN: {"it was not paid"}}
)

// Messages by which a page warns, whatever their words are.
var (
	mayBePaid   = []string{"booking.disputed.do_not"}
	mayBeOver   = []string{"booking.credited"}
	doNotCharge = []string{"booking.pay_unknown.do_not", "booking.uncompared.do_not"}
)

// warns reports that the page holds one of the messages.
func (s sheet) warns(keys []string) bool {
	return slices.ContainsFunc(keys, func(key string) bool {
		return strings.Contains(s.words, strings.Join(strings.Fields(strings.ToLower(s.lang.T(key))), " "))
	})
}

var claims = []claim{
	{"nothing is owed", func(p sheet) bool { return p.says(nothingOwed) }, func(s subject) bool { return !s.paid() }},
	{"nothing is booked", func(p sheet) bool { return p.says(nothingBooked) }, func(s subject) bool { return !s.paid() }},
	{"it was not paid", func(p sheet) bool { return p.says(notPaid) }, func(s subject) bool { return !s.paid() }},
	{"nothing to pay and nothing to cancel", func(p sheet) bool { return p.says(nothingToPay) }, func(s subject) bool { return !s.found || s.reissued }},
	{"to be paid", func(p sheet) bool { return p.offers("/pay") }, func(s subject) bool { return s.found && s.there.Status == simulator.Pending && !s.salePaid }},
	{"to be accepted", func(p sheet) bool { return p.offers("/accept") }, func(s subject) bool { return s.found && s.there.Status == simulator.Pending }},
	{"to be tried again", func(p sheet) bool { return p.offers("/retry") }, func(s subject) bool { return !s.salePaid }},
	{"to be sold again", func(p sheet) bool { return p.offers("/again") && p.state.Final() && p.state != booking.Cancelled }, func(s subject) bool { return !s.salePaid }},
	{"paid", func(p sheet) bool {
		return p.state == booking.Confirmed && !p.warns(mayBeOver) || p.offers("/voucher") || p.isOwn("/voucher") || p.isOwn("/confirmation")
	}, subject.paid},
	{"cancelled", func(p sheet) bool { return p.state == booking.Cancelled && !p.warns(mayBePaid) }, func(s subject) bool { return s.found && s.there.Status == simulator.Cancelled || s.reissued }},
	{"refused, expired or dropped", func(p sheet) bool {
		return (p.state == booking.Refused || p.state == booking.Expired || p.state == booking.Dropped) && !p.warns(mayBePaid)
	}, func(s subject) bool { return !s.paid() }},
	{"a payment that is not known, without a warning", func(p sheet) bool {
		return p.state == booking.PayUnknown && !p.warns(doNotCharge)
	}, func(subject) bool { return false }},
}

// isOwn reports that it is the page of that name, and that it was shown.
func (s sheet) isOwn(name string) bool {
	return s.status == http.StatusOK && strings.HasSuffix(s.path, name)
}

// labels are what lists call a state, and what the ledger must say then. There is
// no room for a doubt in a list: an open case that asks about it excuses a label.
var labels = map[booking.State]func(subject) bool{
	booking.Confirmed: subject.paid,
	booking.Held:      func(s subject) bool { return !s.paid() },
	booking.Refused:   func(s subject) bool { return !s.paid() },
	booking.Expired:   func(s subject) bool { return !s.paid() },
	booking.Dropped:   func(s subject) bool { return !s.paid() },
	booking.Cancelled: func(s subject) bool { return s.found && s.there.Status == simulator.Cancelled || s.reissued },
}

// checkWords demands that each word by which a claim is known stands in some
// message of its language: else a new wording would make the proof blind.
func checkWords() error {
	for _, words := range []map[locale.Lang][]string{nothingOwed, nothingBooked, nothingToPay, notPaid} {
		for lang, list := range words {
			for _, word := range list {
				known := slices.ContainsFunc(locale.Keys(lang), func(key string) bool {
					return strings.Contains(strings.ToLower(lang.T(key)), word)
				})
				if !known {
					return fmt.Errorf("no message in %q says %q any more: the claims of the proof must follow", lang, word)
				}
			}
		}
	}
	return nil
}

func subjectsOf(list []record, there ledger) []subject {
	paid, known := map[string]bool{}, map[string]bool{}
	for _, r := range list {
		known[r.supplierID] = true
	}
	var subjects []subject
	for _, r := range list {
		s := subject{record: r}
		s.there, s.found = there.of(r, known)
		paid[r.sale] = paid[r.sale] || s.paid()
		subjects = append(subjects, s)
	}
	for i := range subjects {
		subjects[i].salePaid = paid[subjects[i].sale]
	}
	return subjects
}

// pagesOf are the pages of one booking.
var pagesOf = []string{"", "/pay", "/cancel", "/confirmation", "/voucher"}

func (v *visitor) claimsOf(ctx context.Context, s subject) (bad []string, err error) {
	for _, name := range pagesOf {
		p, err := v.read(ctx, "/bookings/"+s.ref+name)
		if err != nil {
			return nil, err
		}
		for _, c := range claims {
			if c.made(p) && !c.holds(s) {
				bad = append(bad, fmt.Sprintf("%s is %s: its page %q says %q, and there it is %q (paid %d times, open cases: %v)",
					s.ref, s.state, name, c.name, s.there.Status, s.there.PayCount, s.asks))
			}
		}
	}
	return bad, nil
}

// listed reads the first page of the list.
func (v *visitor) listed(ctx context.Context, subjects []subject) (bad []string, err error) {
	p, err := v.read(ctx, "/bookings")
	if err != nil {
		return nil, err
	}
	for _, s := range subjects {
		for state, holds := range labels {
			label := v.lang.T("web.state." + string(state))
			if slices.Contains(p.tags[s.ref], label) && !holds(s) && !s.asked() {
				bad = append(bad, fmt.Sprintf("%s is %s: the list says %q, and there it is %q", s.ref, s.state, label, s.there.Status))
			}
		}
	}
	return bad, nil
}
