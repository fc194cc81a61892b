-- The name of a person in addresses of the portal: random, since a database id
-- says how many there are.

-- +goose Up
ALTER TABLE users ADD COLUMN handle text NOT NULL DEFAULT replace(gen_random_uuid()::text, '-', '');
ALTER TABLE users ADD CONSTRAINT users_handle UNIQUE (handle);

-- +goose Down
ALTER TABLE users DROP COLUMN handle;
