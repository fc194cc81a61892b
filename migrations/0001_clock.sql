-- The portal's own clock. Every guard and every sweep compares with
-- portal_now(), so that a demonstration or a test can move time for the whole
-- portal by one row. A portal that talks to a real supplier refuses to start
-- unless the offset is zero.

-- +goose Up
CREATE TABLE portal_clock (
    id           boolean  PRIMARY KEY DEFAULT true CHECK (id),
    clock_offset interval NOT NULL DEFAULT '0'
);

COMMENT ON TABLE portal_clock IS 'One row: how far the portal''s clock is from the real one.';

INSERT INTO portal_clock DEFAULT VALUES;

-- VOLATILE is the truth: clock_timestamp() moves on within a statement, and a
-- guard must read the time after it got its locks. The planner uses no index
-- for a comparison with a volatile function; sweeps therefore write
-- (SELECT portal_now()), which is read once and serves as an index condition.
-- Without its row the function is NULL, and every guard refuses.
-- +goose StatementBegin
CREATE FUNCTION portal_now() RETURNS timestamptz
    LANGUAGE sql VOLATILE PARALLEL SAFE
    RETURN clock_timestamp() + (SELECT clock_offset FROM portal_clock);
-- +goose StatementEnd

COMMENT ON FUNCTION portal_now() IS 'The portal''s time: the real one plus the offset of portal_clock.';
