-- Which agency an entry of the audit log is about.

-- +goose Up
ALTER TABLE audit ADD COLUMN agency_id bigint REFERENCES agencies;
CREATE INDEX audit_agency ON audit (agency_id, id);
CREATE INDEX audit_at ON audit (at);

COMMENT ON COLUMN audit.agency_id IS 'The agency that was changed, or that the actor or the subject belonged to; null for staff.';
COMMENT ON COLUMN audit.after IS 'What it became, as a code: a role, the changed settings of an agency, the end of a key, the reference of a booking; of a search its kind and an HMAC.';

-- +goose Down
ALTER TABLE audit DROP COLUMN agency_id;
DROP INDEX audit_at;
