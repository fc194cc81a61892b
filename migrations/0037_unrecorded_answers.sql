-- An answer of the supplier's that cannot be recorded with its call is kept here:
-- the database refuses it, or does not know the call, as after a restore from a
-- backup. It is never lost, whatever becomes of the booking meanwhile.

-- +goose Up
CREATE TABLE unrecorded_answers (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    environment  text NOT NULL CHECK (environment IN ('production', 'sandbox', 'simulator')),
    correlation  text NOT NULL CONSTRAINT unrecorded_answers_call UNIQUE,
    booking_id   bigint REFERENCES bookings,
    booking_ref  text NOT NULL,
    supplier_id  text NOT NULL DEFAULT '',
    operation    text NOT NULL CHECK (operation IN ('create', 'pay', 'cancel')),
    outcome      text NOT NULL CHECK (outcome IN ('ok', 'refused', 'not_sent', 'unknown')),
    actor_id     bigint,
    key_hint     text NOT NULL DEFAULT '',
    http_status  integer NOT NULL DEFAULT 0,
    error_code   text NOT NULL DEFAULT '',
    message      text NOT NULL DEFAULT '',
    errors       text[] NOT NULL DEFAULT '{}',
    request      text NOT NULL DEFAULT '',
    response     text NOT NULL DEFAULT '',
    at           timestamptz NOT NULL DEFAULT portal_now(),
    settled_at   timestamptz,
    settled_by   bigint REFERENCES users,
    settled_text text NOT NULL DEFAULT '',
    CONSTRAINT unrecorded_answers_settled CHECK ((settled_at IS NULL) = (settled_by IS NULL))
);
CREATE INDEX unrecorded_answers_of_booking ON unrecorded_answers (booking_id) WHERE booking_id IS NOT NULL;
CREATE INDEX unrecorded_answers_waiting ON unrecorded_answers (at) WHERE booking_id IS NULL AND settled_at IS NULL;

COMMENT ON COLUMN unrecorded_answers.booking_id IS 'Null: this database does not know the call, and a person settles the row. Otherwise the booking''s case stands for it.';
COMMENT ON COLUMN unrecorded_answers.booking_ref IS 'The booking''s reference, as the process knew it that made the call.';
COMMENT ON COLUMN unrecorded_answers.actor_id IS 'Who asked for the call; no foreign key, since a restored database may not know the person.';

-- +goose Down
DROP TABLE unrecorded_answers;
