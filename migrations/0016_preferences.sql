-- What a person likes to begin with, and whether single keys do something.

-- +goose Up
ALTER TABLE users ADD COLUMN default_zone text NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN shortcuts boolean NOT NULL DEFAULT true;

COMMENT ON COLUMN users.default_zone IS 'The code of the zone that new quotes begin with; empty for none.';

-- +goose Down
ALTER TABLE users DROP COLUMN shortcuts;
ALTER TABLE users DROP COLUMN default_zone;
