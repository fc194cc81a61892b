-- Which languages there are is a table of the portal, not of the database, which
-- only refuses what can be no language.

-- +goose Up
ALTER TABLE users
    DROP CONSTRAINT users_language_check,
    ADD CONSTRAINT users_language CHECK (language ~ '^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$'),
    ALTER COLUMN language DROP DEFAULT;

-- +goose Down
ALTER TABLE users
    DROP CONSTRAINT users_language,
    ADD CONSTRAINT users_language_check CHECK (language IN ('fr', 'en')) NOT VALID,
    ALTER COLUMN language SET DEFAULT 'fr';
