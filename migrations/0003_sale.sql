-- +goose Up
-- Zones, drafts and the customers that an agency knows.

CREATE TABLE zones (
    environment    text NOT NULL CHECK (environment IN ('production', 'sandbox', 'simulator')),
    supplier_id    text NOT NULL,
    code           text NOT NULL,
    name           text NOT NULL,
    kind           text NOT NULL,
    city           text NOT NULL DEFAULT '',
    country        text NOT NULL DEFAULT '',
    timezone       text NOT NULL DEFAULT '',
    meeting_points jsonb NOT NULL DEFAULT '[]',
    services       jsonb NOT NULL DEFAULT '[]',
    fetched_at     timestamptz NOT NULL,
    withdrawn      boolean NOT NULL DEFAULT false,
    PRIMARY KEY (environment, supplier_id)
);

-- One row per environment: how the last refresh of its zones went.
CREATE TABLE zone_refreshes (
    environment text PRIMARY KEY,
    fetched_at  timestamptz,
    failed_at   timestamptz,
    failure     text NOT NULL DEFAULT '',
    waiting     boolean NOT NULL DEFAULT false
);

CREATE TABLE drafts (
    id           text PRIMARY KEY,
    agency_id    bigint NOT NULL REFERENCES agencies,
    user_id      bigint NOT NULL REFERENCES users,
    environment  text NOT NULL,
    version      integer NOT NULL DEFAULT 1,
    sale_id      text NOT NULL,
    retry_of     text,
    replaces     text,
    content      jsonb NOT NULL,
    created_at   timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL
);
CREATE UNIQUE INDEX drafts_one_per_retry ON drafts (retry_of) WHERE retry_of IS NOT NULL;
CREATE INDEX drafts_recent ON drafts (user_id, created_at DESC);
CREATE INDEX drafts_age ON drafts (updated_at);

CREATE TABLE customers (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key        text NOT NULL UNIQUE,
    agency_id  bigint NOT NULL REFERENCES agencies,
    first_name text NOT NULL,
    last_name  text NOT NULL,
    email      text NOT NULL,
    phone      text NOT NULL,
    country    text NOT NULL,
    language   text NOT NULL,
    make       text NOT NULL,
    model      text NOT NULL,
    color      text NOT NULL,
    plate      text NOT NULL,
    last_booked timestamptz NOT NULL,
    CONSTRAINT customers_same UNIQUE (agency_id, phone, plate, last_name, first_name)
);
CREATE INDEX customers_by_plate ON customers (agency_id, plate text_pattern_ops);
CREATE INDEX customers_by_phone ON customers (agency_id, phone text_pattern_ops);
CREATE INDEX customers_by_email ON customers (agency_id, lower(email) text_pattern_ops);
CREATE INDEX customers_by_name ON customers (agency_id, lower(last_name) text_pattern_ops);

-- The supplier's ids for exactly these data; they never come from a browser.
CREATE TABLE customer_supplier_ids (
    customer_id bigint NOT NULL REFERENCES customers ON DELETE CASCADE,
    environment text NOT NULL,
    contact_id  text NOT NULL,
    car_id      text NOT NULL,
    issued_at   timestamptz NOT NULL,
    PRIMARY KEY (customer_id, environment)
);

-- +goose Down
DROP TABLE customer_supplier_ids, customers, drafts, zone_refreshes, zones;
