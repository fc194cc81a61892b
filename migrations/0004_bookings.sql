-- +goose Up
-- Bookings, their attempts, events and cases. The constraints and triggers
-- repeat the state machine, so that no code path can leave it.

CREATE TABLE bookings (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    ref            text NOT NULL CONSTRAINT bookings_ref UNIQUE,
    state          text NOT NULL CHECK (state IN (
        'creating', 'create_unknown', 'held', 'paying', 'pay_unknown', 'confirmed', 'cancelling',
        'cancel_unknown', 'refused', 'expired', 'dropped', 'cancelled', 'voided')),
    version        integer NOT NULL CHECK (version >= 1),
    agency_id      bigint NOT NULL REFERENCES agencies,
    user_id        bigint NOT NULL REFERENCES users,
    environment    text NOT NULL CHECK (environment IN ('production', 'sandbox', 'simulator')),
    draft_id       text NOT NULL CONSTRAINT bookings_draft UNIQUE,
    sale_id        text NOT NULL,
    retry_of       text CONSTRAINT bookings_retry UNIQUE REFERENCES bookings (ref),
    replaces       text REFERENCES bookings (ref),

    zone_id        text NOT NULL,
    zone_code      text NOT NULL,
    zone_name      text NOT NULL,
    zone_kind      text NOT NULL,
    city           text NOT NULL,
    timezone       text NOT NULL CHECK (timezone <> ''),
    from_wall      timestamp NOT NULL,
    to_wall        timestamp NOT NULL,
    from_at        timestamptz NOT NULL,
    to_at          timestamptz NOT NULL,

    quote          jsonb NOT NULL,
    services       text[] NOT NULL,
    total_cents    bigint NOT NULL CHECK (total_cents >= 0),
    currency       text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),

    first_name     text NOT NULL,
    last_name      text NOT NULL,
    email          text NOT NULL,
    phone          text NOT NULL,
    country        text NOT NULL,
    language       text NOT NULL,
    make           text NOT NULL,
    model          text NOT NULL,
    color          text NOT NULL,
    plate          text NOT NULL,
    outbound       text NOT NULL DEFAULT '',
    return_number  text NOT NULL DEFAULT '',
    meeting_point  text NOT NULL DEFAULT '',
    agency_ref     text NOT NULL DEFAULT '',
    pay_method     text NOT NULL DEFAULT '',
    receipt        text NOT NULL DEFAULT '',
    same_plate     boolean NOT NULL DEFAULT false,

    supplier_id    text,
    supplier_ref   text NOT NULL DEFAULT '',
    id_reissued    boolean NOT NULL DEFAULT false,
    booked_cents   bigint,
    booked_currency text,
    booked_services text[],
    insured        boolean NOT NULL DEFAULT false,
    differs        boolean NOT NULL DEFAULT false,
    reason         text NOT NULL DEFAULT '',

    t0             timestamptz NOT NULL,
    pay_by         timestamptz NOT NULL,
    deadline       timestamptz NOT NULL,
    fence          timestamptz NOT NULL,
    lease_ends     timestamptz,
    created_at     timestamptz NOT NULL,
    changed_at     timestamptz NOT NULL,
    paid_at        timestamptz,
    paid_by        text NOT NULL DEFAULT '',

    CONSTRAINT bookings_stay CHECK (to_at > from_at),
    CONSTRAINT bookings_times CHECK (deadline > t0 AND pay_by < deadline AND fence > t0),
    CONSTRAINT bookings_lease CHECK ((state IN ('creating', 'paying', 'cancelling')) = (lease_ends IS NOT NULL)),
    CONSTRAINT bookings_known CHECK (
        state IN ('creating', 'create_unknown', 'refused', 'expired', 'dropped') OR supplier_id IS NOT NULL),
    CONSTRAINT bookings_paid CHECK (state <> 'confirmed' OR paid_at IS NOT NULL)
);
CREATE UNIQUE INDEX bookings_supplier_id ON bookings (environment, supplier_id)
    WHERE supplier_id IS NOT NULL AND state <> 'voided' AND NOT id_reissued;
