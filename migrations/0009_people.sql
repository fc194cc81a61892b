-- Which sessions are whose, and the links by which people choose a password.

-- +goose Up
-- The session library keeps what a browser's token opens; a person is signed in
-- only while a row stands here. Ending a session is deleting its row: no
-- answer that is still being written can bring it back.
CREATE TABLE signed_in (
    token    text PRIMARY KEY,
    user_id  bigint NOT NULL REFERENCES users,
    device   text NOT NULL,
    begun_at timestamptz NOT NULL,
    used_at  timestamptz NOT NULL
);
CREATE INDEX signed_in_user ON signed_in (user_id);

COMMENT ON COLUMN signed_in.token IS 'SHA-256 of what the browser holds.';
COMMENT ON COLUMN signed_in.device IS 'What the browser calls itself, shortened.';

CREATE TABLE tickets (
    hash       bytea PRIMARY KEY,
    user_id    bigint NOT NULL REFERENCES users,
    kind       text NOT NULL CHECK (kind IN ('invitation', 'reset')),
    expires_at timestamptz NOT NULL,
    used_at    timestamptz,
    created_at timestamptz NOT NULL DEFAULT portal_now()
);
CREATE INDEX tickets_user ON tickets (user_id);

COMMENT ON TABLE tickets IS 'Links to choose a password: an invitation, or a reset. The hash is SHA-256 of 128 random bits.';

-- +goose Down
DROP TABLE tickets, signed_in;
