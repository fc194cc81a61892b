-- Whoever agrees to a takeover agrees to the proposal that the page showed: each
-- new one has a version of its own.

-- +goose Up
ALTER TABLE unknown_bookings ADD COLUMN version integer NOT NULL DEFAULT 1;

-- +goose Down
ALTER TABLE unknown_bookings DROP COLUMN version;
