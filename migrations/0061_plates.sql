-- Plates are stored in one form, which is compared and searched: letters of Greek and
-- Cyrillic that nobody tells from Latin ones are Latin, forms of typesetters plain
-- (contact.Plate). What the release before writes meanwhile is brought into it here;
-- it writes capitals without separators. The separators that were typed stand beside.

-- +goose Up
-- +goose StatementBegin
CREATE FUNCTION plate_folded() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.plate := translate(normalize(NEW.plate, NFKC),
        'ΑΒΕΖΗΙΚΜΝΟΡΤΥΧАВЕЅІЈКМНОРСТУХҮԚԜ٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹',
        'ABEZHIKMNOPTYXABESIJKMHOPCTYXYQW01234567890123456789');
    RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER bookings_plate_folded BEFORE INSERT OR UPDATE OF plate ON bookings
    FOR EACH ROW WHEN (NEW.plate ~ '[^A-Z0-9]') EXECUTE FUNCTION plate_folded();
CREATE TRIGGER customers_plate_folded BEFORE INSERT OR UPDATE OF plate ON customers
    FOR EACH ROW WHEN (NEW.plate ~ '[^A-Z0-9]') EXECUTE FUNCTION plate_folded();
CREATE TRIGGER statement_lines_plate_folded BEFORE INSERT OR UPDATE OF plate ON statement_lines
    FOR EACH ROW WHEN (NEW.plate ~ '[^A-Z0-9]') EXECUTE FUNCTION plate_folded();
CREATE TRIGGER unknown_bookings_plate_folded BEFORE INSERT OR UPDATE OF plate ON unknown_bookings
    FOR EACH ROW WHEN (NEW.plate ~ '[^A-Z0-9]') EXECUTE FUNCTION plate_folded();

ALTER TABLE bookings ADD COLUMN plate_written text NOT NULL DEFAULT '';
ALTER TABLE customers ADD COLUMN plate_written text NOT NULL DEFAULT '';
COMMENT ON COLUMN bookings.plate_written IS 'The plate with the separators that were typed; empty where they say no more.';

-- It is erased with the plate, by the release before as well, which does not know it.
-- +goose StatementBegin
CREATE FUNCTION plate_unwritten() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.plate_written := '';
    RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER bookings_plate_unwritten BEFORE UPDATE OF plate ON bookings
    FOR EACH ROW WHEN (NEW.plate = '') EXECUTE FUNCTION plate_unwritten();

-- +goose Down
DROP TRIGGER bookings_plate_unwritten ON bookings;
DROP TRIGGER unknown_bookings_plate_folded ON unknown_bookings;
DROP TRIGGER statement_lines_plate_folded ON statement_lines;
DROP TRIGGER customers_plate_folded ON customers;
DROP TRIGGER bookings_plate_folded ON bookings;
DROP FUNCTION plate_unwritten, plate_folded;
ALTER TABLE customers DROP COLUMN plate_written;
ALTER TABLE bookings DROP COLUMN plate_written;
