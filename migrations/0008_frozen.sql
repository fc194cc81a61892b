-- After a restore from a backup nobody knows what happened since, so the portal
-- starts frozen: nothing is created, paid, cancelled or expired until an admin
-- says so. What is in flight may still be recorded.

-- +goose Up
CREATE TABLE portal_state (
    id         boolean PRIMARY KEY DEFAULT true CHECK (id),
    frozen     boolean NOT NULL DEFAULT false,
    changed_at timestamptz NOT NULL DEFAULT portal_now(),
    changed_by bigint REFERENCES users
);
INSERT INTO portal_state DEFAULT VALUES;

-- +goose StatementBegin
CREATE FUNCTION bookings_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT frozen FROM portal_state) THEN
        RAISE EXCEPTION 'booking %: the portal is frozen', NEW.ref
            USING ERRCODE = 'check_violation', CONSTRAINT = 'bookings_frozen';
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER bookings_frozen_insert BEFORE INSERT ON bookings FOR EACH ROW EXECUTE FUNCTION bookings_frozen();
CREATE TRIGGER bookings_frozen_update BEFORE UPDATE ON bookings FOR EACH ROW
    WHEN (OLD.state IS DISTINCT FROM NEW.state AND NEW.state IN ('paying', 'cancelling', 'expired'))
    EXECUTE FUNCTION bookings_frozen();

-- +goose Down
DROP TRIGGER bookings_frozen_insert ON bookings;
DROP TRIGGER bookings_frozen_update ON bookings;
DROP FUNCTION bookings_frozen;
DROP TABLE portal_state;
