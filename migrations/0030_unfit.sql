-- A create that was answered with an id and with something else than was ordered:
-- the booking keeps the names of the fields that do not fit, stays unknown until a
-- person has found out what stands there, and is never ended by the clock.

-- +goose Up
ALTER TABLE bookings
    ADD COLUMN unfit       text[] NOT NULL DEFAULT '{}',
    ADD COLUMN unfit_found text NOT NULL DEFAULT '' CHECK (unfit_found IN ('', 'as_ordered', 'paid', 'void'));

COMMENT ON COLUMN bookings.unfit IS 'Fields of the answer to the create that did not agree with what was ordered; empty for all others.';
COMMENT ON COLUMN bookings.unfit_found IS 'What a person found out about such a booking; empty while nobody has.';

INSERT INTO booking_transitions (before, after) VALUES ('create_unknown', 'confirmed');

-- Whatever else the state machine allows, an unfit booking leaves its state by what
-- was found out, and no other booking becomes paid without a pay.
-- +goose StatementBegin
CREATE FUNCTION bookings_unfit_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    needs text := '';
BEGIN
    IF OLD.unfit <> '{}' AND NEW.unfit IS DISTINCT FROM OLD.unfit THEN
        RAISE EXCEPTION 'booking %: what did not fit is kept', NEW.ref
            USING ERRCODE = 'check_violation', CONSTRAINT = 'bookings_unfit_guard';
    END IF;
    IF OLD.state <> 'create_unknown' OR NEW.state = OLD.state THEN
        RETURN NEW;
    END IF;
    IF OLD.unfit <> '{}' THEN
        needs := CASE NEW.state WHEN 'held' THEN 'as_ordered' WHEN 'confirmed' THEN 'paid' WHEN 'expired' THEN 'void' ELSE 'nothing' END;
    ELSIF NEW.state = 'confirmed' THEN
        needs := 'nothing';
    END IF;
    IF needs <> '' AND NEW.unfit_found <> needs OR needs = 'as_ordered' AND portal_now() >= NEW.pay_by THEN
        RAISE EXCEPTION 'booking %: create_unknown to % by %, unfit %', NEW.ref, NEW.state, NEW.unfit_found, OLD.unfit
            USING ERRCODE = 'check_violation', CONSTRAINT = 'bookings_unfit_guard';
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER bookings_unfit_guard BEFORE UPDATE ON bookings FOR EACH ROW
    WHEN (OLD.state = 'create_unknown' OR OLD.unfit <> '{}') EXECUTE FUNCTION bookings_unfit_guard();

-- +goose Down
DROP TRIGGER bookings_unfit_guard ON bookings;
DROP FUNCTION bookings_unfit_guard;
DELETE FROM booking_transitions WHERE before = 'create_unknown' AND after = 'confirmed';
ALTER TABLE bookings DROP COLUMN unfit, DROP COLUMN unfit_found;
