-- Who may sign in, their sessions, and the counters that slow guessing down.

-- +goose Up
CREATE TABLE agencies (
    id                bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code              text NOT NULL CONSTRAINT agencies_code UNIQUE,
    name              text NOT NULL,
    timezone          text NOT NULL DEFAULT 'Europe/Paris',
    payment_methods   text[] NOT NULL DEFAULT '{}',
    agents_may_cancel boolean NOT NULL DEFAULT false,
    suspended         boolean NOT NULL DEFAULT false,
    created_at        timestamptz NOT NULL DEFAULT portal_now()
);

CREATE TABLE users (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    agency_id     bigint REFERENCES agencies,
    email         text NOT NULL CONSTRAINT users_email UNIQUE CHECK (email = lower(email)),
    name          text NOT NULL,
    role          text NOT NULL CHECK (role IN ('agent', 'manager', 'customer_service', 'admin')),
    language      text NOT NULL DEFAULT 'fr' CHECK (language IN ('fr', 'en')),
    theme         text NOT NULL DEFAULT 'auto' CHECK (theme IN ('auto', 'light', 'dark')),
    password_hash text NOT NULL,
    suspended     boolean NOT NULL DEFAULT false,
    created_at    timestamptz NOT NULL DEFAULT portal_now(),
    CONSTRAINT users_agency CHECK ((role IN ('agent', 'manager')) = (agency_id IS NOT NULL))
);
CREATE INDEX users_of_agency ON users (agency_id);

-- Written by the session library; token is a hash of what the browser holds.
CREATE TABLE sessions (
    token  text PRIMARY KEY,
    data   bytea NOT NULL,
    expiry timestamptz NOT NULL
);
CREATE INDEX sessions_expiry ON sessions (expiry);

-- Not worth a write-ahead log: after a crash everybody starts at zero.
CREATE UNLOGGED TABLE rate_limits (
    key       text PRIMARY KEY,
    hits      integer NOT NULL,
    resets_at timestamptz NOT NULL
);
CREATE INDEX rate_limits_resets_at ON rate_limits (resets_at);

-- +goose Down
DROP TABLE rate_limits, sessions, users, agencies;
