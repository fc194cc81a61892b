-- Any booking is found by an index, among a million too: by name (accents,
-- case and order do not matter), the digits of a phone, a plate, an address,
-- and by every column that a list is filtered or sorted by.

-- +goose Up

-- The functions name their schema: a restored backup computes the columns below
-- without a search path.

-- folded is a text as it is searched: without accents, in lower case.
-- +goose StatementBegin
CREATE FUNCTION folded(said text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
    SELECT replace(replace(replace(lower(translate(
        regexp_replace(normalize(said, NFKD), '[\u0300-\u036F]', '', 'g'), 'łŁøØđĐı', 'lLoOdDi')), 'œ', 'oe'), 'æ', 'ae'), 'ß', 'ss')
$$;
-- +goose StatementEnd

-- words takes a text apart at spaces and signs, the apostrophes of typesetters included.
-- +goose StatementBegin
CREATE FUNCTION words(said text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
    SELECT array_remove(regexp_split_to_array(public.folded(said), '[\s!-/:-@\[-`{-~’‘‐‑–]+'), '')
$$;
-- +goose StatementEnd

-- A name is found by its words, and by a double name as if it were one.
-- +goose StatementBegin
CREATE FUNCTION name_words(first_name text, last_name text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
    SELECT array_to_tsvector(array_remove(public.words(first_name) || public.words(last_name)
        || array_to_string(public.words(first_name), '') || array_to_string(public.words(last_name), ''), ''))
$$;
-- +goose StatementEnd

-- What is typed matches when each of its words begins one of the name's, or is
-- one when it has less than three letters: too many names begin with two.
-- +goose StatementBegin
CREATE FUNCTION name_query(said text) RETURNS tsquery LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
    SELECT coalesce((SELECT string_agg(quote_literal(w) || CASE WHEN length(w) > 2 THEN ':*' ELSE '' END, ' & ') FROM unnest(public.words(said)) w), '')::tsquery
$$;
-- +goose StatementEnd

ALTER TABLE bookings
    ADD COLUMN name_words tsvector GENERATED ALWAYS AS (name_words(first_name, last_name)) STORED,
    ADD COLUMN due_cents bigint GENERATED ALWAYS AS (coalesce(booked_cents, total_cents)) STORED,
    ADD COLUMN due_currency text GENERATED ALWAYS AS (coalesce(booked_currency, currency)) STORED;

COMMENT ON COLUMN bookings.name_words IS 'The words of the traveller''s name, to be searched; erased with it.';
COMMENT ON COLUMN bookings.due_cents IS 'What the customer pays: the supplier''s total once known.';

CREATE INDEX bookings_names ON bookings USING gin (name_words) WITH (fastupdate = off);
CREATE INDEX bookings_phone ON bookings (phone text_pattern_ops) WHERE phone <> '';
CREATE INDEX bookings_phone_end ON bookings (reverse(phone) text_pattern_ops) WHERE phone <> '';
CREATE INDEX bookings_plate ON bookings (plate text_pattern_ops) WHERE plate <> '';
CREATE INDEX bookings_mail ON bookings (lower(email) text_pattern_ops) WHERE email <> '';
CREATE INDEX bookings_agency_ref ON bookings (lower(agency_ref) text_pattern_ops) WHERE agency_ref <> '';
CREATE INDEX bookings_supplier_ref ON bookings (lower(supplier_ref)) WHERE supplier_ref <> '';
CREATE INDEX bookings_any_supplier_id ON bookings (supplier_id) WHERE supplier_id IS NOT NULL;
CREATE INDEX bookings_state ON bookings (state, created_at DESC, id DESC);
CREATE INDEX bookings_zone ON bookings (zone_code, created_at DESC, id DESC);
CREATE INDEX bookings_seller ON bookings (user_id, created_at DESC, id DESC);
CREATE INDEX bookings_from ON bookings (from_wall, id);
CREATE INDEX bookings_to ON bookings (to_wall, id);
CREATE INDEX bookings_agency_from ON bookings (agency_id, from_wall, id);
CREATE INDEX bookings_agency_to ON bookings (agency_id, to_wall, id);
CREATE INDEX bookings_due ON bookings (due_cents, id);
DROP INDEX bookings_by_email;

-- +goose Down
DROP INDEX bookings_names, bookings_phone, bookings_phone_end, bookings_plate, bookings_mail, bookings_agency_ref, bookings_supplier_ref,
    bookings_any_supplier_id, bookings_state, bookings_zone, bookings_seller, bookings_from, bookings_to, bookings_agency_from, bookings_agency_to, bookings_due;
CREATE INDEX bookings_by_email ON bookings (lower(email)) WHERE email <> '';
ALTER TABLE bookings DROP COLUMN name_words, DROP COLUMN due_cents, DROP COLUMN due_currency;
DROP FUNCTION name_query, name_words, words, folded;
