-- Second factors, and how sure the portal is of who sits at a session.

-- +goose Up
CREATE TABLE second_factors (
    user_id      bigint PRIMARY KEY REFERENCES users,
    secret       bytea,
    candidate    bytea,
    codes        bytea,
    last_step    bigint NOT NULL DEFAULT 0,
    confirmed_at timestamptz,
    CONSTRAINT second_factors_confirmed CHECK ((secret IS NULL) = (confirmed_at IS NULL))
);

COMMENT ON TABLE second_factors IS 'Applications that show codes (RFC 6238). What is sealed opens with GUICHET_SECRET_KEY only.';
COMMENT ON COLUMN second_factors.secret IS 'Sealed. Null until a first code has shown that the application has it.';
COMMENT ON COLUMN second_factors.candidate IS 'Sealed: the secret of an application that is being set up.';
COMMENT ON COLUMN second_factors.codes IS 'Sealed: new recovery codes, until the person says that they are kept.';
COMMENT ON COLUMN second_factors.last_step IS 'The step of 30 seconds whose code was last taken: a code works once.';

CREATE TABLE recovery_codes (
    user_id bigint NOT NULL REFERENCES users,
    hash    bytea NOT NULL,
    used_at timestamptz,
    PRIMARY KEY (user_id, hash)
);

COMMENT ON COLUMN recovery_codes.hash IS 'SHA-256 of 120 random bits.';

ALTER TABLE signed_in ADD COLUMN verified_at timestamptz;
ALTER TABLE signed_in ADD COLUMN sure_at timestamptz NOT NULL DEFAULT portal_now();

COMMENT ON COLUMN signed_in.verified_at IS 'When the second factor was shown; null when only the password was.';
COMMENT ON COLUMN signed_in.sure_at IS 'When the person last showed a password or a code.';

-- +goose Down
ALTER TABLE signed_in DROP COLUMN sure_at;
ALTER TABLE signed_in DROP COLUMN verified_at;
DROP TABLE recovery_codes, second_factors;
