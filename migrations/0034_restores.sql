-- By what a portal notices that its database is no longer the one that it was:
-- a row that holds the number of the transaction that wrote it, which a restored
-- dump cannot keep, and the history of what was noticed. The row also names the
-- portal, so that what a node remembers outside the database finds it again.

-- +goose Up
CREATE TABLE portal_witness (
    id     boolean PRIMARY KEY DEFAULT true CHECK (id),
    portal text NOT NULL DEFAULT gen_random_uuid()::text,
    xid    xid8 NOT NULL DEFAULT pg_current_xact_id()
);
INSERT INTO portal_witness DEFAULT VALUES;

COMMENT ON TABLE portal_witness IS 'One row, never updated: its xmin is the xid that it holds, unless a dump was restored.';

CREATE TABLE restores (
    id           text PRIMARY KEY,
    at           timestamptz NOT NULL,
    signs        text[] NOT NULL,
    restored_to  timestamptz,
    said_by      text NOT NULL DEFAULT '',
    system_id    bigint NOT NULL,
    timeline     integer NOT NULL,
    database_oid bigint NOT NULL,
    bookings_oid bigint NOT NULL,
    bookings     integer NOT NULL,
    drafts       integer NOT NULL,
    sessions     integer NOT NULL,
    mails        integer NOT NULL,
    xid          xid8 NOT NULL DEFAULT pg_current_xact_id()
);
CREATE INDEX restores_newest ON restores (at DESC);

COMMENT ON TABLE restores IS 'Each time that the database turned out to be a restored one, or somebody said so.';
COMMENT ON COLUMN restores.signs IS 'What differed from what a node remembered: system, timeline, database, table, row, claim; or said.';
COMMENT ON COLUMN restores.restored_to IS 'The moment whose data were restored, when somebody said so.';
COMMENT ON COLUMN restores.said_by IS 'Who said it; empty when a node noticed it.';
COMMENT ON COLUMN restores.bookings IS 'How many were marked as uncompared.';
COMMENT ON COLUMN restores.xid IS 'The transaction that wrote the row, as in portal_witness.';

-- +goose StatementBegin
CREATE FUNCTION restores_are_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what was noticed of a restore is never changed or removed'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'restores_kept';
END $$;
-- +goose StatementEnd
CREATE TRIGGER restores_are_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON restores
    FOR EACH STATEMENT EXECUTE FUNCTION restores_are_kept();

-- +goose Down
DROP TABLE restores, portal_witness;
DROP FUNCTION restores_are_kept;
