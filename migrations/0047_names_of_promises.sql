-- The indexes that are promises have the names by which the portal knows what is
-- refused, this release and the one before. New pages of bookings keep room for
-- the next versions of their rows.

-- +goose Up
ALTER INDEX booking_states_one_payable_per_sale RENAME TO bookings_one_payable_per_sale;
ALTER INDEX booking_supplier_ids_claimed RENAME TO bookings_supplier_id;
ALTER TABLE bookings SET (fillfactor = 75);

-- +goose Down
ALTER TABLE bookings RESET (fillfactor);
ALTER INDEX bookings_supplier_id RENAME TO booking_supplier_ids_claimed;
ALTER INDEX bookings_one_payable_per_sale RENAME TO booking_states_one_payable_per_sale;
