-- Every node says once a minute how far its clock is ahead of the database's, so
-- that a wrong one can be told from a wrong database. A queue of jobs that is in
-- use is kept, whatever a node's clock makes of its age.

-- +goose Up
CREATE TABLE nodes (
    name     text PRIMARY KEY,
    build    text NOT NULL,
    ahead    interval NOT NULL,
    began_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    seen_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);

COMMENT ON TABLE nodes IS 'Processes that serve, or did within the last day.';
COMMENT ON COLUMN nodes.ahead IS 'How far the node''s clock is ahead of the database''s; negative: behind.';
COMMENT ON COLUMN nodes.seen_at IS 'By the real clock: that of the portal may be moved.';

-- +goose StatementBegin
CREATE FUNCTION river_queue_in_use() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.updated_at > clock_timestamp() - interval '1 day' THEN
        RETURN NULL; -- the library asks by the clock of its node
    END IF;
    RETURN OLD;
END $$;
-- +goose StatementEnd
CREATE TRIGGER river_queue_in_use BEFORE DELETE ON river_queue FOR EACH ROW EXECUTE FUNCTION river_queue_in_use();

-- +goose Down
DROP TRIGGER river_queue_in_use ON river_queue;
DROP FUNCTION river_queue_in_use;
DROP TABLE nodes;
