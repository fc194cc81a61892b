// Package server is the portal's HTTP side. This package is the router: every
// address, and who may enter. What pages share is in site; each feature's handlers
// are in a package of their own, and do not know each other.
package server

import (
	"net/http"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"

	"guichet/internal/account"
	"guichet/internal/booking"
	"guichet/internal/server/admin"
	"guichet/internal/server/bookings"
	"guichet/internal/server/desk"
	"guichet/internal/server/sale"
	"guichet/internal/server/signin"
	"guichet/internal/server/site"
	"guichet/static"
	"guichet/web/ui"
)

// Options is what the portal's HTTP side needs.
type Options = site.Options

// router knows the handlers of each feature; they do not know each other.
type router struct {
	*site.Site
	signin   *signin.Handlers
	sale     *sale.Handlers
	bookings *bookings.Handlers
	desk     *desk.Handlers
	admin    *admin.Handlers
}

// New returns the handler of everything that the portal answers.
func New(o Options) http.Handler { return newRouter(site.New(o)).routes() }

func newRouter(s *site.Site) *router {
	return &router{
		Site:     s,
		signin:   &signin.Handlers{Site: s},
		sale:     &sale.Handlers{Site: s},
		bookings: &bookings.Handlers{Site: s},
		desk:     &desk.Handlers{Site: s},
		admin:    &admin.Handlers{Site: s},
	}
}

// routes lists every address that the portal answers.
func (s *router) routes() *chi.Mux {
	r := chi.NewRouter()
	r.Use(s.Identify, s.LogAccess, s.Rescue, s.Secure, s.RequireTLS, s.LimitAddress, s.RefuseOtherOrigins, s.LimitBody, middleware.GetHead)

	r.Get("/livez", s.Handle(s.ShowLive))
	r.Get("/readyz", s.Handle(s.ShowReady))
	r.Get(static.Prefix+"*", static.Handler().ServeHTTP)

	r.Group(func(r chi.Router) {
		r.Use(s.LimitTime, s.LoadSession, s.LoadPerson, s.LoadState, s.ShowAnswer)
		r.NotFound(s.Handle(s.UnknownRoute))
		r.MethodNotAllowed(s.Handle(s.UnknownMethod))

		r.Get("/sign-in", s.Handle(s.signin.NewSignIn))
		r.Post("/sign-in", s.Handle(s.signin.SignIn))
		s.routesOfEntering(r)
		r.Post("/language", s.Handle(s.SetLanguage))
		r.Get("/forgot", s.Handle(s.signin.ShowForgot))
		r.Post("/forgot", s.Handle(s.signin.Forgot))
		r.Get("/welcome/{token}", s.Handle(s.signin.ShowWelcome))
		r.Post("/welcome/{token}", s.Handle(s.signin.Welcome))
		r.Get("/alerts/{token}", s.Handle(s.signin.ShowAlert))
		r.Post("/alerts/{token}", s.Handle(s.signin.EndAllSessions))
		if s.Environment != booking.Production {
			r.Get("/_ui", s.Handle(s.showParts))
		}

		r.Group(func(r chi.Router) {
			r.Use(s.SignedIn)
			s.routesOfAll(r)
			r.Group(func(r chi.Router) {
				r.Use(s.Only(site.Sellers))
				s.routesOfSellers(r)
			})
			r.Group(func(r chi.Router) {
				r.Use(s.Only(site.Payers))
				s.routesOfPayers(r)
			})
			r.Group(func(r chi.Router) {
				r.Use(s.Only(site.Staff))
				s.routesOfStaff(r)
				s.routesOfStatements(r)
			})
			r.Group(func(r chi.Router) {
				r.Use(s.Only(site.CustomerService))
				s.routesOfCustomerService(r)
			})
			r.Group(func(r chi.Router) {
				r.Use(s.Only(site.Managers))
				s.routesOfPeople(r, site.UsersOfAgency)
				r.Get("/agency/figures", s.Handle(s.admin.ShowFigures))
			})
			r.Group(func(r chi.Router) {
				r.Use(s.Only(site.Admins))
				s.routesOfAdmins(r)
			})
		})
	})
	return r
}

