-- +goose NO TRANSACTION
-- Indexes of bookings that name what changes go: their copies serve instead, and a
-- change of state then touches none of the others. So do those that another one
-- serves as well. A node of the release before finds everything that it found; its
-- sweeps and lists by state read more for it until it is replaced.

-- +goose Up
DROP INDEX CONCURRENTLY IF EXISTS bookings_one_payable_per_sale;
DROP INDEX CONCURRENTLY IF EXISTS bookings_supplier_id;
DROP INDEX CONCURRENTLY IF EXISTS bookings_state;
DROP INDEX CONCURRENTLY IF EXISTS bookings_by_state;
DROP INDEX CONCURRENTLY IF EXISTS bookings_figures;
DROP INDEX CONCURRENTLY IF EXISTS bookings_unknown;
DROP INDEX CONCURRENTLY IF EXISTS bookings_due_held;
DROP INDEX CONCURRENTLY IF EXISTS bookings_due_lease;
DROP INDEX CONCURRENTLY IF EXISTS bookings_due_fence;
DROP INDEX CONCURRENTLY IF EXISTS bookings_any_supplier_id;
DROP INDEX CONCURRENTLY IF EXISTS bookings_supplier_ref;
DROP INDEX CONCURRENTLY IF EXISTS bookings_by_supplier_ref;

-- bookings_plate finds what these find.
DROP INDEX CONCURRENTLY IF EXISTS bookings_by_plate;
DROP INDEX CONCURRENTLY IF EXISTS bookings_by_car;

-- All bookings of a sale, and what was marked at a restore, without its state.
DROP INDEX CONCURRENTLY IF EXISTS bookings_of_sale;
CREATE INDEX CONCURRENTLY bookings_of_sale ON bookings (sale_id);
DROP INDEX CONCURRENTLY IF EXISTS bookings_of_retried_sale;
DROP INDEX CONCURRENTLY IF EXISTS bookings_uncompared;
CREATE INDEX CONCURRENTLY bookings_uncompared ON bookings (id) WHERE uncompared;
DROP INDEX CONCURRENTLY IF EXISTS bookings_marked;

-- +goose Down
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS bookings_one_payable_per_sale ON bookings (sale_id)
    WHERE state IN ('held', 'paying', 'pay_unknown', 'confirmed', 'cancelling', 'cancel_unknown');
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS bookings_supplier_id ON bookings (environment, supplier_id)
    WHERE supplier_id IS NOT NULL AND state <> 'voided' AND NOT id_reissued;
CREATE INDEX CONCURRENTLY IF NOT EXISTS bookings_state ON bookings (state, created_at DESC, id DESC);
CREATE INDEX CONCURRENTLY IF NOT EXISTS bookings_by_state ON bookings (agency_id, state, created_at DESC, id DESC);
CREATE INDEX CONCURRENTLY IF NOT EXISTS bookings_figures ON bookings (created_at) INCLUDE (agency_id, zone_code, state, insured, due_cents, due_currency);
CREATE INDEX CONCURRENTLY IF NOT EXISTS bookings_unknown ON bookings (state) WHERE state IN ('create_unknown', 'pay_unknown', 'cancel_unknown');
CREATE INDEX CONCURRENTLY IF NOT EXISTS bookings_due_held ON bookings (deadline) WHERE state = 'held';
CREATE INDEX CONCURRENTLY IF NOT EXISTS bookings_due_lease ON bookings (lease_ends) WHERE lease_ends IS NOT NULL;
CREATE INDEX CONCURRENTLY IF NOT EXISTS bookings_due_fence ON bookings (fence) WHERE state IN ('create_unknown', 'pay_unknown');
CREATE INDEX CONCURRENTLY IF NOT EXISTS bookings_any_supplier_id ON bookings (supplier_id) WHERE supplier_id IS NOT NULL;
CREATE INDEX CONCURRENTLY IF NOT EXISTS bookings_supplier_ref ON bookings (lower(supplier_ref)) WHERE supplier_ref <> '';
CREATE INDEX CONCURRENTLY IF NOT EXISTS bookings_by_supplier_ref ON bookings (environment, supplier_ref) WHERE supplier_ref <> '';
CREATE INDEX CONCURRENTLY IF NOT EXISTS bookings_by_plate ON bookings (agency_id, plate);
CREATE INDEX CONCURRENTLY IF NOT EXISTS bookings_by_car ON bookings (environment, plate) WHERE plate <> '';
CREATE INDEX CONCURRENTLY IF NOT EXISTS bookings_of_retried_sale ON bookings (sale_id) WHERE retry_of IS NOT NULL;
CREATE INDEX CONCURRENTLY IF NOT EXISTS bookings_marked ON bookings (state, id) WHERE uncompared;
DROP INDEX CONCURRENTLY IF EXISTS bookings_of_sale;
DROP INDEX CONCURRENTLY IF EXISTS bookings_uncompared;
