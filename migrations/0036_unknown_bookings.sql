-- After a restore the supplier bills bookings that are not known here: what was
-- sold since the backup. Each is looked into once: taken over by two people as a
-- booking of an agency, or not ours by the supplier's word. Until then its car
-- counts as booked.

-- +goose Up
CREATE TABLE unknown_bookings (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    handle       text NOT NULL DEFAULT gen_random_uuid()::text CONSTRAINT unknown_bookings_handle UNIQUE,
    environment  text NOT NULL CHECK (environment IN ('production', 'sandbox', 'simulator')),
    supplier_id  text NOT NULL,
    supplier_ref text NOT NULL,
    plate        text NOT NULL,
    from_wall    timestamp,
    to_wall      timestamp,
    cents        bigint NOT NULL,
    currency     text NOT NULL,
    statement_id bigint NOT NULL,
    line         integer NOT NULL,
    opened_at    timestamptz NOT NULL DEFAULT portal_now(),
    proposed     jsonb,
    proposed_by  bigint REFERENCES users,
    proposed_at  timestamptz,
    ending       text NOT NULL DEFAULT '' CHECK (ending IN ('', 'taken_over', 'not_ours', 'known')),
    ended_at     timestamptz,
    ended_by     bigint REFERENCES users,
    channel      text NOT NULL DEFAULT '',
    person       text NOT NULL DEFAULT '',
    reference    text NOT NULL DEFAULT '',
    body         text NOT NULL DEFAULT '',
    CONSTRAINT unknown_bookings_line FOREIGN KEY (statement_id, line) REFERENCES statement_lines,
    CONSTRAINT unknown_bookings_once UNIQUE (environment, supplier_id),
    CONSTRAINT unknown_bookings_ended CHECK ((ending <> '') = (ended_at IS NOT NULL)),
    CONSTRAINT unknown_bookings_two CHECK (ending <> 'taken_over' OR (proposed_by <> ended_by AND proposed IS NOT NULL))
);
CREATE INDEX unknown_bookings_open ON unknown_bookings (environment, plate) WHERE ending = '';

COMMENT ON COLUMN unknown_bookings.proposed IS 'What the first person would take it over as; with the name of who travels until it is over.';
COMMENT ON COLUMN unknown_bookings.ending IS 'known: the id has come to a booking here.';

ALTER TABLE bookings ADD COLUMN taken_over boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN bookings.taken_over IS 'Sold before a restore lost it, and taken over from the supplier''s lines.';

INSERT INTO booking_transitions (before, after) VALUES ('', 'confirmed');

-- +goose StatementBegin
CREATE FUNCTION bookings_taken_over_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.taken_over AND NOT NEW.insured AND NEW.state = 'confirmed' AND EXISTS (
        SELECT FROM unknown_bookings u
        WHERE u.environment = NEW.environment AND u.supplier_id = NEW.supplier_id AND u.ending = 'taken_over') THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'booking %: paid at once, and not taken over by two people', NEW.ref
        USING ERRCODE = 'check_violation', CONSTRAINT = 'bookings_taken_over_guard';
END $$;
-- +goose StatementEnd
CREATE TRIGGER bookings_taken_over_guard BEFORE INSERT ON bookings FOR EACH ROW
    WHEN (NEW.state <> 'creating' OR NEW.taken_over) EXECUTE FUNCTION bookings_taken_over_guard();

-- It calls nobody, so that a frozen portal can record it.
DROP TRIGGER bookings_frozen_insert ON bookings;
CREATE TRIGGER bookings_frozen_insert BEFORE INSERT ON bookings FOR EACH ROW WHEN (NOT NEW.taken_over) EXECUTE FUNCTION bookings_frozen();

-- +goose Down
DROP TRIGGER bookings_frozen_insert ON bookings;
CREATE TRIGGER bookings_frozen_insert BEFORE INSERT ON bookings FOR EACH ROW EXECUTE FUNCTION bookings_frozen();
DROP TRIGGER bookings_taken_over_guard ON bookings;
DROP FUNCTION bookings_taken_over_guard;
DELETE FROM booking_transitions WHERE before = '' AND after = 'confirmed';
ALTER TABLE bookings DROP COLUMN taken_over;
DROP TABLE unknown_bookings;
