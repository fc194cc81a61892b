-- Passkeys (WebAuthn), as second factors beside the application that shows codes.

-- +goose Up
CREATE TABLE passkeys (
    handle        text PRIMARY KEY DEFAULT replace(gen_random_uuid()::text, '-', ''),
    user_id       bigint NOT NULL REFERENCES users,
    credential_id bytea NOT NULL CONSTRAINT passkeys_credential UNIQUE,
    credential    jsonb NOT NULL,
    name          text NOT NULL,
    created_at    timestamptz NOT NULL DEFAULT portal_now(),
    used_at       timestamptz
);
CREATE INDEX passkeys_of_user ON passkeys (user_id);

COMMENT ON COLUMN passkeys.handle IS 'Names it in addresses.';
COMMENT ON COLUMN passkeys.credential IS 'Public key, counter and flags. Nothing in it is secret.';

CREATE TABLE passkey_challenges (
    session    text PRIMARY KEY REFERENCES signed_in (token) ON DELETE CASCADE ON UPDATE CASCADE,
    ceremony   text NOT NULL CHECK (ceremony IN ('add', 'check')),
    challenge  jsonb NOT NULL,
    expires_at timestamptz NOT NULL
);

COMMENT ON TABLE passkey_challenges IS 'What a session was asked to sign. It is taken out when it is answered, rightly or wrongly.';

-- +goose Down
DROP TABLE passkey_challenges, passkeys;
