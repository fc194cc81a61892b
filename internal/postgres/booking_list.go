package postgres

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"guichet/internal/account"
	"guichet/internal/booking"
)

// A page of a list is found in one of two ways. What a filter leaves is gathered
// by whatever index knows it best, up to booking.CountLimit, counted and sorted.
// When there is more, the list is read in its order until the page is full: then
// that is soon, since many bookings fit. It is put together from arms, each of
// which one index serves in that order. Either way few bookings are read, however
// many there are.

// sorting is the column of an order, and its direction.
type sorting struct {
	column  string
	falling bool
}

var sortings = map[booking.Sort]sorting{
	booking.NewestFirst:  {"created_at", true},
	booking.OldestFirst:  {"created_at", false},
	booking.DropOffFirst: {"from_wall", false},
	booking.DropOffLast:  {"from_wall", true},
	booking.ReturnFirst:  {"to_wall", false},
	booking.ReturnLast:   {"to_wall", true},
	booking.TotalFirst:   {"due_cents", false},
	booking.TotalLast:    {"due_cents", true},
	booking.DueFirst:     {"pay_by", false},
}

// by is the ORDER BY of a row with the names of the arms.
func (s sorting) by(key, id string) string {
	if s.falling {
		return ` ORDER BY ` + key + ` DESC, ` + id + ` DESC`
	}
	return ` ORDER BY ` + key + `, ` + id
}

// value is a cursor's key as the column has it.
func (s sorting) value(c booking.Cursor) any {
	if s.column == "due_cents" {
		return c.Key
	}
	return time.UnixMicro(c.Key).UTC()
}

// query is SQL that grows together with its arguments.
type query struct {
	where []string
	args  []any
}

// arg adds an argument and returns its placeholder.
func (q *query) arg(v any) string {
	q.args = append(q.args, v)
	return placeholder(len(q.args))
}

// and adds a condition, in which each ? stands for one of the values.
func (q *query) and(sql string, values ...any) {
	for _, v := range values {
		sql = strings.Replace(sql, "?", q.arg(v), 1)
	}
	q.where = append(q.where, sql)
}

// predicate is a filter as SQL: where is ANDed; arms are alternatives, each served by
// one index.
type predicate struct {
	query

	arms          []string
	states, zones []string
	text          bool // one arm for each way in which it may be meant
}

func choose(scope account.Scope, f booking.Filter) *predicate {
	c := &predicate{arms: []string{`true`}, states: asText(f.States), zones: f.Zones}
	if !scope.All() {
		c.and(`b.agency_id = ?`, scope.Agency())
	}
	if f.Agency != 0 {
		c.and(`b.agency_id = ?`, f.Agency)
	}
	if f.Seller != 0 {
		c.and(`b.user_id = ?`, f.Seller)
	}
	if f.Insured != nil {
		c.and(`b.insured = ?`, *f.Insured)
	}
	if f.Uncompared != "" {
		c.and(`b.uncompared AND b.environment = ?`, f.Uncompared)
	}
	if f.Payable != "" {
		c.and(`b.environment = ?`, f.Payable)
		c.and(payable)
	}
	if f.Min != nil {
		c.and(`b.due_cents >= ?`, *f.Min)
	}
	if f.Max != nil {
		c.and(`b.due_cents <= ?`, *f.Max)
	}
	if f.Text != "" {
		c.arms, c.text = c.texts(f.Text), true
	}
	switch f.By {
	case booking.ByCreation:
		c.where = append(c.where, c.within("b.created_at", f))
	case booking.ByDropOff:
		c.where = append(c.where, c.within("b.from_wall", f))
	case booking.ByReturn:
		c.where = append(c.where, c.within("b.to_wall", f))
	case booking.ByDropOffOrReturn:
		c.arms = cross(c.arms, []string{c.within("b.from_wall", f), c.within("b.to_wall", f)})
	}
	return c
}

