-- Nodes on several machines keep a log each of what is taken away. After a restore
-- it is said which of them have not been read, and what in them could not be.

-- +goose Up
ALTER TABLE nodes ADD COLUMN log text NOT NULL DEFAULT '';
ALTER TABLE removal_logs ADD COLUMN read boolean NOT NULL DEFAULT true, ADD COLUMN unread integer NOT NULL DEFAULT 0;

COMMENT ON COLUMN nodes.log IS 'The name of its log of what is taken away; empty when it keeps none.';
COMMENT ON COLUMN removal_logs.read IS 'False: a node that ran when the backup was made keeps it, and nobody has read it since.';
COMMENT ON COLUMN removal_logs.unread IS 'How many of its lines could not be read.';

-- +goose Down
ALTER TABLE nodes DROP COLUMN log;
ALTER TABLE removal_logs DROP COLUMN read, DROP COLUMN unread;
