-- +goose NO TRANSACTION
-- A booking is found by the beginning and the end of its reference, and by the host
-- of an e-mail address; a customer by the words of the name.

-- +goose Up
DROP INDEX CONCURRENTLY IF EXISTS bookings_ref_begin;
CREATE INDEX CONCURRENTLY bookings_ref_begin ON bookings (ref text_pattern_ops);
DROP INDEX CONCURRENTLY IF EXISTS bookings_ref_end;
CREATE INDEX CONCURRENTLY bookings_ref_end ON bookings (reverse(ref) text_pattern_ops);
DROP INDEX CONCURRENTLY IF EXISTS bookings_mail_host;
CREATE INDEX CONCURRENTLY bookings_mail_host ON bookings (lower(split_part(email, '@', 2)) text_pattern_ops) WHERE email <> '';
DROP INDEX CONCURRENTLY IF EXISTS customers_words;
CREATE INDEX CONCURRENTLY customers_words ON customers USING gin (name_words(first_name, last_name)) WITH (fastupdate = off);

-- +goose Down
DROP INDEX CONCURRENTLY IF EXISTS customers_words;
DROP INDEX CONCURRENTLY IF EXISTS bookings_mail_host;
DROP INDEX CONCURRENTLY IF EXISTS bookings_ref_end;
DROP INDEX CONCURRENTLY IF EXISTS bookings_ref_begin;
