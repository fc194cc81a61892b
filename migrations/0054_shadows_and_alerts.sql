-- Somebody who is invited under an address that another agency's person has: the list
-- of people must not tell. And links in mails about a change, by which its owner ends
-- all sessions.

-- +goose Up
ALTER TABLE users ADD COLUMN invited_as text,
    ADD CONSTRAINT users_shadow UNIQUE (agency_id, invited_as);

COMMENT ON COLUMN users.invited_as IS 'The address that was invited and that somebody else has. Such a person is only seen by who has invited it, gets no mail and never signs in: its email is no address.';

CREATE TABLE alert_links (
    hash       bytea PRIMARY KEY,
    user_id    bigint NOT NULL REFERENCES users,
    change     text NOT NULL,
    changed_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX alert_links_expires_at ON alert_links (expires_at);

COMMENT ON TABLE alert_links IS 'Links in mails about a change: they only end sessions. The hash is SHA-256 of 128 random bits.';
COMMENT ON COLUMN alert_links.change IS 'What was changed, as the page behind the link says it.';

-- +goose Down
DROP TABLE alert_links;
ALTER TABLE users DROP CONSTRAINT users_shadow, DROP COLUMN invited_as;
