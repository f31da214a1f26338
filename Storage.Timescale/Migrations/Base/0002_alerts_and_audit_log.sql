-- What monitoring rules raised. Few rows a day, so a chunk is a month.
CREATE TABLE alerts (
    raised_at      timestamptz NOT NULL,
    alert_id       uuid        NOT NULL,
    rule           text        NOT NULL,
    entity_kind    text        NOT NULL CHECK (entity_kind IN ('account', 'merchant')),
    entity_id      text        NOT NULL,
    severity       text        NOT NULL,
    currency       text,
    window_start   timestamptz,
    message        text        NOT NULL,
    transaction_id text,
    details        jsonb       NOT NULL DEFAULT '{}',
    PRIMARY KEY (alert_id, raised_at)
);
SELECT create_hypertable('alerts', by_range('raised_at', INTERVAL '30 days'), create_default_indexes => false);
CREATE INDEX alerts_newest ON alerts (raised_at DESC);
CREATE INDEX alerts_entity ON alerts (entity_kind, entity_id, raised_at DESC);

-- Who changed or read what. Each row carries the hash of the row before it, so that a removed or edited row shows.
CREATE TABLE audit_log (
    recorded_at   timestamptz NOT NULL,
    sequence      bigint      NOT NULL,
    actor         text        NOT NULL,
    action        text        NOT NULL,
    target        text        NOT NULL,
    outcome       text        NOT NULL,
    details       jsonb       NOT NULL DEFAULT '{}',
    previous_hash bytea       NOT NULL,
    hash          bytea       NOT NULL,
    PRIMARY KEY (sequence, recorded_at)
);
SELECT create_hypertable('audit_log', by_range('recorded_at', INTERVAL '30 days'), create_default_indexes => false);
CREATE INDEX audit_log_newest ON audit_log (recorded_at DESC);
