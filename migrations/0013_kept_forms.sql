-- What somebody had typed when a session ended, until that person is back.

-- +goose Up
CREATE TABLE kept_forms (
    user_id    bigint PRIMARY KEY REFERENCES users,
    form       bytea NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX kept_forms_expires_at ON kept_forms (expires_at);

COMMENT ON COLUMN kept_forms.form IS 'Sealed: address and fields. Passwords, codes and keys are not among them.';

-- +goose Down
DROP TABLE kept_forms;
