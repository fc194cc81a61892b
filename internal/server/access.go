package server

import "guichet/internal/account"

// Who may enter a group of routes besides being signed in.
var (
	sellers  = account.Actor.MaySell
	payers   = account.Actor.MayPay
	admins   = func(a account.Actor) bool { return a.Role == account.Admin }
	managers = func(a account.Actor) bool { return a.Role == account.Manager }
	staff    = func(a account.Actor) bool { return a.Role.Staff() }

	customerService = func(a account.Actor) bool { return a.Role == account.CustomerService }
)
