-- What customer service does about what nobody knows: who holds a case, what
-- was found out and how. The texts stand in a table of their own, which can be
-- erased; events keep codes only.

-- +goose Up
ALTER TABLE cases
    ADD COLUMN holder_id   bigint REFERENCES users,
    ADD COLUMN taken_at    timestamptz,
    ADD COLUMN resolved_by bigint REFERENCES users,
    ADD COLUMN finding     text NOT NULL DEFAULT '';
CREATE INDEX cases_due ON cases (due, id) WHERE resolved_at IS NULL;

CREATE TABLE booking_notes (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    booking_id  bigint NOT NULL REFERENCES bookings,
    kind        text NOT NULL CHECK (kind IN ('note', 'evidence', 'proposal')),
    finding     text NOT NULL DEFAULT '' CHECK (finding IN ('', 'paid', 'not_paid', 'cancelled', 'not_cancelled')),
    channel     text NOT NULL DEFAULT '',
    person      text NOT NULL DEFAULT '',
    reference   text NOT NULL DEFAULT '',
    body        text NOT NULL,
    supplier_id text NOT NULL DEFAULT '',
    actor_id    bigint NOT NULL REFERENCES users,
    at          timestamptz NOT NULL,
    answered_at timestamptz
);
CREATE INDEX booking_notes_of_booking ON booking_notes (booking_id, id);
CREATE UNIQUE INDEX booking_notes_one_proposal ON booking_notes (booking_id)
    WHERE kind = 'proposal' AND answered_at IS NULL;

-- +goose Down
DROP TABLE booking_notes;
ALTER TABLE cases DROP COLUMN holder_id, DROP COLUMN taken_at, DROP COLUMN resolved_by, DROP COLUMN finding;
DROP INDEX IF EXISTS cases_due;
