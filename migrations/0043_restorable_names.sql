-- Databases that were made by an early 0019 have functions that do not name the
-- schema of what they call. A dump of them cannot be restored: the words of names
-- are computed without a search path ("function words(text) does not exist").
-- The bodies are those of today's 0019, and give the same for every text.

-- +goose Up
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION words(said text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
    SELECT array_remove(regexp_split_to_array(public.folded(said), '[\s!-/:-@\[-`{-~’‘‐‑–]+'), '')
$$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION name_words(first_name text, last_name text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
    SELECT array_to_tsvector(array_remove(public.words(first_name) || public.words(last_name)
        || array_to_string(public.words(first_name), '') || array_to_string(public.words(last_name), ''), ''))
$$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION name_query(said text) RETURNS tsquery LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
    SELECT coalesce((SELECT string_agg(quote_literal(w) || CASE WHEN length(w) > 2 THEN ':*' ELSE '' END, ' & ') FROM unnest(public.words(said)) w), '')::tsquery
$$;
-- +goose StatementEnd

-- +goose Down
SELECT 1; -- they do the same
