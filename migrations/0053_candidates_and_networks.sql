-- A second factor that is being set up waits ten minutes for its first code, and
-- the list of a person's sessions says where each was begun.

-- +goose Up
ALTER TABLE second_factors ADD COLUMN candidate_at timestamptz;
ALTER TABLE signed_in ADD COLUMN network text NOT NULL DEFAULT '';

COMMENT ON COLUMN second_factors.candidate_at IS 'When the candidate was made; ten minutes later it counts no more. Null: it counts no more.';
COMMENT ON COLUMN signed_in.network IS 'Where the session was begun: an IPv4 address, or the /64 of an IPv6 one; empty when nobody knows.';

-- +goose Down
ALTER TABLE signed_in DROP COLUMN network;
ALTER TABLE second_factors DROP COLUMN candidate_at;