// routesOfEntering are for those who have shown the password, and must show, or
// set up, the second factor.
func (s *router) routesOfEntering(r chi.Router) {
	r.Get("/sign-in/code", s.Handle(s.signin.ShowCode))
	r.Post("/sign-in/code", s.Handle(s.signin.EnterCode))
	r.Get("/sign-in/recovery", s.Handle(s.signin.ShowRecovery))
	r.Post("/sign-in/recovery", s.Handle(s.signin.EnterRecovery))
	r.Post("/sign-in/passkey", s.Handle(s.signin.BeginCheck))
	r.Post("/sign-out", s.Handle(s.signin.SignOut))
	r.Get("/second-factor", s.Handle(s.signin.ShowFactor))
	r.Post("/second-factor", s.Handle(s.signin.BeginFactor))
	r.Get("/second-factor/new", s.Handle(s.signin.ShowNewFactor))
	r.Post("/second-factor/new", s.Handle(s.signin.ConfirmFactor))
}

// routesOfAll are for everybody who is signed in.
func (s *router) routesOfAll(r chi.Router) {
	r.Get("/", s.Handle(s.goHome))
	r.Get("/help", s.Handle(s.showHelp))
	r.Get("/profile", s.Handle(s.signin.ShowProfile))
	r.Post("/profile", s.Handle(s.signin.UpdateProfile))
	r.Get("/profile/password", s.Handle(s.signin.ShowPassword))
	r.Post("/profile/password", s.Handle(s.signin.UpdatePassword))
	r.Get("/profile/sessions", s.Handle(s.signin.ListSessions))
	r.Post("/profile/sessions", s.Handle(s.signin.EndSessions))
	r.Get("/profile/passkeys", s.Handle(s.signin.ListPasskeys))
	r.Get("/profile/passkeys/new", s.RequireRecentAuth(s.signin.NewPasskey))
	r.Post("/profile/passkeys/options", s.RequireRecentAuth(s.signin.BeginPasskey))
	r.Post("/profile/passkeys", s.RequireRecentAuth(s.signin.AddPasskey))
	r.Post("/profile/passkeys/{passkey}/remove", s.RequireRecentAuth(s.signin.RemovePasskey))
	r.Get("/second-factor/codes", s.RequireRecentAuth(s.signin.ShowCodes))
	r.Post("/second-factor/codes", s.Handle(s.signin.KeepCodes))
	r.Get("/second-factor/codes.txt", s.RequireRecentAuth(s.signin.DownloadCodes))
	r.Post("/second-factor/renew", s.RequireRecentAuth(s.signin.RenewCodes))
	r.Get("/confirm-identity", s.Handle(s.signin.ShowConfirmIdentity))
	r.Post("/confirm-identity", s.Handle(s.signin.ConfirmIdentity))
	r.Post("/stay", s.Handle(s.signin.Stay))

	r.Get("/bookings", s.Handle(s.bookings.ListBookings))
	r.Get("/bookings/{ref}", s.Handle(s.bookings.ShowBooking))
	r.Get("/bookings/{ref}/confirmation", s.Handle(s.bookings.ShowConfirmation))
	r.Get("/bookings/{ref}/voucher", s.Handle(s.bookings.ShowVoucher))
	r.Get("/bookings/{ref}/cancel", s.Handle(s.bookings.ShowCancel))
	r.Post("/bookings/{ref}/cancel", s.Handle(s.bookings.Cancel))
	r.Get("/fragments/bookings/{ref}/status", s.Handle(s.bookings.LiveStatus))
	r.Get("/bookings/export", s.Handle(s.bookings.ShowExport))
	r.Post("/bookings/export", s.Handle(s.bookings.Export))
}

// routesOfSellers are for the people of an agency.
func (s *router) routesOfSellers(r chi.Router) {
	r.Get("/today", s.Handle(s.bookings.ShowToday))
	r.Get("/quotes/new", s.Handle(s.sale.NewQuote))
	r.Post("/quotes", s.Handle(s.sale.CreateQuote))
	r.Get("/quotes/{id}", s.Handle(s.sale.ShowQuote))
	r.Get("/quotes/{id}/dates", s.Handle(s.sale.CompareDates))
	r.Post("/quotes/{id}/services", s.Handle(s.sale.ChooseServices))
	r.Get("/quotes/{id}/customer", s.Handle(s.sale.ShowCustomer))
	r.Post("/quotes/{id}/customer", s.Handle(s.sale.SaveCustomer))
	r.Get("/quotes/{id}/check", s.Handle(s.sale.ShowCheck))
	r.Post("/quotes/{id}/check", s.Handle(s.sale.Book))
	r.Post("/bookings/{ref}/retry", s.Handle(s.bookings.Retry))
	r.Post("/bookings/{ref}/again", s.Handle(s.bookings.Rebook))

	r.Get("/fragments/when", s.Handle(s.sale.LiveWhen))
	r.Post("/fragments/phone", s.Handle(s.sale.LivePhone))
	r.Post("/fragments/quotes/{id}/price", s.Handle(s.sale.LivePrice))
	r.Post("/fragments/quotes/{id}/lookup", s.Handle(s.sale.LiveLookup))

	r.Post("/fragments/quotes", s.Handle(s.sale.KeepQuote))
	r.Post("/fragments/quotes/{id}/services", s.Handle(s.sale.KeepServices))
	r.Post("/fragments/quotes/{id}/customer", s.Handle(s.sale.KeepCustomer))
	r.Post("/fragments/quotes/{id}/check", s.Handle(s.sale.KeepPayMethod))
}

