-- Whose an unpaid booking is, after a colleague was asked to see to it. The seller of a
-- booking stays who sold it.

-- +goose Up
CREATE TABLE handovers (
    booking_id bigint PRIMARY KEY REFERENCES bookings,
    user_id    bigint NOT NULL REFERENCES users,
    by_id      bigint NOT NULL REFERENCES users,
    at         timestamptz NOT NULL DEFAULT portal_now()
);
COMMENT ON COLUMN handovers.user_id IS 'Who sees to it now; by_id asked for it.';

-- +goose Down
DROP TABLE handovers;
