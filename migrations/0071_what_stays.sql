-- What a booking was sold for, and by whom it was paid, changes with an event only: the
-- chain of events tells who changed it. Who travels is only ever forgotten. A note is of
-- the moment at which it is written, and the name of a file is only ever taken away.

-- +goose Up
-- +goose StatementBegin
CREATE FUNCTION bookings_stay() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    refused text := '';
BEGIN
    IF NEW.version = OLD.version AND
        (NEW.services, NEW.total_cents, NEW.currency, NEW.pay_method, NEW.supplier_id, NEW.supplier_ref, NEW.booked_cents,
            NEW.booked_currency, NEW.booked_services, NEW.insured, NEW.differs, NEW.paid_at, NEW.paid_by) IS DISTINCT FROM
        (OLD.services, OLD.total_cents, OLD.currency, OLD.pay_method, OLD.supplier_id, OLD.supplier_ref, OLD.booked_cents,
            OLD.booked_currency, OLD.booked_services, OLD.insured, OLD.differs, OLD.paid_at, OLD.paid_by) THEN
        refused := 'its price, payment or name at the supplier changes without an event';
    ELSIF NEW.receipt <> OLD.receipt AND NEW.version = OLD.version AND NOT (NEW.receipt = '' AND NEW.erased_at IS NOT NULL) THEN
        refused := 'its receipt changes without an event';
    ELSIF NEW.erased_at IS DISTINCT FROM OLD.erased_at AND NOT (OLD.erased_at IS NULL AND
        (NEW.first_name, NEW.last_name, NEW.email, NEW.phone, NEW.plate) = ('', '', '', '', '')) THEN
        refused := 'its traveller is not forgotten';
    ELSIF (NEW.first_name, NEW.last_name, NEW.email, NEW.phone, NEW.country, NEW.make, NEW.model, NEW.color, NEW.outbound,
            NEW.return_number, NEW.agency_ref) IS DISTINCT FROM
        (OLD.first_name, OLD.last_name, OLD.email, OLD.phone, OLD.country, OLD.make, OLD.model, OLD.color, OLD.outbound,
            OLD.return_number, OLD.agency_ref) AND
        (NEW.erased_at IS NULL OR (NEW.first_name, NEW.last_name, NEW.email, NEW.phone, NEW.country, NEW.make, NEW.model, NEW.color,
            NEW.outbound, NEW.return_number, NEW.agency_ref) <> ('', '', '', '', '', '', '', '', '', '', '')) THEN
        refused := 'its traveller is another';
    END IF;
    IF refused <> '' THEN
        RAISE EXCEPTION 'booking %: %', NEW.ref, refused USING ERRCODE = 'check_violation', CONSTRAINT = 'bookings_stay';
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER bookings_stay BEFORE UPDATE ON bookings FOR EACH ROW EXECUTE FUNCTION bookings_stay();

-- The release before names the time; it is that of now as well.
-- +goose StatementBegin
CREATE FUNCTION booking_notes_now() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.at := portal_now();
    NEW.answered_at := NULL;
    RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER booking_notes_now BEFORE INSERT ON booking_notes FOR EACH ROW EXECUTE FUNCTION booking_notes_now();

-- +goose StatementBegin
CREATE FUNCTION statements_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.file_name <> OLD.file_name AND NEW.file_name !~ '^\*\*\*(\.[[:alnum:]]{1,5})?$' OR EXISTS (
        SELECT FROM unnest(NEW.header, OLD.header) AS h(now, before) WHERE h.now IS DISTINCT FROM h.before AND h.now IS DISTINCT FROM '***') THEN
        RAISE EXCEPTION 'statement %: the names of a file are only ever taken away', OLD.handle
            USING ERRCODE = 'check_violation', CONSTRAINT = 'statements_stay';
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER statements_stay BEFORE UPDATE OF file_name, header ON statements FOR EACH ROW EXECUTE FUNCTION statements_stay();

-- +goose Down
DROP TRIGGER statements_stay ON statements;
DROP TRIGGER booking_notes_now ON booking_notes;
DROP TRIGGER bookings_stay ON bookings;
DROP FUNCTION statements_stay, booking_notes_now, bookings_stay;
