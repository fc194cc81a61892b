-- How the supplier answers is read from the attempts of the last day. A zone's
-- timezone that an admin has set is told from the supplier's own. A list that
-- waits names the zones that it lacks.

-- +goose Up
CREATE INDEX attempts_started ON attempts (started_at);
CREATE INDEX bookings_unknown ON bookings (state) WHERE state IN ('create_unknown', 'pay_unknown', 'cancel_unknown');
ALTER TABLE zones ADD COLUMN timezone_set boolean NOT NULL DEFAULT false;
ALTER TABLE zone_refreshes ADD COLUMN missing text[] NOT NULL DEFAULT '{}';

COMMENT ON COLUMN zones.timezone_set IS 'An admin has set the timezone, because the supplier names none that exists.';
COMMENT ON COLUMN zone_refreshes.missing IS 'supplier_id of the zones that the waiting list lacks.';

-- +goose Down
ALTER TABLE zone_refreshes DROP COLUMN missing;
ALTER TABLE zones DROP COLUMN timezone_set;
DROP INDEX attempts_started, bookings_unknown;
