package admin

import (
	"time"

	"guichet/internal/account"
	"guichet/internal/auth"
	"guichet/internal/locale"
	"guichet/web/ui"
)

// PeoplePage is whom a manager or an admin looks after.
type PeoplePage struct {
	Base   string // address of the list
	Admin  bool   // sees all agencies, and staff
	People []account.Person
}

// columns is how many the table has.
func (p PeoplePage) columns() int {
	if p.Admin {
		return 6
	}
	return 5
}

func (p PeoplePage) address(x account.Person) string { return p.Base + "/" + x.Handle }

var roleNames = map[account.Role]struct{ name, may locale.Key }{
	account.Agent:           {"role.agent", "people.may.agent"},
	account.Manager:         {"role.manager", "people.may.manager"},
	account.CustomerService: {"role.customer_service", "people.may.customer_service"},
	account.Admin:           {"role.admin", "people.may.admin"},
}

func role(v ui.View, r account.Role) string { return v.T(string(roleNames[r].name)) }

// access says whether somebody can sign in.
func access(v ui.View, p account.Person) string {
	switch {
	case p.Suspended:
		return v.T("people.suspended")
	case p.Agency.Suspended:
		return v.T("people.agency_suspended")
	case p.PasswordHash == "":
		return v.T("people.invited")
	default:
		return v.T("people.active")
	}
}

// factor says whether somebody has a second factor.
func factor(v ui.View, p account.Person) string {
	if p.HasFactor() {
		return v.T("people.factor.on")
	}
	return v.T("people.factor.off")
}

// roleChoices asks for one of the roles.
func roleChoices(v ui.View, roles []account.Role, chosen account.Role, problem string) ui.ChoiceGroup {
	g := ui.ChoiceGroup{ID: "role", Name: "role", Legend: v.T("people.role"), Error: problem}
	for _, r := range roles {
		g.Choices = append(g.Choices, ui.Choice{
			ID: "role-" + string(r), Value: string(r), Label: role(v, r), Hint: v.T(string(roleNames[r].may)), Checked: r == chosen,
		})
	}
	return g
}

// PersonNewPage is the form by which somebody is invited.
type PersonNewPage struct {
	Base     string
	Roles    []account.Role // that may be given
	Agencies []account.Agency
	Typed    auth.Invitee
	NoMail   bool // links are not sent
	Errors   map[string]string
}

func (p PersonNewPage) email(v ui.View) ui.Field {
	return ui.Field{
		ID: "email", Name: "email", Label: v.T("signin.email"), Value: p.Typed.Email,
		Type: "email", InputMode: "email", Capitalize: "none",
	}.WithErrors(p.Errors)
}

func (p PersonNewPage) name(v ui.View) ui.Field {
	return ui.Field{ID: "name", Name: "name", Label: v.T("people.name"), Value: p.Typed.Name, Capitalize: "words"}.WithErrors(p.Errors)
}

func (p PersonNewPage) role(v ui.View) ui.ChoiceGroup {
	return roleChoices(v, p.Roles, p.Typed.Role, p.Errors["role"])
}

func (p PersonNewPage) language(v ui.View) ui.ChoiceGroup {
	return ui.LanguageChoice(v.T("profile.language"), p.Typed.Language, p.Errors["language"])
}

func (p PersonNewPage) agency(v ui.View) ui.SelectField {
	var group ui.OptionGroup
	for _, a := range p.Agencies {
		group.Options = append(group.Options, ui.Option{Value: a.Code, Label: a.Name + " (" + a.Code + ")"})
	}
	return ui.SelectField{
		Field:  ui.Field{ID: "agency", Name: "agency", Label: v.T("people.agency"), Hint: v.T("people.agency.hint"), Value: p.Typed.AgencyCode}.WithErrors(p.Errors),
		Empty:  v.T("people.agency.none"),
		Groups: []ui.OptionGroup{group},
	}
}

// PersonPage is one person, and what can be done about the access.
type PersonPage struct {
	Base   string
	Person account.Person
	Roles  []account.Role // that may be given
	Self   bool           // it is the visitor

	NoMail   bool           // links are not sent
	Sessions []auth.Session // where the person is signed in
	Now      time.Time
	Timezone string

	Errors map[string]string
}

func (p PersonPage) action(what string) string { return p.Base + "/" + p.Person.Handle + what }

func (p PersonPage) role(v ui.View) ui.ChoiceGroup {
	return roleChoices(v, p.Roles, p.Person.Role, p.Errors["role"])
}

// right is one thing that can be done, and who may: asked of the same rules that
// decide.
type right struct {
	what locale.Key
	may  func(a account.Actor) bool
	some locale.Key // when it depends on more than the role
}

var rightsTable = []right{
	{"rights.sell", account.Actor.MaySell, "rights.own"},
	{"rights.pay", account.Actor.MayPay, ""},
	{"rights.cancel", func(a account.Actor) bool { a.MayCancel = true; return a.MayCancelBookings() }, "rights.setting"},
	{"rights.see_all", func(a account.Actor) bool { return a.Scope().All() }, ""},
	{"rights.people", account.Actor.MayManagePeople, ""},
	{"rights.admin", func(a account.Actor) bool { return a.Role == account.Admin }, ""},
}

// rightText says in words whether a role may do something.
func rightText(v ui.View, x right, r account.Role) string {
	agent := r == account.Agent || r == account.Manager
	switch {
	case !x.may(account.Actor{Role: r, AgencyID: 1}):
		return v.T("rights.no")
	case x.some != "" && agent:
		return v.T(string(x.some))
	case x.what == "rights.people" && r == account.Manager:
		return v.T("rights.own")
	default:
		return v.T("rights.yes")
	}
}
