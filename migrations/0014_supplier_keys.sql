-- The supplier's keys: two may be live at a time, so that a renewed one takes
-- over without a gap.

-- +goose Up
CREATE TABLE supplier_keys (
    id           text PRIMARY KEY,
    environment  text NOT NULL,
    slot         smallint NOT NULL CHECK (slot IN (1, 2)),
    sealed       bytea,
    tail         text NOT NULL,
    digest       text NOT NULL,
    active       boolean NOT NULL DEFAULT false,
    added_by     bigint NOT NULL REFERENCES users,
    added_at     timestamptz NOT NULL DEFAULT portal_now(),
    tested_at    timestamptz,
    test_passed  boolean NOT NULL DEFAULT false,
    activated_at timestamptz,
    refused_at   timestamptz,
    retired_at   timestamptz,
    CONSTRAINT supplier_keys_retired CHECK ((sealed IS NULL) = (retired_at IS NOT NULL)),
    CONSTRAINT supplier_keys_live CHECK (NOT active OR sealed IS NOT NULL)
);
CREATE UNIQUE INDEX supplier_keys_slot ON supplier_keys (environment, slot) WHERE sealed IS NOT NULL;
CREATE UNIQUE INDEX supplier_keys_active ON supplier_keys (environment) WHERE active;

COMMENT ON COLUMN supplier_keys.sealed IS 'Opens with GUICHET_SECRET_KEY, in this row only. Null once retired.';
COMMENT ON COLUMN supplier_keys.tail IS 'The last four characters, to tell keys apart.';
COMMENT ON COLUMN supplier_keys.digest IS 'The beginning of the SHA-256, to tell keys apart.';
COMMENT ON COLUMN supplier_keys.refused_at IS 'When the supplier last answered 401 to it; null after a good test.';

-- +goose Down
DROP TABLE supplier_keys;
