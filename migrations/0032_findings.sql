-- What somebody found out about a booking is a row of its own, which nothing
-- changes. What was sent and answered is never written again: until now a
-- finding was written into the calls, as if the supplier had answered it. Those
-- calls become unknown again, and payments are again those of whoever declared
-- them.

-- +goose Up
CREATE TABLE findings (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    booking_id     bigint NOT NULL REFERENCES bookings,
    event_seq      integer NOT NULL,
    act            text NOT NULL CHECK (act IN ('found', 'noted', 'refused', 'withdrawn')),
    operation      text NOT NULL CHECK (operation IN ('create', 'pay', 'cancel')),
    finding        text NOT NULL CHECK (finding ~ '^[a-z_]+$'),
    attempt_id     bigint REFERENCES attempts,
    source         text NOT NULL CHECK (source IN ('person', 'statement', 'restore')),
    channel        text NOT NULL DEFAULT '',
    supplier_id    text NOT NULL DEFAULT '',
    statement_id   bigint,
    line           integer,
    note_id        bigint REFERENCES booking_notes,
    actor_id       bigint REFERENCES users,
    actor_role     text NOT NULL DEFAULT '',
    second_id      bigint REFERENCES users,
    second_note_id bigint REFERENCES booking_notes,
    at             timestamptz NOT NULL,
    CONSTRAINT findings_event FOREIGN KEY (booking_id, event_seq) REFERENCES booking_events,
    CONSTRAINT findings_line FOREIGN KEY (statement_id, line) REFERENCES statement_lines
);
CREATE INDEX findings_of_booking ON findings (booking_id, id);
CREATE UNIQUE INDEX findings_one_per_event ON findings (booking_id, event_seq) WHERE act = 'found';

COMMENT ON TABLE findings IS 'Append-only. Free text stands in booking_notes, where it can be erased.';
COMMENT ON COLUMN findings.act IS 'found: it moved the booking by the event; noted: it answered a case and moved nothing; refused, withdrawn: a proposal that came to nothing.';
COMMENT ON COLUMN findings.event_seq IS 'The event that it caused, or the last one before it.';
COMMENT ON COLUMN findings.attempt_id IS 'The last call that it speaks about: an unknown outcome of this and of earlier ones is settled by it.';
COMMENT ON COLUMN findings.second_id IS 'The person who agreed, refused or withdrew.';

ALTER TABLE booking_notes DROP CONSTRAINT booking_notes_finding_check,
    ADD CONSTRAINT booking_notes_finding CHECK (finding ~ '^[a-z_]*$');

INSERT INTO findings (booking_id, event_seq, act, operation, finding, attempt_id, source, channel, supplier_id,
    statement_id, line, note_id, actor_id, actor_role, second_id, second_note_id, at)
SELECT e.booking_id, e.seq, 'found', o.operation, e.reason,
    (SELECT max(a.id) FROM booking_events c JOIN attempts a ON a.id = c.attempt_id
     WHERE c.booking_id = e.booking_id AND c.seq < e.seq AND a.operation = o.operation),
    CASE WHEN l.number IS NULL THEN 'person' ELSE 'statement' END,
    coalesce(p.channel, n.channel, ''), coalesce(nullif(n.supplier_id, ''), p.supplier_id, ''), l.statement_id, l.number,
    coalesce(p.id, n.id), coalesce(p.actor_id, e.actor_id), e.actor_role,
    CASE WHEN p.id IS NOT NULL THEN e.actor_id END, CASE WHEN p.id IS NOT NULL THEN n.id END, e.at
FROM booking_events e
CROSS JOIN LATERAL (SELECT CASE WHEN e.event IN ('late_cancelled', 'cancel_disprove', 'reverse_cancel') OR e.before = 'cancelled'
    THEN 'cancel' ELSE 'pay' END AS operation) o
LEFT JOIN LATERAL (
    SELECT * FROM booking_notes n WHERE n.booking_id = e.booking_id AND n.kind = 'evidence' AND n.finding = e.reason
        AND n.actor_id = e.actor_id AND n.at BETWEEN e.at AND e.at + interval '1 minute' ORDER BY n.id LIMIT 1) n ON true
LEFT JOIN LATERAL (
    SELECT * FROM booking_notes n WHERE n.booking_id = e.booking_id AND n.kind = 'proposal' AND n.finding = e.reason
        AND e.event IN ('reverse_paid', 'reverse_cancel')
        AND n.answered_at BETWEEN e.at AND e.at + interval '1 minute' ORDER BY n.id LIMIT 1) p ON true
LEFT JOIN LATERAL (
    SELECT l.statement_id, l.number FROM statement_lines l WHERE l.booking_id = e.booking_id AND l.class = 'proved'
        AND n.channel = 'statement' AND l.acted_at BETWEEN e.at - interval '1 minute' AND e.at + interval '1 minute' LIMIT 1) l ON true
WHERE e.event IN ('late_paid', 'pay_disproved', 'late_cancelled', 'cancel_disprove', 'reverse_paid', 'reverse_cancel')
    AND e.actor_role NOT IN ('supplier', 'job') AND e.reason ~ '^[a-z_]+$'
ORDER BY e.at, e.booking_id, e.seq;

