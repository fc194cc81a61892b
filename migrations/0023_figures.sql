-- Figures of a period are read from an index alone; how many quotes there were
-- is counted, since drafts are erased after a day.

-- +goose Up
CREATE INDEX bookings_figures ON bookings (created_at) INCLUDE (agency_id, zone_code, state, insured, due_cents, due_currency);

CREATE TABLE quote_counts (
    hour      timestamptz NOT NULL,
    agency_id bigint NOT NULL REFERENCES agencies,
    quoted    integer NOT NULL DEFAULT 0,
    available integer NOT NULL DEFAULT 0,
    completed integer NOT NULL DEFAULT 0,
    PRIMARY KEY (hour, agency_id)
);
COMMENT ON TABLE quote_counts IS 'How far quotes came, by the hour in which they did: asked for, available, customer entered.';

-- Each quote is counted once on each step, however often it is saved. One that
-- tries a booking again is the same sale.
-- +goose StatementBegin
CREATE FUNCTION drafts_count() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO quote_counts AS c (hour, agency_id, quoted, available, completed)
    VALUES (date_trunc('hour', portal_now(), 'UTC'), NEW.agency_id,
        (TG_OP = 'INSERT')::int,
        (TG_OP = 'INSERT' AND (NEW.content->'quote'->>'available')::boolean)::int,
        (NEW.content->>'customer_set')::boolean::int)
    ON CONFLICT (hour, agency_id) DO UPDATE SET quoted = c.quoted + excluded.quoted,
        available = c.available + excluded.available, completed = c.completed + excluded.completed;
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER drafts_asked AFTER INSERT ON drafts FOR EACH ROW WHEN (NEW.retry_of IS NULL) EXECUTE FUNCTION drafts_count();
CREATE TRIGGER drafts_completed AFTER UPDATE ON drafts FOR EACH ROW
    WHEN (NEW.retry_of IS NULL AND NEW.content->>'customer_set' = 'true' AND OLD.content->>'customer_set' <> 'true') EXECUTE FUNCTION drafts_count();

-- +goose Down
DROP TRIGGER drafts_asked ON drafts;
DROP TRIGGER drafts_completed ON drafts;
DROP FUNCTION drafts_count;
DROP TABLE quote_counts;
DROP INDEX bookings_figures;
