package server

import (
	"net/http"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"

	"guichet/internal/account"
	"guichet/internal/booking"
	"guichet/static"
	"guichet/web/ui"
)

// routes lists every address that the portal answers.
func (s *Server) routes() *chi.Mux {
	r := chi.NewRouter()
	r.Use(s.identify, s.logAccess, s.rescue, s.secure, s.refuseOtherOrigins, limitBody, middleware.GetHead)

	r.Get("/livez", s.handle(s.live))
	r.Get("/readyz", s.handle(s.ready))
	r.Get(static.Prefix+"*", static.Handler().ServeHTTP)

	r.Group(func(r chi.Router) {
		r.Use(s.limitTime, s.loadSession, s.loadPerson, s.loadState)
		r.NotFound(s.handle(s.unknownRoute))
		r.MethodNotAllowed(s.handle(s.unknownMethod))

		r.Get("/sign-in", s.handle(s.newSignIn))
		r.Post("/sign-in", s.handle(s.signIn))
		s.routesOfEntering(r)
		r.Post("/language", s.handle(s.setLanguage))
		r.Get("/forgot", s.handle(s.showForgot))
		r.Post("/forgot", s.handle(s.forgot))
		r.Get("/welcome/{token}", s.handle(s.showWelcome))
		r.Post("/welcome/{token}", s.handle(s.welcome))
		if s.Environment != booking.Production {
			r.Get("/_ui", s.handle(s.showParts))
		}

		r.Group(func(r chi.Router) {
			r.Use(s.signedIn)
			s.routesOfAll(r)
			r.Group(func(r chi.Router) {
				r.Use(s.only(sellers))
				s.routesOfSellers(r)
			})
			r.Group(func(r chi.Router) {
				r.Use(s.only(payers))
				s.routesOfPayers(r)
			})
			r.Group(func(r chi.Router) {
				r.Use(s.only(staff))
				s.routesOfStaff(r)
				s.routesOfStatements(r)
			})
			r.Group(func(r chi.Router) {
				r.Use(s.only(customerService))
				s.routesOfCustomerService(r)
			})
			r.Group(func(r chi.Router) {
				r.Use(s.only(managers))
				s.routesOfPeople(r, usersOfAgency)
				r.Get("/agency/figures", s.handle(s.showFigures))
			})
			r.Group(func(r chi.Router) {
				r.Use(s.only(admins))
				s.routesOfAdmins(r)
			})
		})
	})
	return r
}

// routesOfEntering are for those who have shown the password, and must show, or
// set up, the second factor.
func (s *Server) routesOfEntering(r chi.Router) {
	r.Get("/sign-in/code", s.handle(s.showCode))
	r.Post("/sign-in/code", s.handle(s.enterCode))
	r.Get("/sign-in/recovery", s.handle(s.showRecovery))
	r.Post("/sign-in/recovery", s.handle(s.enterRecovery))
	r.Get("/second-factor", s.handle(s.showFactor))
	r.Post("/second-factor", s.handle(s.beginFactor))
	r.Get("/second-factor/new", s.handle(s.showNewFactor))
	r.Post("/second-factor/new", s.handle(s.confirmFactor))
}

// routesOfAll are for everybody who is signed in.
func (s *Server) routesOfAll(r chi.Router) {
	r.Get("/", s.handle(s.goHome))
	r.Post("/sign-out", s.handle(s.signOut))
	r.Get("/profile", s.handle(s.showProfile))
	r.Post("/profile", s.handle(s.updateProfile))
	r.Get("/profile/password", s.handle(s.showPassword))
	r.Post("/profile/password", s.handle(s.updatePassword))
	r.Get("/profile/sessions", s.handle(s.listSessions))
	r.Post("/profile/sessions", s.handle(s.endSessions))
	r.Get("/second-factor/codes", s.handle(s.showCodes))
	r.Post("/second-factor/codes", s.handle(s.keepCodes))
	r.Get("/second-factor/codes.txt", s.handle(s.downloadCodes))
	r.Post("/second-factor/renew", s.surely(s.renewCodes))
	r.Get("/sure", s.handle(s.showSure))
	r.Post("/sure", s.handle(s.makeSure))
	r.Post("/stay", s.handle(s.stay))

	r.Get("/bookings", s.handle(s.listBookings))
	r.Get("/bookings/{ref}", s.handle(s.showBooking))
	r.Get("/bookings/{ref}/confirmation", s.handle(s.showConfirmation))
	r.Get("/bookings/{ref}/voucher", s.handle(s.showVoucher))
	r.Get("/bookings/{ref}/cancel", s.handle(s.showCancel))
	r.Post("/bookings/{ref}/cancel", s.handle(s.cancel))
	r.Get("/fragments/bookings/{ref}/status", s.handle(s.liveStatus))
	r.Get("/bookings/export", s.handle(s.showExport))
	r.Post("/bookings/export", s.handle(s.export))
}

