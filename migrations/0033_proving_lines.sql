-- What the supplier's lines prove is the net of all lines of an id, over all
-- statements: lines say which document they belong to, of which day they are,
-- and how the supplier says that it stands. A statement is evidence once all its
-- lines are read.

-- +goose Up
ALTER TABLE statement_lines
    ADD COLUMN document  text NOT NULL DEFAULT '',
    ADD COLUMN line_date date,
    ADD COLUMN status    text NOT NULL DEFAULT '',
    DROP CONSTRAINT statement_lines_class_check,
    ADD CONSTRAINT statement_lines_class CHECK (class ~ '^[a-z_]*$');
ALTER TABLE statements ADD COLUMN read_at timestamptz;
UPDATE statements SET read_at = compared_at;

CREATE INDEX statement_lines_of_id ON statement_lines (supplier_id) WHERE supplier_id <> '';
CREATE INDEX statement_lines_of_ref ON statement_lines (supplier_ref) WHERE supplier_id = '' AND supplier_ref <> '';
CREATE INDEX statement_lines_waiting ON statement_lines (booking_id) WHERE reason = 'unread' AND acted_at IS NULL;

COMMENT ON COLUMN statement_lines.status IS 'How it stands, in the supplier''s word; empty when the file has no such column.';
COMMENT ON COLUMN statements.read_at IS 'When every line was read with the columns of the mapping; null while that is not so.';

-- +goose Down
ALTER TABLE statements DROP COLUMN read_at;
DROP INDEX statement_lines_of_id, statement_lines_of_ref, statement_lines_waiting;
ALTER TABLE statement_lines DROP COLUMN document, DROP COLUMN line_date, DROP COLUMN status,
    DROP CONSTRAINT statement_lines_class,
    ADD CONSTRAINT statement_lines_class_check CHECK (class IN ('', 'agree', 'amount_differs', 'billed_expired', 'billed_cancelled',
        'billed_unpaid', 'proved', 'by_plate', 'ambiguous', 'not_found', 'unreadable', 'duplicate')) NOT VALID;