// routesOfPayers are for those who may pay for a booking or drop it.
func (s *router) routesOfPayers(r chi.Router) {
	r.Get("/bookings/{ref}/pay", s.Handle(s.bookings.ShowPay))
	r.Post("/bookings/{ref}/pay", s.Handle(s.bookings.Pay))
	r.Get("/bookings/{ref}/drop", s.Handle(s.bookings.ShowDrop))
	r.Post("/bookings/{ref}/drop", s.Handle(s.bookings.Drop))
	r.Post("/bookings/{ref}/colleague", s.Handle(s.bookings.HandOver))
	r.Post("/bookings/{ref}/accept", s.Handle(s.bookings.Accept))
	r.Post("/bookings/{ref}/notes", s.Handle(s.bookings.AddNote))
}

// routesOfStaff are for customer service and admins.
func (s *router) routesOfStaff(r chi.Router) {
	r.Get("/desk", s.Handle(s.bookings.ShowDesk))
	r.Get("/desk/queue", s.Handle(s.desk.ShowQueue))
	r.Get("/desk/uncompared", s.Handle(s.desk.ListUncompared))
	r.Get("/desk/unknown", s.Handle(s.desk.ListUnknown))
	r.Get("/desk/unknown/{id}", s.Handle(s.desk.ShowUnknown))
	r.Get("/bookings/{ref}/case", s.Handle(s.bookings.ShowCase))
	r.Get("/bookings/{ref}/evidence", s.Handle(s.bookings.ShowEvidence))
	r.Get("/bookings/{ref}/evidence.json", s.Handle(s.bookings.DownloadEvidence))
}

// routesOfCustomerService are for those who answer to travellers.
func (s *router) routesOfCustomerService(r chi.Router) {
	r.Get("/bookings/{ref}/person", s.Handle(s.bookings.ShowPerson))
	r.Get("/bookings/{ref}/person.json", s.Handle(s.bookings.ExportPerson))
	r.Post("/bookings/{ref}/person", s.RequireRecentAuth(s.bookings.ErasePerson))
	r.Post("/bookings/{ref}/case", s.Handle(s.bookings.Resolve))
	r.Post("/bookings/{ref}/holder", s.Handle(s.bookings.Reassign))
	r.Post("/bookings/{ref}/proposal", s.Handle(s.bookings.DecideProposal))
	r.Post("/bookings/{ref}/identity", s.Handle(s.bookings.IdentifyCaller))
	r.Post("/desk/mail", s.Handle(s.desk.SendAgain))
	r.Post("/desk/uncompared", s.Handle(s.desk.AsTheyStand))
	r.Post("/desk/unknown", s.Handle(s.desk.NameLine))
	r.Post("/desk/unknown/{id}", s.Handle(s.desk.SettleUnknown))
	r.Post("/desk/answers", s.Handle(s.desk.SettleAnswer))
}

// routesOfAdmins are for admins.
func (s *router) routesOfAdmins(r chi.Router) {
	s.routesOfPeople(r, site.UsersOfAll)
	r.Get("/admin", s.Handle(s.admin.ShowFigures))
	s.routesOfAgencies(r)
	s.routesOfSupplier(r)
	r.Get("/admin/audit", s.Handle(s.admin.ShowAudit))
	r.Post("/admin/audit/export", s.Handle(s.admin.ExportAudit))
	r.Get("/admin/frozen", s.Handle(s.admin.ShowFrozen))
	r.Post("/admin/frozen", s.Handle(s.admin.Unfreeze))
	r.Post("/admin/frozen/removals", s.RequireRecentAuth(s.admin.EndRemoval))
}

