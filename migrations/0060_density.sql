-- How dense a person wants pages to be. Who has chosen nothing, or is served by a
-- release that does not know of it, has NULL.

-- +goose Up
ALTER TABLE users ADD COLUMN density text CONSTRAINT users_density CHECK (density IN ('compact', 'comfortable'));

COMMENT ON COLUMN users.density IS 'NULL: what the role is used to.';

-- +goose Down
ALTER TABLE users DROP COLUMN density;