// routesOfSellers are for the people of an agency.
func (s *Server) routesOfSellers(r chi.Router) {
	r.Get("/quotes/new", s.handle(s.newQuote))
	r.Post("/quotes", s.handle(s.createQuote))
	r.Get("/quotes/{id}", s.handle(s.showQuote))
	r.Post("/quotes/{id}/services", s.handle(s.chooseServices))
	r.Get("/quotes/{id}/customer", s.handle(s.showCustomer))
	r.Post("/quotes/{id}/customer", s.handle(s.saveCustomer))
	r.Get("/quotes/{id}/check", s.handle(s.showCheck))
	r.Post("/quotes/{id}/check", s.handle(s.book))
	r.Post("/bookings/{ref}/retry", s.handle(s.retry))
	r.Post("/bookings/{ref}/again", s.handle(s.again))

	r.Get("/fragments/when", s.handle(s.liveWhen))
	r.Post("/fragments/phone", s.handle(s.livePhone))
	r.Post("/fragments/quotes/{id}/price", s.handle(s.livePrice))
}

// routesOfPayers are for those who may pay for a booking or drop it.
func (s *Server) routesOfPayers(r chi.Router) {
	r.Get("/bookings/{ref}/pay", s.handle(s.showPay))
	r.Post("/bookings/{ref}/pay", s.handle(s.pay))
	r.Post("/bookings/{ref}/drop", s.handle(s.drop))
	r.Post("/bookings/{ref}/accept", s.handle(s.accept))
	r.Post("/bookings/{ref}/notes", s.handle(s.addNote))
}

// routesOfStaff are for customer service and admins.
func (s *Server) routesOfStaff(r chi.Router) {
	r.Get("/desk", s.handle(s.showDesk))
	r.Get("/desk/queue", s.handle(s.showQueue))
	r.Get("/desk/uncompared", s.handle(s.listUncompared))
	r.Get("/desk/unknown", s.handle(s.listUnknown))
	r.Get("/desk/unknown/{id}", s.handle(s.showUnknown))
	r.Get("/bookings/{ref}/case", s.handle(s.showCase))
	r.Get("/bookings/{ref}/evidence", s.handle(s.showEvidence))
	r.Get("/bookings/{ref}/evidence.json", s.handle(s.downloadEvidence))
}

// routesOfCustomerService are for those who answer to travellers.
func (s *Server) routesOfCustomerService(r chi.Router) {
	r.Get("/bookings/{ref}/person", s.handle(s.showPerson))
	r.Get("/bookings/{ref}/person.json", s.handle(s.exportPerson))
	r.Post("/bookings/{ref}/person", s.surely(s.erasePerson))
	r.Post("/bookings/{ref}/case", s.handle(s.resolve))
	r.Post("/bookings/{ref}/holder", s.handle(s.handOver))
	r.Post("/bookings/{ref}/proposal", s.handle(s.decideProposal))
	r.Post("/bookings/{ref}/identity", s.handle(s.identifyCaller))
	r.Post("/desk/mail", s.handle(s.sendAgain))
	r.Post("/desk/uncompared", s.handle(s.asTheyStand))
	r.Post("/desk/unknown/{id}", s.handle(s.settleUnknown))
	r.Post("/desk/answers", s.handle(s.settleAnswer))
}