// unordered is the filter as conditions of which each booking meets one, in no
// order: one for each state, or zone, since an index knows those best; a text is
// known best by itself.
func (c *predicate) unordered() []string {
	var parts []string
	switch {
	case len(c.states) > 0 && c.text:
		c.and(`b.state = ANY(?)`, c.states)
	case len(c.states) > 0:
		parts = c.each("b.state", c.states)
	}
	switch {
	case len(c.zones) > 0 && (c.text || len(parts) > 0):
		c.and(`b.zone_code = ANY(?)`, c.zones)
	case len(c.zones) > 0:
		parts = c.each("b.zone_code", c.zones)
	}
	if parts == nil {
		parts = []string{`true`}
	}
	return cross(parts, []string{c.common(`((` + strings.Join(c.arms, `) OR (`) + `))`)})
}

// table is where the ids of a list are read. booking_states is indexed by state,
// and has what a list is filtered and sorted by but for texts, sellers and totals;
// of those, of stays and of their order bookings knows more. inOrder: an index
// must give the list's order.
func (c *predicate) table(f booking.Filter, inOrder bool) string {
	column := sortings[f.Sort].column
	switch {
	case len(c.states) == 0, c.text, f.Uncompared != "", f.Seller != 0, f.Min != nil, f.Max != nil, f.By != "" && f.By != booking.ByCreation:
		return "bookings"
	case inOrder && column != "created_at" && column != "pay_by":
		return "bookings"
	}
	return "booking_states"
}

// common is a condition with what every booking of the list has.
func (c *predicate) common(condition string) string {
	return strings.Join(append(slices.Clone(c.where), condition), " AND ")
}

// inOrder is the filter as conditions that let an index be read in the list's
// order: a state, or a zone, has one of its own. Two may hold for one booking.
func (c *predicate) inOrder() []string {
	arms := c.arms
	switch {
	case len(c.states) > 0:
		arms = cross(arms, c.each("b.state", c.states))
		if len(c.zones) > 0 {
			c.and(`b.zone_code = ANY(?)`, c.zones)
		}
	case len(c.zones) > 0:
		arms = cross(arms, c.each("b.zone_code", c.zones))
	}
	return cross(arms, []string{c.common(`true`)})
}

// within is a period of a column; an open end leaves nothing out.
func (q *query) within(column string, f booking.Filter) string {
	period := []string{`true`}
	if !f.From.IsZero() {
		period = append(period, column+` >= `+q.arg(f.From))
	}
	if !f.To.IsZero() {
		period = append(period, column+` < `+q.arg(f.To))
	}
	return strings.Join(period, " AND ")
}

// each lets a column be each of some values.
func (q *query) each(column string, values []string) []string {
	var arms []string
	for _, v := range values {
		arms = append(arms, column+` = `+q.arg(v))
	}
	return arms
}

func cross(a, b []string) []string {
	var all []string
	for _, x := range a {
		for _, y := range b {
			all = append(all, x+` AND `+y)
		}
	}
	return all
}

func asText(states []booking.State) []string {
	var all []string
	for _, s := range states {
		all = append(all, string(s))
	}
	return all
}

// List returns a page of the scope's bookings, in the filter's order, and how
// many the filter leaves in all.
func (s *Store) List(ctx context.Context, scope account.Scope, f booking.Filter) (booking.Page, error) {
	var page booking.Page
	err := s.withCustomPlan(ctx, func(tx pgx.Tx) error {
		ids, tally, err := gather(ctx, tx, scope, f)
		if err != nil {
			return err
		}
		if page.Tally = tally; tally.More {
			if ids, err = readOn(ctx, tx, scope, f); err != nil {
				return err
			}
		}
		if len(ids) == 0 {
			return nil
		}
		o := sortings[f.Sort]
		rows, err := tx.Query(ctx, bookingSelect+`WHERE b.id = ANY($1)`+o.by("b."+o.column, "b.id"), ids)
		if err != nil {
			return err
		}
		page.Bookings, err = pgx.CollectRows(rows, scanBooking)
		return err
	})
	return page, domainError(err)
}

