-- +goose NO TRANSACTION
-- Plates that were stored before 0061 are brought into the same form by its triggers,
-- in batches that each commit, so that nobody waits for more than one of them. It may
-- be interrupted and run again. Of customers that become the same one stays.

-- +goose Up
-- +goose StatementBegin
DO $$
DECLARE
    last bigint := 0;
    upto bigint;
    one bigint;
BEGIN
    LOOP
        SELECT max(id) INTO upto FROM (SELECT id FROM bookings WHERE id > last ORDER BY id LIMIT 5000) batch;
        EXIT WHEN upto IS NULL;
        UPDATE bookings SET plate = plate WHERE id > last AND id <= upto AND plate ~ '[^A-Z0-9]';
        COMMIT;
        last := upto;
    END LOOP;
    last := 0;
    LOOP
        SELECT max(id) INTO upto FROM (SELECT id FROM customers WHERE id > last ORDER BY id LIMIT 5000) batch;
        EXIT WHEN upto IS NULL;
        FOR one IN SELECT id FROM customers WHERE id > last AND id <= upto AND plate ~ '[^A-Z0-9]' ORDER BY last_booked DESC, id LOOP
            BEGIN
                UPDATE customers SET plate = plate WHERE id = one;
            EXCEPTION WHEN unique_violation THEN
                DELETE FROM customers WHERE id = one;
            END;
        END LOOP;
        COMMIT;
        last := upto;
    END LOOP;
    UPDATE unknown_bookings SET plate = plate WHERE plate ~ '[^A-Z0-9]';
    COMMIT;
    FOR one IN SELECT id FROM statements ORDER BY id LOOP
        UPDATE statement_lines SET plate = plate WHERE statement_id = one AND plate ~ '[^A-Z0-9]';
        COMMIT;
    END LOOP;
END $$;
-- +goose StatementEnd

-- +goose Down
SELECT 1; -- what was typed is the same plate
