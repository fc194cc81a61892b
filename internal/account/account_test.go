package account_test

import (
	"slices"
	"testing"

	"guichet/internal/account"
)

func TestWhatARoleMay(t *testing.T) {
	t.Parallel()
	for _, k := range []struct {
		role                                account.Role
		mayCancel                           bool // the agency's setting
		sells, pays, cancels, managesPeople bool
		scope                               account.Scope
	}{
		{account.Agent, false, true, true, false, false, account.Only(7)},
		{account.Agent, true, true, true, true, false, account.Only(7)},
		{account.Manager, false, true, true, false, true, account.Only(7)},
		{account.Manager, true, true, true, true, true, account.Only(7)},
		{account.CustomerService, false, false, true, true, false, account.Everything()},
		{account.Admin, false, false, false, false, true, account.Everything()},
		{"", true, false, false, false, false, account.Only(7)},
	} {
		a := account.ActorOf(account.User{ID: 1, Role: k.role, AgencyID: 7}, account.Agency{AgentsMayCancel: k.mayCancel})
		if a.MaySell() != k.sells || a.MayPay() != k.pays || a.MayCancelBookings() != k.cancels || a.MayManagePeople() != k.managesPeople || a.Scope() != k.scope {
			t.Errorf("%q, the agency allows to cancel: %v: %+v", k.role, k.mayCancel, a)
		}
	}
	if s := (account.Scope{}); s.All() || s.Agency() != 0 {
		t.Error("the zero scope sees something")
	}
}

func TestWhoMayGiveARole(t *testing.T) {
	t.Parallel()
	manager, admin := account.Actor{Role: account.Manager, AgencyID: 7}, account.Actor{Role: account.Admin}
	for _, k := range []struct {
		who    account.Actor
		agency int64
		want   []account.Role
	}{
		{manager, 7, []account.Role{account.Agent, account.Manager}},
		{manager, 8, nil},
		{manager, 0, nil},
		{admin, 7, []account.Role{account.Agent, account.Manager}},
		{admin, 0, []account.Role{account.CustomerService, account.Admin}},
		{account.Actor{Role: account.Agent, AgencyID: 7}, 7, nil},
		{account.Actor{Role: account.CustomerService}, 0, nil},
	} {
		got := slices.DeleteFunc(account.Roles(), func(r account.Role) bool { return !k.who.MayGive(r, k.agency) })
		if !slices.Equal(got, k.want) {
			t.Errorf("%s of %d gives in %d: %v, want %v", k.who.Role, k.who.AgencyID, k.agency, got, k.want)
		}
	}
}

func TestAnAgencyMayLess(t *testing.T) {
	t.Parallel()
	before := account.Agency{AgentsMayCancel: true, PaymentMethods: []string{"cash", "transfer"}}
	for name, k := range map[string]struct {
		after account.Agency
		less  bool
	}{
		"the same":          {before, false},
		"in another order":  {account.Agency{AgentsMayCancel: true, PaymentMethods: []string{"transfer", "cash"}}, false},
		"a method more":     {account.Agency{AgentsMayCancel: true, PaymentMethods: []string{"cash", "transfer", "account"}}, false},
		"a method less":     {account.Agency{AgentsMayCancel: true, PaymentMethods: []string{"cash"}}, true},
		"no more to cancel": {account.Agency{PaymentMethods: []string{"cash", "transfer"}}, true},
	} {
		if k.after.Less(before) != k.less {
			t.Errorf("%s: %v", name, !k.less)
		}
	}
}

func TestWhoIsBlocked(t *testing.T) {
	t.Parallel()
	for _, k := range []struct{ person, agency bool }{{false, false}, {true, false}, {false, true}} {
		p := account.Person{User: account.User{Suspended: k.person}, Agency: account.Agency{Suspended: k.agency}}
		if p.Blocked() != (k.person || k.agency) || p.HasFactor() {
			t.Errorf("%+v: %v", k, p.Blocked())
		}
	}
}