CREATE UNIQUE INDEX bookings_one_paid_per_sale ON bookings (sale_id)
    WHERE state IN ('paying', 'pay_unknown', 'confirmed', 'cancelling', 'cancel_unknown');
CREATE INDEX bookings_newest ON bookings (agency_id, created_at DESC, id DESC);
CREATE INDEX bookings_newest_all ON bookings (created_at DESC, id DESC);
CREATE INDEX bookings_by_state ON bookings (agency_id, state, created_at DESC, id DESC);
CREATE INDEX bookings_by_plate ON bookings (agency_id, plate);
CREATE INDEX bookings_due_held ON bookings (deadline) WHERE state = 'held';
CREATE INDEX bookings_due_lease ON bookings (lease_ends) WHERE lease_ends IS NOT NULL;
CREATE INDEX bookings_due_fence ON bookings (fence) WHERE state IN ('create_unknown', 'pay_unknown');

CREATE TABLE attempts (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    booking_id  bigint NOT NULL REFERENCES bookings,
    operation   text NOT NULL CHECK (operation IN ('create', 'pay', 'cancel')),
    outcome     text NOT NULL DEFAULT 'open' CHECK (outcome IN ('open', 'ok', 'refused', 'not_sent', 'unknown')),
    correlation text NOT NULL CONSTRAINT attempts_correlation UNIQUE,
    actor_id    bigint,
    actor_name  text NOT NULL DEFAULT '',
    started_at  timestamptz NOT NULL,
    ended_at    timestamptz,
    key_hint    text NOT NULL DEFAULT '',
    http_status integer NOT NULL DEFAULT 0,
    error_code  text NOT NULL DEFAULT '',
    message     text NOT NULL DEFAULT '',
    errors      text[] NOT NULL DEFAULT '{}',
    request     text NOT NULL DEFAULT '',
    response    text NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX attempts_one_open ON attempts (booking_id) WHERE outcome = 'open';
CREATE INDEX attempts_of_booking ON attempts (booking_id, id);

CREATE TABLE booking_events (
    booking_id bigint NOT NULL REFERENCES bookings,
    seq        integer NOT NULL,
    event      text NOT NULL,
    before     text NOT NULL,
    after      text NOT NULL,
    actor_id   bigint,
    actor_name text NOT NULL DEFAULT '',
    actor_role text NOT NULL DEFAULT '',
    reason     text NOT NULL DEFAULT '',
    attempt_id bigint REFERENCES attempts,
    at         timestamptz NOT NULL,
    PRIMARY KEY (booking_id, seq)
);

CREATE TABLE cases (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    booking_id  bigint NOT NULL REFERENCES bookings,
    why         text NOT NULL,
    due         timestamptz NOT NULL,
    opened_at   timestamptz NOT NULL,
    resolved_at timestamptz
);
CREATE UNIQUE INDEX cases_open ON cases (booking_id, why) WHERE resolved_at IS NULL;

-- The arrows of the state machine.
CREATE TABLE booking_transitions (
    before text NOT NULL,
    after  text NOT NULL,
    PRIMARY KEY (before, after)
);
INSERT INTO booking_transitions (before, after) VALUES
    ('', 'creating'),
    ('creating', 'held'), ('creating', 'refused'), ('creating', 'create_unknown'),
    ('create_unknown', 'held'), ('create_unknown', 'dropped'), ('create_unknown', 'refused'), ('create_unknown', 'expired'),
    ('held', 'paying'), ('held', 'expired'), ('held', 'dropped'),
    ('paying', 'confirmed'), ('paying', 'held'), ('paying', 'pay_unknown'),
    ('pay_unknown', 'confirmed'), ('pay_unknown', 'expired'),
    ('confirmed', 'cancelling'), ('confirmed', 'cancelled'),
    ('cancelling', 'cancelled'), ('cancelling', 'confirmed'), ('cancelling', 'cancel_unknown'),
    ('cancel_unknown', 'cancelling'), ('cancel_unknown', 'cancelled'), ('cancel_unknown', 'confirmed'),
    ('held', 'voided'), ('paying', 'voided'), ('pay_unknown', 'voided'),
    ('confirmed', 'voided'), ('cancelling', 'voided'), ('cancel_unknown', 'voided'),
    ('expired', 'confirmed'), ('dropped', 'confirmed'), ('refused', 'confirmed'), ('cancelled', 'confirmed');

-- +goose StatementBegin
CREATE FUNCTION bookings_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    was text := '';
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF NEW.version NOT IN (OLD.version, OLD.version + 1) THEN
            RAISE EXCEPTION 'booking %: version % follows %', NEW.ref, NEW.version, OLD.version
                USING ERRCODE = 'check_violation', CONSTRAINT = 'bookings_version';
        END IF;
        IF NEW.state = OLD.state THEN
            RETURN NEW;
        END IF;
        IF NEW.version <> OLD.version + 1 THEN
            RAISE EXCEPTION 'booking %: a new state without an event', NEW.ref
                USING ERRCODE = 'check_violation', CONSTRAINT = 'bookings_version';
        END IF;
        was := OLD.state;
    END IF;
    PERFORM 1 FROM booking_transitions t WHERE t.before = was AND t.after = NEW.state;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'booking %: % does not follow %', NEW.ref, NEW.state, was
            USING ERRCODE = 'check_violation', CONSTRAINT = 'bookings_transition';
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER bookings_guard BEFORE INSERT OR UPDATE ON bookings FOR EACH ROW EXECUTE FUNCTION bookings_guard();

-- +goose StatementBegin
CREATE FUNCTION bookings_clock_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    refused text := '';
BEGIN
    IF OLD.state = 'held' AND NEW.state = 'paying' AND (portal_now() >= OLD.pay_by OR NEW.differs) THEN
        refused := 'too late, or not accepted';
    ELSIF OLD.state = 'held' AND NEW.state = 'expired' AND portal_now() < OLD.deadline THEN
        refused := 'its deadline has not passed';
    ELSIF OLD.state IN ('create_unknown', 'pay_unknown') AND NEW.state = 'expired' AND portal_now() < OLD.fence THEN
        refused := 'its fence has not passed';
    ELSIF OLD.state = 'confirmed' AND NEW.state = 'cancelling' AND NOT NEW.insured THEN
        refused := 'it is not insured';
    ELSIF NEW.state = 'voided' AND NEW.environment = 'production' THEN
        refused := 'production is never erased';
    END IF;
    IF refused <> '' THEN
        RAISE EXCEPTION 'booking %: % to %: %', NEW.ref, OLD.state, NEW.state, refused
            USING ERRCODE = 'check_violation', CONSTRAINT = 'bookings_guard';
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER bookings_clock_guard BEFORE UPDATE ON bookings FOR EACH ROW
    WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION bookings_clock_guard();

-- +goose StatementBegin
CREATE FUNCTION attempts_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.outcome <> OLD.outcome AND NOT (
        OLD.outcome = 'open' OR (OLD.outcome = 'unknown' AND NEW.outcome IN ('ok', 'refused'))) THEN
        RAISE EXCEPTION 'attempt %: % does not follow %', NEW.id, NEW.outcome, OLD.outcome
            USING ERRCODE = 'check_violation', CONSTRAINT = 'attempts_outcome';
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER attempts_guard BEFORE UPDATE ON attempts FOR EACH ROW EXECUTE FUNCTION attempts_guard();

-- +goose StatementBegin
CREATE FUNCTION events_are_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'events of a booking are never changed or removed'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'booking_events_kept';
END $$;
-- +goose StatementEnd
CREATE TRIGGER events_are_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON booking_events
    FOR EACH STATEMENT EXECUTE FUNCTION events_are_kept();

-- +goose Down
DROP TABLE cases, booking_events, attempts, bookings, booking_transitions;
DROP FUNCTION bookings_guard, bookings_clock_guard, attempts_guard, events_are_kept;
