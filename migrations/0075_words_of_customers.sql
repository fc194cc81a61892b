-- +goose NO TRANSACTION
-- The words of a customer's name are computed when it is written, as those of
-- bookings are: an index alone (0063) computed them anew for every row that a search
-- looked at. Customers of before get theirs in batches that each commit. It may be
-- interrupted and run again.

-- +goose Up
-- +goose StatementBegin
DO $$
BEGIN
    SET LOCAL lock_timeout = '500ms';
    ALTER TABLE customers ADD COLUMN IF NOT EXISTS name_words tsvector;
    DROP TRIGGER IF EXISTS customers_words ON customers;
    CREATE TRIGGER customers_words BEFORE INSERT OR UPDATE OF first_name, last_name, name_words ON customers
        FOR EACH ROW EXECUTE FUNCTION bookings_words();
END $$;
-- +goose StatementEnd
-- +goose StatementBegin
DO $$
DECLARE
    last bigint := 0;
    upto bigint;
BEGIN
    LOOP
        SELECT max(id) INTO upto FROM (SELECT id FROM customers WHERE id > last ORDER BY id LIMIT 1000) batch;
        EXIT WHEN upto IS NULL;
        UPDATE customers SET name_words = NULL WHERE id > last AND id <= upto AND name_words IS NULL;
        COMMIT;
        last := upto;
    END LOOP;
END $$;
-- +goose StatementEnd
DROP INDEX CONCURRENTLY IF EXISTS customers_words;
DROP INDEX CONCURRENTLY IF EXISTS customers_names;
CREATE INDEX CONCURRENTLY customers_names ON customers USING gin (name_words) WITH (fastupdate = off);

-- +goose Down
DROP TRIGGER customers_words ON customers;
ALTER TABLE customers DROP COLUMN name_words;
CREATE INDEX CONCURRENTLY IF NOT EXISTS customers_words ON customers USING gin (name_words(first_name, last_name)) WITH (fastupdate = off);
