-- +goose NO TRANSACTION
-- The copies of the bookings that were here before 0044, in batches that each
-- commit, so that nobody waits for more than one of them. What the triggers copied
-- meanwhile is newer and stays. It may be interrupted and run again.

-- +goose Up
-- +goose StatementBegin
DO $$
DECLARE
    last bigint := 0;
    upto bigint;
BEGIN
    LOOP
        SELECT max(id) INTO upto FROM (SELECT id FROM bookings WHERE id > last ORDER BY id LIMIT 5000) batch;
        EXIT WHEN upto IS NULL;
        INSERT INTO booking_states (id, state, environment, agency_id, sale_id, zone_code, insured, uncompared,
            due_cents, due_currency, created_at, pay_by, from_wall, to_wall)
        SELECT id, state, environment, agency_id, sale_id, zone_code, insured, uncompared,
            due_cents, due_currency, created_at, pay_by, from_wall, to_wall
        FROM bookings WHERE id > last AND id <= upto ORDER BY id
        ON CONFLICT (id) DO NOTHING;
        INSERT INTO booking_supplier_ids (id, environment, supplier_id, supplier_ref, claims)
        SELECT id, environment, supplier_id, supplier_ref, state <> 'voided' AND NOT id_reissued
        FROM bookings WHERE id > last AND id <= upto AND (supplier_id IS NOT NULL OR supplier_ref <> '') ORDER BY id
        ON CONFLICT (id) DO NOTHING;
        COMMIT;
        last := upto;
    END LOOP;
END $$;
-- +goose StatementEnd
VACUUM (ANALYZE) booking_states;
VACUUM (ANALYZE) booking_supplier_ids;

-- +goose Down
SELECT 1; -- 0044 drops the tables
