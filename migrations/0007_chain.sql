-- Each event carries the hash of the one before, so that a row that was
-- changed, removed or slipped in by hand is found. The portal computes the
-- hashes; this function only seals the rows that are here already, in the same
-- way: SHA-256 of the previous hash and of every field, each as its length in
-- bytes, a colon and its text.

-- +goose Up
ALTER TABLE booking_events ADD COLUMN hash bytea;

-- +goose StatementBegin
DO $$
DECLARE
    e record;
    sealed bytea := '';
    said text;
    field text;
BEGIN
    ALTER TABLE booking_events DISABLE TRIGGER events_are_kept;
    FOR e IN SELECT * FROM booking_events ORDER BY booking_id, seq LOOP
        IF e.seq = 1 THEN
            sealed := '';
        END IF;
        said := '';
        FOREACH field IN ARRAY ARRAY[
            encode(sealed, 'hex'), e.booking_id::text, e.seq::text, e.event, e.before, e.after, coalesce(e.actor_id, 0)::text,
            e.actor_name, e.actor_role, e.reason, coalesce(e.attempt_id, 0)::text,
            (extract(epoch FROM e.at) * 1000000)::bigint::text]
        LOOP
            said := said || octet_length(field)::text || ':' || field;
        END LOOP;
        sealed := sha256(convert_to(said, 'UTF8'));
        UPDATE booking_events SET hash = sealed WHERE booking_id = e.booking_id AND seq = e.seq;
    END LOOP;
    ALTER TABLE booking_events ENABLE TRIGGER events_are_kept;
END $$;
-- +goose StatementEnd

-- +goose Down
ALTER TABLE booking_events DROP COLUMN hash;
