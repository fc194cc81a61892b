-- +goose NO TRANSACTION
-- At most one booking of a sale can be paid, or is: an index, not a hope. Until
-- now two could be held and only the second payment was refused.
--
-- A database that has two gets a path: the held one that was tried again, or
-- stands beside a paid one, is dropped by an event of its own, as a late answer
-- would have done had the retry been seen. Nothing is sent, the supplier's hold
-- lapses, and its id stays. When a node of the release before makes another pair
-- between the statements, the index is refused by name (bookings_one_payable_per_sale,
-- "could not create unique index"), this migration is not noted, and running it
-- again repairs and builds. The indexes are built without blocking sales, which a
-- transaction would.

-- +goose Up
-- +goose StatementBegin
DO $$
DECLARE
    b record;
    previous bytea;
    moment timestamptz;
    said text;
    field text;
BEGIN
    FOR b IN
        WITH held AS MATERIALIZED (SELECT id, sale_id FROM bookings WHERE state = 'held')
        SELECT k.id, k.version FROM held h JOIN bookings k ON k.id = h.id AND k.state = 'held'
        WHERE EXISTS (SELECT FROM held o WHERE o.sale_id = h.sale_id AND o.id > h.id)
           OR EXISTS (SELECT FROM bookings o WHERE o.sale_id = h.sale_id
                AND o.state IN ('paying', 'pay_unknown', 'confirmed', 'cancelling', 'cancel_unknown'))
        FOR UPDATE OF k
    LOOP
        SELECT hash INTO previous FROM booking_events WHERE booking_id = b.id AND seq = b.version;
        moment := portal_now();
        said := '';
        FOREACH field IN ARRAY ARRAY[
            encode(coalesce(previous, ''), 'hex'), b.id::text, (b.version + 1)::text, 'drop', 'held', 'dropped', '0',
            'clock', 'job', 'tried_again', '0', (extract(epoch FROM moment) * 1000000)::bigint::text]
        LOOP
            said := said || octet_length(field)::text || ':' || field;
        END LOOP;
        UPDATE bookings SET state = 'dropped', version = version + 1, changed_at = moment WHERE id = b.id;
        INSERT INTO booking_events (booking_id, seq, event, before, after, actor_name, actor_role, reason, at, hash)
        VALUES (b.id, b.version + 1, 'drop', 'held', 'dropped', 'clock', 'job', 'tried_again', moment, sha256(convert_to(said, 'UTF8')));
    END LOOP;
END $$;
-- +goose StatementEnd

-- What a try that was refused or cut off left behind is not valid.
DROP INDEX CONCURRENTLY IF EXISTS bookings_one_payable_per_sale;
CREATE UNIQUE INDEX CONCURRENTLY bookings_one_payable_per_sale ON bookings (sale_id)
    WHERE state IN ('held', 'paying', 'pay_unknown', 'confirmed', 'cancelling', 'cancel_unknown');
DROP INDEX CONCURRENTLY IF EXISTS bookings_of_retried_sale;
CREATE INDEX CONCURRENTLY bookings_of_retried_sale ON bookings (sale_id) WHERE retry_of IS NOT NULL;
DROP INDEX CONCURRENTLY IF EXISTS bookings_one_paid_per_sale;

-- +goose Down
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS bookings_one_paid_per_sale ON bookings (sale_id)
    WHERE state IN ('paying', 'pay_unknown', 'confirmed', 'cancelling', 'cancel_unknown');
DROP INDEX CONCURRENTLY IF EXISTS bookings_of_retried_sale;
DROP INDEX CONCURRENTLY IF EXISTS bookings_one_payable_per_sale;
