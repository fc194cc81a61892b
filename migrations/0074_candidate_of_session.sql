-- Which session sets an application up: whoever knows the password alone must not be
-- shown the secret that its owner is about to confirm. A candidate that a node of the
-- release before has begun is nobody's, and is begun again.

-- +goose Up
ALTER TABLE second_factors ADD COLUMN candidate_session text;
COMMENT ON COLUMN second_factors.candidate_session IS 'Key of the session, as in signed_in.';

-- +goose Down
ALTER TABLE second_factors DROP COLUMN candidate_session;