// withCustomPlan runs reads that PostgreSQL plans for their very arguments: a plan for
// any arguments cannot know whether a filter leaves ten bookings or a million.
// Reading the whole table is never right for a page, whatever the estimate.
func (s *Store) withCustomPlan(ctx context.Context, f func(pgx.Tx) error) error {
	return begin(ctx, s.pool, pgx.TxOptions{AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `
			SELECT set_config('plan_cache_mode', 'force_custom_plan', true), set_config('enable_seqscan', 'off', true), set_config('work_mem', '32MB', true)`)
		if err != nil {
			return err
		}
		return f(tx)
	})
}

// afterCursor is the part of a list that a page begins after; back says that the page
// is read towards the list's beginning.
func (o sorting) afterCursor(q *query, f booking.Filter, key, id string) (condition string, back bool) {
	from := f.Before
	if back = from.ID == 0; back {
		from = f.After
	}
	if from.ID == 0 {
		return `true`, false
	}
	sign := map[bool]string{true: `<`, false: `>`}[o.falling != back]
	return `(` + key + `, ` + id + `) ` + sign + ` (` + q.arg(o.value(from)) + `, ` + q.arg(from.ID) + `)`, back
}

// gather finds all that a filter leaves, up to booking.CountLimit, counts it and
// returns the page's bookings: they are right unless there is more.
func gather(ctx context.Context, tx pgx.Tx, scope account.Scope, f booking.Filter) ([]int64, booking.Tally, error) {
	c, o := choose(scope, f), sortings[f.Sort]
	parts, most, active := c.unordered(), c.arg(booking.CountLimit+1), c.arg(asText(booking.ActiveStates()))
	order := ""
	if !indexed(scope, f) {
		order = o.by("b."+o.column, "b.id")
	}
	for i, where := range parts {
		parts[i] = `(SELECT b.id, b.` + o.column + ` AS key, b.due_currency, b.due_cents, b.state FROM ` + c.table(f, false) + ` b WHERE ` + where + order + ` LIMIT ` + most + `)`
	}
	found := `WITH found AS MATERIALIZED (SELECT * FROM (` + strings.Join(parts, ` UNION ALL `) + `) u LIMIT ` + most + `) `
	condition, back := o.afterCursor(&c.query, f, "key", "id")
	o.falling = o.falling != back
	rows, err := tx.Query(ctx, found+`
		SELECT coalesce((SELECT array_agg(p.id) FROM (SELECT id FROM found WHERE `+condition+o.by("key", "id")+` LIMIT `+c.arg(f.Limit)+`) p), '{}'),
			due_currency, count(*), coalesce(sum(due_cents) FILTER (WHERE state = ANY(`+active+`)), 0) FROM found GROUP BY due_currency ORDER BY due_currency`, c.args...)
	if err != nil {
		return nil, booking.Tally{}, err
	}
	var ids []int64
	var t booking.Tally
	var count int
	var sum booking.Money
	_, err = pgx.ForEachRow(rows, []any{&ids, &sum.Currency, &count, &sum.Cents}, func() error {
		t.Count += count
		t.Sums = append(t.Sums, sum)
		return nil
	})
	if t.Count > booking.CountLimit {
		t = booking.Tally{More: true}
	}
	return ids, t, err
}

// indexed reports that some index knows what a filter leaves. Where none does,
// that of the order is read: the table itself never is.
func indexed(scope account.Scope, f booking.Filter) bool {
	return !scope.All() || f.Agency != 0 || f.Seller != 0 || f.Min != nil || f.Max != nil ||
		f.Uncompared != "" || f.Text != "" || f.By != "" || len(f.States) > 0 || len(f.Zones) > 0
}

// readOn reads the list in its order until the page is full.
func readOn(ctx context.Context, tx pgx.Tx, scope account.Scope, f booking.Filter) ([]int64, error) {
	c, o := choose(scope, f), sortings[f.Sort]
	condition, back := o.afterCursor(&c.query, f, "b."+o.column, "b.id")
	c.where = append(c.where, condition)
	o.falling = o.falling != back
	arms, most := c.inOrder(), c.arg(f.Limit)
	var parts []string
	for _, arm := range arms {
		parts = append(parts, `(SELECT b.id, b.`+o.column+` AS key FROM `+c.table(f, true)+` b WHERE `+arm+o.by("b."+o.column, "b.id")+` LIMIT `+most+`)`)
	}
	rows, err := tx.Query(ctx, `SELECT id FROM (`+strings.Join(parts, ` UNION `)+`) u`+o.by("key", "id")+` LIMIT `+most, c.args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[int64])
}