// routesOfAgencies are for admins.
func (s *router) routesOfAgencies(r chi.Router) {
	r.Get("/admin/agencies", s.Handle(s.admin.ListAgencies))
	r.Post("/admin/agencies", s.Handle(s.admin.CreateAgency))
	r.Get("/admin/agencies/new", s.Handle(s.admin.NewAgency))
	r.Get("/admin/agencies/{code}", s.Handle(s.admin.ShowAgency))
	r.Post("/admin/agencies/{code}", s.Handle(s.admin.UpdateAgency))
	r.Post("/admin/agencies/{code}/logo", s.OneUpload(s.admin.UpdateLogo))
	r.Post("/admin/agencies/{code}/suspend", s.Handle(s.admin.SuspendAgency))
	r.Post("/admin/agencies/{code}/restore", s.Handle(s.admin.RestoreAgency))
}

// routesOfSupplier are for admins.
func (s *router) routesOfSupplier(r chi.Router) {
	r.Get("/admin/supplier", s.Handle(s.admin.ShowSupplier))
	r.Post("/admin/supplier/keys", s.RequireRecentAuth(s.admin.AddKey))
	r.Post("/admin/supplier/keys/{id}/test", s.RequireRecentAuth(s.admin.TestSupplierKey))
	r.Post("/admin/supplier/keys/{id}/activate", s.RequireRecentAuth(s.admin.ActivateKey))
	r.Post("/admin/supplier/keys/{id}/retire", s.RequireRecentAuth(s.admin.RetireKey))
	s.routesOfZones(r)
}

// routesOfZones are for admins.
func (s *router) routesOfZones(r chi.Router) {
	r.Post("/admin/supplier/zones", s.Handle(s.admin.RefreshZones))
	r.Post("/admin/supplier/zones/accept", s.Handle(s.admin.AcceptZones))
	r.Post("/admin/supplier/zones/{zone}/timezone", s.Handle(s.admin.SetTimezone))
}

// home is where a person's work begins.
func home(a account.Actor) string {
	switch a.Role {
	case account.Agent:
		return "/quotes/new"
	case account.Manager:
		return "/today"
	case account.CustomerService:
		return "/desk/queue"
	case account.Admin:
		return "/admin"
	default:
		return "/bookings"
	}
}

// goHome answers GET /.
func (s *router) goHome(w http.ResponseWriter, r *http.Request) error {
	return site.Redirect(w, r, home(site.Actor(r)))
}

// showHelp answers GET /help.
func (s *router) showHelp(w http.ResponseWriter, r *http.Request) error {
	return s.Render(w, r, http.StatusOK, ui.Help(s.View(r, "help.title")))
}

// showParts answers GET /_ui: every part of the pages in every state, for those
// who build them.
func (s *router) showParts(w http.ResponseWriter, r *http.Request) error {
	v := s.View(r, "ui.title")
	return s.Render(w, r, http.StatusOK, ui.UI(v))
}

// routesOfStatements are for staff; only customer service changes anything.
func (s *router) routesOfStatements(r chi.Router) {
	r.Get(site.PathOfStatements, s.Handle(s.desk.ListStatements))
	r.Get("/desk/statements/{statement}", s.Handle(s.desk.ShowStatement))
	r.Group(func(r chi.Router) {
		r.Use(s.Only(site.CustomerService))
		r.Post(site.PathOfStatements, s.OneUpload(s.desk.AddStatement))
		r.Get("/desk/statements/{statement}/columns", s.Handle(s.desk.ShowColumns))
		r.Post("/desk/statements/{statement}/columns", s.OneUpload(s.desk.CompareStatement))
	})
}

// routesOfPeople are for those who look after people, at one of two addresses.
func (s *router) routesOfPeople(r chi.Router, at string) {
	r.Get(at, s.Handle(s.admin.ListUsers))
	r.Post(at, s.RequireRecentAuth(s.admin.InviteUser))
	r.Get(at+"/new", s.Handle(s.admin.NewUser))
	r.Get(at+"/{handle}", s.Handle(s.admin.ShowUser))
	r.Post(at+"/{handle}/link", s.Handle(s.admin.SendLink))
	r.Post(at+"/{handle}/role", s.RequireRecentAuth(s.admin.ChangeRole))
	r.Post(at+"/{handle}/factor", s.RequireRecentAuth(s.admin.ResetFactor))
	r.Post(at+"/{handle}/sessions", s.Handle(s.admin.EndUserSessions))
	r.Post(at+"/{handle}/suspend", s.Handle(s.admin.SuspendUser))
	r.Post(at+"/{handle}/restore", s.Handle(s.admin.RestoreUser))
}
