-- What a person takes away (who travelled, a right, a key) a restored backup would
-- give back in silence. Each such act has a random name here and in a log outside
-- the database: a name that is there and not here was lost with a restore. What
-- became of it stands here, too.

-- +goose Up
CREATE TABLE removals (
    id         text PRIMARY KEY,
    kind       text NOT NULL,
    subject    text NOT NULL DEFAULT '',
    at         timestamptz NOT NULL DEFAULT portal_now(),
    restore_id text REFERENCES restores,
    changed    integer NOT NULL DEFAULT 0,
    ending     text NOT NULL DEFAULT '' CHECK (ending IN ('', 'repeated', 'void', 'redone', 'dismissed')),
    ended_by   bigint REFERENCES users,
    ended_at   timestamptz,
    CONSTRAINT removals_lost CHECK (restore_id IS NOT NULL OR ending = ''),
    CONSTRAINT removals_ended CHECK ((ending IN ('redone', 'dismissed')) = (ended_by IS NOT NULL))
);
CREATE INDEX removals_of_restore ON removals (restore_id, at) WHERE restore_id IS NOT NULL;

COMMENT ON COLUMN removals.restore_id IS 'The restore that had undone it; null: it was done here and still is.';
COMMENT ON COLUMN removals.changed IS 'How many rows it changed when it was repeated.';
COMMENT ON COLUMN removals.ending IS 'Empty with a restore: it waits for an admin.';

CREATE TABLE removal_logs (
    restore_id text NOT NULL REFERENCES restores,
    log        text NOT NULL,
    since      timestamptz NOT NULL,
    PRIMARY KEY (restore_id, log)
);
COMMENT ON TABLE removal_logs IS 'Which logs were read after a restore, and since when each is kept: of what is older nothing is known.';

-- +goose Down
DROP TABLE removals, removal_logs;
