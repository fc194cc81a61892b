-- The agency's logo on what the customer keeps.

-- +goose Up
ALTER TABLE agencies ADD COLUMN logo bytea;
COMMENT ON COLUMN agencies.logo IS 'PNG, drawn anew from what was uploaded; null without one.';

-- +goose Down
ALTER TABLE agencies DROP COLUMN logo;
