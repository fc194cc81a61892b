package site

import "guichet/internal/account"

// Who may enter a group of routes besides being signed in.
var (
	Sellers  = account.Actor.MaySell
	Payers   = account.Actor.MayPay
	Admins   = func(a account.Actor) bool { return a.Role == account.Admin }
	Managers = func(a account.Actor) bool { return a.Role == account.Manager }
	Staff    = func(a account.Actor) bool { return a.Role.Staff() }

	CustomerService = func(a account.Actor) bool { return a.Role == account.CustomerService }
)
