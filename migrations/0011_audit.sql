-- Who did what to whom besides sales, whose history stands with the booking:
-- signing in, people, passwords, settings. It holds codes and ids only.

-- +goose Up
CREATE TABLE audit (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at         timestamptz NOT NULL DEFAULT portal_now(),
    actor_id   bigint REFERENCES users,
    subject_id bigint REFERENCES users,
    action     text NOT NULL,
    before     text NOT NULL,
    after      text NOT NULL,
    network    text NOT NULL
);
CREATE INDEX audit_action ON audit (action, id);
CREATE INDEX audit_actor ON audit (actor_id, id);
CREATE INDEX audit_subject ON audit (subject_id, id);

COMMENT ON COLUMN audit.actor_id IS 'Who did it; null for somebody who is not signed in, and for the portal itself.';
COMMENT ON COLUMN audit.subject_id IS 'To whom it was done; null when to nobody.';
COMMENT ON COLUMN audit.before IS 'What was changed, as a code such as a role; empty when nothing was.';
COMMENT ON COLUMN audit.network IS 'Where the request came from.';

-- +goose StatementBegin
CREATE FUNCTION audit_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is never changed or removed'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'audit_kept';
END $$;
-- +goose StatementEnd
CREATE TRIGGER audit_is_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION audit_is_kept();

-- +goose Down
DROP TABLE audit;
DROP FUNCTION audit_is_kept;
