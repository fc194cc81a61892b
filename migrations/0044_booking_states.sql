-- A booking's row is changed in place, without touching one of its indexes (HOT),
-- when no index names a column that changes. What changes and is looked for by it
-- therefore has two narrow tables of its own: the state with what lists and sweeps
-- filter it by, and the supplier's names. The row of bookings stays the truth that
-- is locked and guarded. PostgreSQL itself keeps the copies, in the transaction and
-- the statement of the change, and nobody else may write them: the triggers run as
-- the owner and whatever session_replication_role says.
--
-- The two promises that are indexes, one payable booking of a sale and one
-- booking of each of the supplier's ids, move with what they are about: 0046 and
-- 0047 end those of bookings.

-- +goose Up
CREATE TABLE booking_states (
    id           bigint PRIMARY KEY,
    state        text NOT NULL,
    environment  text NOT NULL,
    agency_id    bigint NOT NULL,
    sale_id      text NOT NULL,
    zone_code    text NOT NULL,
    insured      boolean NOT NULL,
    uncompared   boolean NOT NULL,
    due_cents    bigint NOT NULL,
    due_currency text NOT NULL,
    created_at   timestamptz NOT NULL,
    pay_by       timestamptz NOT NULL,
    from_wall    timestamp NOT NULL,
    to_wall      timestamp NOT NULL
);
CREATE INDEX booking_states_by_state ON booking_states (state, created_at DESC, id DESC)
    INCLUDE (agency_id, zone_code, insured, due_cents, due_currency);
CREATE INDEX booking_states_of_agency ON booking_states (agency_id, state, created_at DESC, id DESC);
CREATE UNIQUE INDEX booking_states_one_payable_per_sale ON booking_states (sale_id)
    WHERE state IN ('held', 'paying', 'pay_unknown', 'confirmed', 'cancelling', 'cancel_unknown');

COMMENT ON TABLE booking_states IS 'A copy of what of a booking changes or is listed by its state; written by triggers of bookings alone.';
COMMENT ON COLUMN booking_states.id IS 'The booking''s.';

CREATE TABLE booking_supplier_ids (
    id           bigint PRIMARY KEY,
    environment  text NOT NULL,
    supplier_id  text,
    supplier_ref text NOT NULL,
    claims       boolean NOT NULL
);
CREATE UNIQUE INDEX booking_supplier_ids_claimed ON booking_supplier_ids (environment, supplier_id) WHERE claims AND supplier_id IS NOT NULL;
CREATE INDEX booking_supplier_ids_any ON booking_supplier_ids (supplier_id) WHERE supplier_id IS NOT NULL;
CREATE INDEX booking_supplier_ids_ref ON booking_supplier_ids (lower(supplier_ref)) WHERE supplier_ref <> '';

COMMENT ON TABLE booking_supplier_ids IS 'A copy of what the supplier calls a booking, once it is known; written by triggers of bookings alone.';
COMMENT ON COLUMN booking_supplier_ids.claims IS 'The id is this booking''s: it is not voided, and its id was not issued again.';

-- +goose StatementBegin
CREATE FUNCTION bookings_copy() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        DELETE FROM public.booking_states WHERE id = OLD.id;
        DELETE FROM public.booking_supplier_ids WHERE id = OLD.id;
        RETURN NULL;
    END IF;
    LOOP -- while 0045 runs, the row may be missing, and may come in between
        UPDATE public.booking_states SET state = NEW.state, environment = NEW.environment, agency_id = NEW.agency_id, sale_id = NEW.sale_id,
            zone_code = NEW.zone_code, insured = NEW.insured, uncompared = NEW.uncompared, due_cents = NEW.due_cents,
            due_currency = NEW.due_currency, created_at = NEW.created_at, pay_by = NEW.pay_by, from_wall = NEW.from_wall, to_wall = NEW.to_wall
        WHERE id = NEW.id;
        EXIT WHEN FOUND;
        INSERT INTO public.booking_states (id, state, environment, agency_id, sale_id, zone_code, insured, uncompared,
            due_cents, due_currency, created_at, pay_by, from_wall, to_wall)
        VALUES (NEW.id, NEW.state, NEW.environment, NEW.agency_id, NEW.sale_id, NEW.zone_code, NEW.insured, NEW.uncompared,
            NEW.due_cents, NEW.due_currency, NEW.created_at, NEW.pay_by, NEW.from_wall, NEW.to_wall)
        ON CONFLICT (id) DO NOTHING;
        EXIT WHEN FOUND;
    END LOOP;
    IF TG_OP = 'UPDATE' AND (OLD.supplier_id, OLD.supplier_ref, OLD.environment, OLD.id_reissued, OLD.state = 'voided') IS NOT DISTINCT FROM
        (NEW.supplier_id, NEW.supplier_ref, NEW.environment, NEW.id_reissued, NEW.state = 'voided') THEN
        RETURN NULL;
    END IF;
    IF NEW.supplier_id IS NULL AND NEW.supplier_ref = '' THEN
        DELETE FROM public.booking_supplier_ids WHERE id = NEW.id;
        RETURN NULL;
    END IF;
    INSERT INTO public.booking_supplier_ids (id, environment, supplier_id, supplier_ref, claims)
    VALUES (NEW.id, NEW.environment, NEW.supplier_id, NEW.supplier_ref, NEW.state <> 'voided' AND NOT NEW.id_reissued)
    ON CONFLICT (id) DO UPDATE SET environment = excluded.environment, supplier_id = excluded.supplier_id,
        supplier_ref = excluded.supplier_ref, claims = excluded.claims;
    RETURN NULL;
END $$;
-- +goose StatementEnd
REVOKE EXECUTE ON FUNCTION bookings_copy() FROM PUBLIC;

-- A condition (WHEN) would be read anew for every statement, at twice the cost.
CREATE TRIGGER bookings_copy AFTER INSERT OR DELETE ON bookings FOR EACH ROW EXECUTE FUNCTION bookings_copy();
CREATE TRIGGER bookings_copy_changes AFTER UPDATE OF state, environment, agency_id, sale_id, zone_code, insured, uncompared,
    total_cents, currency, booked_cents, booked_currency, created_at, pay_by, from_wall, to_wall, supplier_id, supplier_ref, id_reissued
    ON bookings FOR EACH ROW EXECUTE FUNCTION bookings_copy();
ALTER TABLE bookings ENABLE ALWAYS TRIGGER bookings_copy, ENABLE ALWAYS TRIGGER bookings_copy_changes;

-- +goose Down
DROP TRIGGER bookings_copy ON bookings;
DROP TRIGGER bookings_copy_changes ON bookings;
DROP FUNCTION bookings_copy;
DROP TABLE booking_states, booking_supplier_ids;