-- A call that was called unknown, of which nothing was heard since, and which is
-- no longer unknown, was settled by the finding.
ALTER TABLE attempts DISABLE TRIGGER attempts_guard;
UPDATE attempts a SET outcome = 'unknown', ended_at = lost.at
FROM booking_events lost
WHERE a.outcome IN ('ok', 'refused') AND lost.booking_id = a.booking_id AND lost.attempt_id = a.id
    AND lost.event IN ('pay_lost', 'cancel_lost')
    AND NOT EXISTS (SELECT FROM booking_events s WHERE s.booking_id = a.booking_id AND s.attempt_id = a.id AND s.seq > lost.seq)
    AND EXISTS (
        SELECT FROM findings f JOIN booking_events e ON e.booking_id = f.booking_id AND e.seq = f.event_seq
        WHERE f.booking_id = a.booking_id AND f.operation = a.operation AND f.attempt_id >= a.id AND f.event_seq > lost.seq
            AND e.event IN ('late_paid', 'pay_disproved', 'late_cancelled', 'cancel_disprove')
            AND a.outcome = CASE WHEN f.finding IN ('paid', 'cancelled') THEN 'ok' ELSE 'refused' END);
ALTER TABLE attempts ENABLE TRIGGER attempts_guard;

-- paid_at was the moment of the finding, and paid_by whoever recorded it.
UPDATE bookings b SET paid_at = coalesce(d.started_at, b.paid_at), paid_by = coalesce(d.actor_name, '')
FROM booking_events e LEFT JOIN LATERAL (
    SELECT a.started_at, a.actor_name FROM booking_events c JOIN attempts a ON a.id = c.attempt_id
    WHERE c.booking_id = e.booking_id AND c.seq < e.seq AND a.operation = 'pay' ORDER BY a.id DESC LIMIT 1) d ON true
WHERE e.booking_id = b.id AND e.event IN ('late_paid', 'reverse_paid') AND e.actor_role <> 'job' AND b.paid_at = e.at;

-- +goose StatementBegin
CREATE FUNCTION findings_are_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'findings are never changed or removed'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'findings_are_kept';
END $$;
-- +goose StatementEnd
CREATE TRIGGER findings_are_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON findings
    FOR EACH STATEMENT EXECUTE FUNCTION findings_are_kept();

-- +goose StatementBegin
CREATE FUNCTION attempts_immutable() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF (NEW.id, NEW.booking_id, NEW.operation, NEW.correlation, NEW.started_at, NEW.actor_name)
            = (OLD.id, OLD.booking_id, OLD.operation, OLD.correlation, OLD.started_at, OLD.actor_name)
            AND NEW.actor_id IS NOT DISTINCT FROM OLD.actor_id
            AND (OLD.outcome = 'open' -- its own answer
                OR OLD.outcome = 'unknown' AND NEW.outcome IN ('ok', 'refused') -- its late answer
                -- the traveller is forgotten
                OR (NEW.outcome, NEW.key_hint, NEW.http_status, NEW.error_code) = (OLD.outcome, OLD.key_hint, OLD.http_status, OLD.error_code)
                AND NEW.ended_at IS NOT DISTINCT FROM OLD.ended_at
                AND NEW.request IN (OLD.request, '') AND NEW.response IN (OLD.response, '')
                AND NEW.message IN (OLD.message, '') AND NEW.errors IN (OLD.errors, '{}'::text[]))
        THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'what was sent and answered is never written again'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'attempts_immutable';
END $$;
-- +goose StatementEnd
CREATE TRIGGER attempts_immutable BEFORE UPDATE ON attempts FOR EACH ROW EXECUTE FUNCTION attempts_immutable();
CREATE TRIGGER attempts_are_kept BEFORE DELETE OR TRUNCATE ON attempts FOR EACH STATEMENT EXECUTE FUNCTION attempts_immutable();

-- What a person wrote is only ever answered, or forgotten.
-- +goose StatementBegin
CREATE FUNCTION booking_notes_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF (NEW.id, NEW.booking_id, NEW.kind, NEW.finding, NEW.channel, NEW.supplier_id, NEW.actor_id, NEW.at)
            = (OLD.id, OLD.booking_id, OLD.kind, OLD.finding, OLD.channel, OLD.supplier_id, OLD.actor_id, OLD.at)
            AND (OLD.answered_at IS NULL OR NEW.answered_at = OLD.answered_at)
            AND NEW.person IN (OLD.person, '') AND NEW.reference IN (OLD.reference, '') AND NEW.body IN (OLD.body, '')
        THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'what a person wrote is never changed or removed'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'booking_notes_guard';
END $$;
-- +goose StatementEnd
CREATE TRIGGER booking_notes_guard BEFORE UPDATE ON booking_notes FOR EACH ROW EXECUTE FUNCTION booking_notes_guard();
CREATE TRIGGER booking_notes_stay BEFORE DELETE OR TRUNCATE ON booking_notes FOR EACH STATEMENT EXECUTE FUNCTION booking_notes_guard();

-- +goose Down
DROP TRIGGER booking_notes_guard ON booking_notes;
DROP TRIGGER booking_notes_stay ON booking_notes;
DROP TRIGGER attempts_immutable ON attempts;
DROP TRIGGER attempts_are_kept ON attempts;
ALTER TABLE booking_notes DROP CONSTRAINT booking_notes_finding,
    ADD CONSTRAINT booking_notes_finding_check CHECK (finding IN ('', 'paid', 'not_paid', 'cancelled', 'not_cancelled')) NOT VALID;
DROP TABLE findings;
DROP FUNCTION booking_notes_guard, attempts_immutable, findings_are_kept;