// exportSelect has what an export shows, and no more: a million rows are read at
// a time, and the snapshot of each quote would be taken apart for nothing.
const exportSelect = `
	SELECT b.ref, b.state, b.uncompared, a.name, u.name, b.created_at, b.zone_code, b.zone_name, b.from_at, b.to_at, b.from_wall, b.to_wall, b.timezone,
		b.last_name, b.first_name, b.email, b.phone, b.plate, b.make, b.model, b.color,
		coalesce(b.booked_services, b.services), b.insured, b.due_cents, b.due_currency,
		b.pay_method, b.paid_at, b.paid_by, b.receipt, b.agency_ref, coalesce(b.supplier_id, ''), b.supplier_ref
	FROM bookings b JOIN agencies a ON a.id = b.agency_id JOIN users u ON u.id = b.user_id `

// Each gives every booking of a filter to do, in the filter's order. Only what
// exportSelect reads is in them.
func (s *Store) Each(ctx context.Context, scope account.Scope, f booking.Filter, do func(booking.Booking) error) error {
	c, o := choose(scope, f), sortings[f.Sort]
	which := strings.Join(c.unordered(), ` OR `)
	if table := c.table(f, false); table != "bookings" {
		which = `b.id IN (SELECT b.id FROM ` + table + ` b WHERE ` + which + `)`
	}
	sql := exportSelect + `WHERE (` + which + `)` + o.by("b."+o.column, "b.id")
	return domainError(s.patiently(ctx, pgx.TxOptions{AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, sql, append([]any{pgx.QueryExecModeCacheDescribe}, c.args...)...) // planned for these arguments
		if err != nil {
			return err
		}
		return eachExported(rows, do)
	}))
}

func eachExported(rows pgx.Rows, do func(booking.Booking) error) error {
	var b booking.Booking
	var paid *time.Time
	_, err := pgx.ForEachRow(rows, []any{
		&b.Ref, &b.State, &b.Uncompared, &b.AgencyName, &b.UserName, &b.CreatedAt, &b.Stay.ZoneCode, &b.Stay.ZoneName, &b.Stay.From, &b.Stay.To,
		&b.Stay.FromWall, &b.Stay.ToWall, &b.Stay.Timezone,
		&b.Customer.LastName, &b.Customer.FirstName, &b.Customer.Email, &b.Customer.Phone, &b.Car.Plate, &b.Car.Make, &b.Car.Model, &b.Car.Color,
		&b.Services, &b.Insured, &b.Total.Cents, &b.Total.Currency,
		&b.PayMethod, &paid, &b.PaidBy, &b.Receipt, &b.AgencyRef, &b.SupplierID, &b.SupplierRef,
	}, func() error {
		b.PaidAt, b.BookedWith = orZero(paid), b.Services
		return do(b)
	})
	return err
}

// payable is what of a held booking lets it be paid, besides its environment.
const payable = `NOT b.uncompared AND b.pay_by > (SELECT portal_now())`

// Unpaid sums up what Payable lists of the scope.
func (s reads) Unpaid(ctx context.Context, scope account.Scope, env booking.Environment) (booking.Unpaid, error) {
	var u booking.Unpaid
	err := s.db.QueryRow(ctx, `
		SELECT count(*), coalesce((array_agg(k.ref ORDER BY b.pay_by))[1], ''), coalesce(min(b.pay_by), '0001-01-01Z')
		FROM booking_states b JOIN bookings k ON k.id = b.id WHERE b.state = 'held' AND b.environment = $3 AND `+payable+` AND ($1 OR b.agency_id = $2)`,
		scope.All(), scope.Agency(), env).Scan(&u.Count, &u.Ref, &u.PayBy)
	return u, domainError(err)
}
