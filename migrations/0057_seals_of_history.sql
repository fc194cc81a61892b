-- The history under keys that are not in the database: random ones, kept sealed with
-- GUICHET_SECRET_KEY, so that another such key wraps them anew and rewrites nothing.
--
-- Events are chained with an HMAC from now on (chain 2); those from before (chain 1)
-- are sealed once, when no node of the release before runs any more. Entries of the
-- audit log are chained in batches, after their transactions: a chain inside of them
-- would let all sales wait for each other.

-- +goose Up
CREATE TABLE sealed_keys (
    purpose text PRIMARY KEY,
    sealed  bytea NOT NULL,
    made_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

COMMENT ON TABLE sealed_keys IS 'Random keys. Each opens with GUICHET_SECRET_KEY, in its row only.';

CREATE TABLE history_seals (
    kind         text NOT NULL CHECK (kind IN ('audit', 'events')),
    number       bigint NOT NULL,
    after_id     bigint NOT NULL,
    last_id      bigint NOT NULL,
    rows         bigint NOT NULL,
    at           timestamptz NOT NULL,
    clock_offset interval NOT NULL,
    mac          bytea NOT NULL,
    PRIMARY KEY (kind, number)
);

COMMENT ON TABLE history_seals IS 'What stood in the history once, under a key that is not in the database.';
COMMENT ON COLUMN history_seals.kind IS 'audit: entries, each seal over the one before too. events: those of chain 1, by bookings; number 0 says that all are sealed.';
COMMENT ON COLUMN history_seals.last_id IS 'It covers ids above after_id up to this one: of entries, or of bookings.';
COMMENT ON COLUMN history_seals.at IS 'No entry above last_id is older.';
COMMENT ON COLUMN history_seals.clock_offset IS 'How far the portal''s clock was moved then: times compare only where it is the same.';

-- +goose StatementBegin
CREATE FUNCTION history_seals_are_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the seals of the history are never changed or removed'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'history_seals_kept';
END $$;
-- +goose StatementEnd
CREATE TRIGGER history_seals_are_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON history_seals
    FOR EACH STATEMENT EXECUTE FUNCTION history_seals_are_kept();

ALTER TABLE booking_events ADD COLUMN chain smallint NOT NULL DEFAULT 1;
ALTER TABLE nodes ADD COLUMN chain smallint NOT NULL DEFAULT 1;

COMMENT ON COLUMN booking_events.chain IS '1: hash is a SHA-256; 2: an HMAC-SHA-256 under a sealed key.';
COMMENT ON COLUMN nodes.chain IS 'How the node chains events; 1 for a release that does not say.';

-- +goose Down
ALTER TABLE nodes DROP COLUMN chain;
ALTER TABLE booking_events DROP COLUMN chain;
DROP TABLE history_seals, sealed_keys;
DROP FUNCTION history_seals_are_kept;
