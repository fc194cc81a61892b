-- After a restore nobody knows what became since of what was not paid. Such
-- bookings and quotes are marked until evidence says how they stand at the
-- supplier's: until then they are not sold, paid, dropped or expired.

-- +goose Up
ALTER TABLE bookings ADD COLUMN uncompared boolean NOT NULL DEFAULT false;
ALTER TABLE bookings ADD CONSTRAINT bookings_uncompared CHECK (NOT (uncompared AND state = 'confirmed'));
CREATE INDEX bookings_marked ON bookings (state, id) WHERE uncompared;
ALTER TABLE drafts ADD COLUMN uncompared boolean NOT NULL DEFAULT false;

COMMENT ON COLUMN bookings.uncompared IS 'It stood here when a backup was restored, and nobody has compared it with the supplier since.';
COMMENT ON COLUMN drafts.uncompared IS 'It stood here when a backup was restored: it may have been sold since.';

INSERT INTO booking_transitions (before, after) VALUES ('held', 'confirmed');

-- The mark goes with an event only: evidence. The answers of calls in flight
-- are recorded as ever.
-- +goose StatementBegin
CREATE FUNCTION bookings_uncompared_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    refused text := '';
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF EXISTS (SELECT FROM drafts d WHERE d.id = NEW.draft_id AND d.uncompared)
            OR EXISTS (SELECT FROM bookings o WHERE o.ref IN (NEW.retry_of, NEW.replaces) AND o.uncompared) THEN
            refused := 'what it comes from';
        END IF;
    ELSIF NOT OLD.uncompared THEN
        IF OLD.state = 'held' AND NEW.state = 'confirmed' THEN
            refused := 'paid without a payment';
        END IF;
    ELSIF NOT NEW.uncompared AND NEW.version = OLD.version THEN
        refused := 'the mark goes without an event';
    ELSIF OLD.state = NEW.state THEN
        RETURN NEW;
    ELSIF NEW.state IN ('paying', 'cancelling') OR (OLD.state = 'held' AND NEW.state = 'dropped') THEN
        refused := 'it waits for the comparison';
    ELSIF NEW.state = 'expired' AND (NEW.uncompared OR portal_now() < OLD.fence) THEN
        refused := 'it waits for evidence';
    END IF;
    IF refused <> '' THEN
        RAISE EXCEPTION 'booking %: not compared with the supplier since a restore: %', NEW.ref, refused
            USING ERRCODE = 'check_violation', CONSTRAINT = 'bookings_uncompared_guard';
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER bookings_uncompared_insert BEFORE INSERT ON bookings FOR EACH ROW EXECUTE FUNCTION bookings_uncompared_guard();
CREATE TRIGGER bookings_uncompared_update BEFORE UPDATE ON bookings FOR EACH ROW
    WHEN (OLD.uncompared OR (OLD.state = 'held' AND NEW.state = 'confirmed'))
    EXECUTE FUNCTION bookings_uncompared_guard();

-- A create without an answer may be found paid after a restore, too.
DROP TRIGGER bookings_unfit_guard ON bookings;
CREATE TRIGGER bookings_unfit_guard BEFORE UPDATE ON bookings FOR EACH ROW
    WHEN ((OLD.state = 'create_unknown' OR OLD.unfit <> '{}') AND NOT (OLD.uncompared AND NOT NEW.uncompared AND OLD.unfit = '{}'))
    EXECUTE FUNCTION bookings_unfit_guard();

-- What evidence says is recorded in a frozen portal, too.
DROP TRIGGER bookings_frozen_update ON bookings;
CREATE TRIGGER bookings_frozen_update BEFORE UPDATE ON bookings FOR EACH ROW
    WHEN (OLD.state IS DISTINCT FROM NEW.state AND NEW.state IN ('paying', 'cancelling', 'expired')
        AND NOT (NEW.state = 'expired' AND OLD.uncompared AND NOT NEW.uncompared))
    EXECUTE FUNCTION bookings_frozen();

-- +goose Down
DROP TRIGGER bookings_unfit_guard ON bookings;
CREATE TRIGGER bookings_unfit_guard BEFORE UPDATE ON bookings FOR EACH ROW
    WHEN (OLD.state = 'create_unknown' OR OLD.unfit <> '{}') EXECUTE FUNCTION bookings_unfit_guard();
DROP TRIGGER bookings_frozen_update ON bookings;
CREATE TRIGGER bookings_frozen_update BEFORE UPDATE ON bookings FOR EACH ROW
    WHEN (OLD.state IS DISTINCT FROM NEW.state AND NEW.state IN ('paying', 'cancelling', 'expired'))
    EXECUTE FUNCTION bookings_frozen();
DROP TRIGGER bookings_uncompared_insert ON bookings;
DROP TRIGGER bookings_uncompared_update ON bookings;
DROP FUNCTION bookings_uncompared_guard;
DELETE FROM booking_transitions WHERE before = 'held' AND after = 'confirmed';
DROP INDEX bookings_marked;
ALTER TABLE bookings DROP CONSTRAINT bookings_uncompared, DROP COLUMN uncompared;
ALTER TABLE drafts DROP COLUMN uncompared;
