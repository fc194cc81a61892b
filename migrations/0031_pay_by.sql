-- The last moment to pay may come nearer, when the supplier says that a booking is
-- older than the portal knew. It never moves away.

-- +goose Up
-- +goose StatementBegin
CREATE FUNCTION bookings_pay_by_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'booking %: pay_by moves from % to %', NEW.ref, OLD.pay_by, NEW.pay_by
        USING ERRCODE = 'check_violation', CONSTRAINT = 'bookings_pay_by_guard';
END $$;
-- +goose StatementEnd
CREATE TRIGGER bookings_pay_by_guard BEFORE UPDATE ON bookings FOR EACH ROW
    WHEN (NEW.pay_by > OLD.pay_by) EXECUTE FUNCTION bookings_pay_by_guard();

-- +goose Down
DROP TRIGGER bookings_pay_by_guard ON bookings;
DROP FUNCTION bookings_pay_by_guard;