// routesOfAdmins are for admins.
func (s *Server) routesOfAdmins(r chi.Router) {
	s.routesOfPeople(r, usersOfAll)
	r.Get("/admin", s.handle(s.showFigures))
	s.routesOfAgencies(r)
	s.routesOfSupplier(r)
	r.Get("/admin/audit", s.handle(s.showAudit))
	r.Post("/admin/audit/export", s.handle(s.exportAudit))
	r.Get("/admin/frozen", s.handle(s.showFrozen))
	r.Post("/admin/frozen", s.handle(s.unfreeze))
	r.Post("/admin/frozen/removals", s.surely(s.endRemoval))
}

// routesOfAgencies are for admins.
func (s *Server) routesOfAgencies(r chi.Router) {
	r.Get("/admin/agencies", s.handle(s.listAgencies))
	r.Post("/admin/agencies", s.handle(s.createAgency))
	r.Get("/admin/agencies/new", s.handle(s.newAgency))
	r.Get("/admin/agencies/{code}", s.handle(s.showAgency))
	r.Post("/admin/agencies/{code}", s.handle(s.updateAgency))
	r.Post("/admin/agencies/{code}/logo", s.handle(s.updateLogo))
	r.Post("/admin/agencies/{code}/suspend", s.handle(s.suspendAgency))
	r.Post("/admin/agencies/{code}/restore", s.handle(s.restoreAgency))
}

// routesOfSupplier are for admins.
func (s *Server) routesOfSupplier(r chi.Router) {
	r.Get("/admin/supplier", s.handle(s.showSupplier))
	r.Post("/admin/supplier/keys", s.surely(s.addKey))
	r.Post("/admin/supplier/keys/{id}/test", s.surely(s.testKey))
	r.Post("/admin/supplier/keys/{id}/activate", s.surely(s.activateKey))
	r.Post("/admin/supplier/keys/{id}/retire", s.surely(s.retireKey))
	s.routesOfZones(r)
}

// routesOfZones are for admins.
func (s *Server) routesOfZones(r chi.Router) {
	r.Post("/admin/supplier/zones", s.handle(s.refreshZones))
	r.Post("/admin/supplier/zones/accept", s.handle(s.acceptZones))
	r.Post("/admin/supplier/zones/{zone}/timezone", s.handle(s.setTimezone))
}

// home is where a person's work begins.
func home(a account.Actor) string {
	if a.MaySell() {
		return "/quotes/new"
	}
	if a.Role == account.CustomerService {
		return "/desk"
	}
	return "/bookings"
}

// goHome answers GET /.
func (s *Server) goHome(w http.ResponseWriter, r *http.Request) error {
	return redirect(w, r, home(actor(r)))
}

// showParts answers GET /_ui: every part of the pages in every state, for those
// who build them.
func (s *Server) showParts(w http.ResponseWriter, r *http.Request) error {
	v := s.view(r, "ui.title")
	return s.render(w, r, http.StatusOK, ui.UI(v))
}

// routesOfStatements are for staff; only customer service changes anything.
func (s *Server) routesOfStatements(r chi.Router) {
	r.Get(pathOfStatements, s.handle(s.listStatements))
	r.Get("/desk/statements/{statement}", s.handle(s.showStatement))
	r.Group(func(r chi.Router) {
		r.Use(s.only(customerService))
		r.Post(pathOfStatements, s.handle(s.addStatement))
		r.Get("/desk/statements/{statement}/columns", s.handle(s.showColumns))
		r.Post("/desk/statements/{statement}/columns", s.handle(s.compareStatement))
	})
}

// routesOfPeople are for those who look after people, at one of two addresses.
func (s *Server) routesOfPeople(r chi.Router, at string) {
	r.Get(at, s.handle(s.listUsers))
	r.Post(at, s.surely(s.inviteUser))
	r.Get(at+"/new", s.handle(s.newUser))
	r.Get(at+"/{handle}", s.handle(s.showUser))
	r.Post(at+"/{handle}/link", s.handle(s.sendLink))
	r.Post(at+"/{handle}/role", s.surely(s.changeRole))
	r.Post(at+"/{handle}/factor", s.surely(s.resetFactor))
	r.Post(at+"/{handle}/sessions", s.handle(s.endUserSessions))
	r.Post(at+"/{handle}/suspend", s.handle(s.suspendUser))
	r.Post(at+"/{handle}/restore", s.handle(s.restoreUser))
}

// New returns the handler of everything that the portal answers.
func New(o Options) http.Handler { return newServer(o).routes() }
