-- What the supplier says of a period, line by line, and what each line came to
-- when it was compared with the bookings here.

-- +goose Up
CREATE TABLE statements (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    handle      text NOT NULL CONSTRAINT statements_handle UNIQUE,
    environment text NOT NULL CHECK (environment IN ('production', 'sandbox', 'simulator')),
    file_name   text NOT NULL,
    digest      bytea NOT NULL,
    user_id     bigint NOT NULL REFERENCES users,
    at          timestamptz NOT NULL,
    period_from date NOT NULL,
    period_to   date NOT NULL,
    about       text NOT NULL CHECK (about IN ('payments', 'dropoffs', 'returns')),
    header      text[] NOT NULL,
    lines       integer NOT NULL CHECK (lines > 0),
    mapping     jsonb,
    state       text NOT NULL DEFAULT 'uploaded' CHECK (state IN ('uploaded', 'compared')),
    compared_at timestamptz,
    compared_by bigint REFERENCES users,
    erased_at   timestamptz,
    CONSTRAINT statements_period CHECK (period_to >= period_from),
    CONSTRAINT statements_compared CHECK ((state = 'compared') = (compared_at IS NOT NULL) AND (compared_at IS NULL OR mapping IS NOT NULL))
);
CREATE UNIQUE INDEX statements_file ON statements (environment, digest) WHERE erased_at IS NULL;

CREATE TABLE statement_lines (
    statement_id bigint NOT NULL REFERENCES statements,
    number       integer NOT NULL,
    cells        text[] NOT NULL,
    supplier_id  text NOT NULL DEFAULT '',
    supplier_ref text NOT NULL DEFAULT '',
    plate        text NOT NULL DEFAULT '',
    from_wall    timestamp,
    to_wall      timestamp,
    cents        bigint,
    currency     text NOT NULL DEFAULT '',
    class        text NOT NULL DEFAULT '' CHECK (class IN ('', 'agree', 'amount_differs', 'billed_expired', 'billed_cancelled',
        'billed_unpaid', 'proved', 'by_plate', 'ambiguous', 'not_found', 'unreadable', 'duplicate')),
    reason       text NOT NULL DEFAULT '',
    booking_id   bigint REFERENCES bookings,
    candidates   bigint[] NOT NULL DEFAULT '{}',
    acted_at     timestamptz,
    PRIMARY KEY (statement_id, number)
);
CREATE INDEX statement_lines_of_class ON statement_lines (statement_id, class, number);
CREATE INDEX statement_lines_of_booking ON statement_lines (booking_id);
CREATE INDEX statement_lines_of_car ON statement_lines (plate) WHERE plate <> '';

CREATE INDEX bookings_by_car ON bookings (environment, plate) WHERE plate <> '';
CREATE INDEX bookings_by_supplier_ref ON bookings (environment, supplier_ref) WHERE supplier_ref <> '';

COMMENT ON COLUMN statements.period_from IS 'Both days of the period belong to it.';
COMMENT ON COLUMN statement_lines.number IS 'The line of the file; its header is line 1.';
COMMENT ON COLUMN statement_lines.candidates IS 'Bookings among which the line does not choose.';
COMMENT ON COLUMN statement_lines.acted_at IS 'When the line confirmed a booking or opened a case: comparing again leaves it alone.';

-- +goose Down
DROP TABLE statement_lines, statements;
DROP INDEX bookings_by_car, bookings_by_supplier_ref;
