-- When the traveller's data of a booking were erased.

-- +goose Up
ALTER TABLE bookings ADD COLUMN erased_at timestamptz;
CREATE INDEX bookings_to_erase ON bookings (to_at) WHERE erased_at IS NULL;
CREATE INDEX bookings_by_email ON bookings (lower(email)) WHERE email <> '';

COMMENT ON COLUMN bookings.erased_at IS 'When name, address, phone, car, travel numbers and references were blanked; null while they stand.';

-- +goose Down
DROP INDEX bookings_by_email;
ALTER TABLE bookings DROP COLUMN erased_at;
