-- Times are INTEGER microseconds since the Unix epoch in every table.
CREATE TABLE transactions (
    occurred_at     INTEGER NOT NULL,
    ingested_at     INTEGER NOT NULL,
    epoch           INTEGER NOT NULL,
    kafka_offset    INTEGER NOT NULL,
    amount_minor    INTEGER NOT NULL,
    kafka_partition INTEGER NOT NULL,
    type            INTEGER NOT NULL,
    status          INTEGER NOT NULL,
    channel         INTEGER NOT NULL,
    late            INTEGER NOT NULL,
    transaction_id  TEXT    NOT NULL,
    account_id      TEXT    NOT NULL,
    merchant_id     TEXT    NOT NULL,
    currency        TEXT    NOT NULL,
    category        TEXT    NOT NULL,
    country         TEXT    NOT NULL
);

-- An account's statement, and what deduplication must remember of a partition.
CREATE INDEX transactions_account ON transactions (account_id, occurred_at DESC);
CREATE INDEX transactions_ingested ON transactions (kafka_partition, ingested_at);

-- Buckets. sources is a JSON array, [epoch, partition, offset, epoch, ...]: the last record of each partition that the value
-- includes, readable in any SQLite shell. last_transaction is protobuf analytics.v1.Transaction, the newest of the bucket.
CREATE TABLE account_windows (
    account_id       TEXT    NOT NULL,
    window_start     INTEGER NOT NULL,
    currency         TEXT    NOT NULL,
    count            INTEGER NOT NULL,
    approved_count   INTEGER NOT NULL,
    declined_count   INTEGER NOT NULL,
    reversed_count   INTEGER NOT NULL,
    debit_minor      INTEGER NOT NULL,
    debit_count      INTEGER NOT NULL,
    credit_minor     INTEGER NOT NULL,
    credit_count     INTEGER NOT NULL,
    min_minor        INTEGER,
    max_minor        INTEGER,
    sources          TEXT    NOT NULL,
    last_transaction BLOB    NOT NULL,
    PRIMARY KEY (account_id, window_start, currency)
) WITHOUT ROWID;

CREATE TABLE merchant_windows (
    merchant_id      TEXT    NOT NULL,
    window_start     INTEGER NOT NULL,
    currency         TEXT    NOT NULL,
    count            INTEGER NOT NULL,
    approved_count   INTEGER NOT NULL,
    declined_count   INTEGER NOT NULL,
    reversed_count   INTEGER NOT NULL,
    debit_minor      INTEGER NOT NULL,
    debit_count      INTEGER NOT NULL,
    credit_minor     INTEGER NOT NULL,
    credit_count     INTEGER NOT NULL,
    min_minor        INTEGER,
    max_minor        INTEGER,
    sources          TEXT    NOT NULL,
    last_transaction BLOB    NOT NULL,
    PRIMARY KEY (merchant_id, window_start, currency)
) WITHOUT ROWID;

-- stream_time is NULL until a record is accepted. writer names the process that moved the checkpoint last, so that an attempt
-- repeated after a lost answer is told from another owner's.
CREATE TABLE checkpoints (
    partition     INTEGER NOT NULL,
    epoch         INTEGER NOT NULL,
    "offset"      INTEGER NOT NULL,
    stream_time   INTEGER,
    accepted      INTEGER NOT NULL,
    late          INTEGER NOT NULL,
    duplicates    INTEGER NOT NULL,
    dead_lettered INTEGER NOT NULL,
    saturated     INTEGER NOT NULL,
    writer        TEXT    NOT NULL,
    updated_at    INTEGER NOT NULL,
    PRIMARY KEY (partition, epoch)
) WITHOUT ROWID;

CREATE TABLE alerts (
    raised_at      INTEGER NOT NULL,
    alert_id       TEXT    NOT NULL,
    rule           TEXT    NOT NULL,
    entity_kind    TEXT    NOT NULL CHECK (entity_kind IN ('account', 'merchant')),
    entity_id      TEXT    NOT NULL,
    severity       TEXT    NOT NULL,
    currency       TEXT,
    window_start   INTEGER,
    message        TEXT    NOT NULL,
    transaction_id TEXT,
    details        TEXT    NOT NULL DEFAULT '{}',
    PRIMARY KEY (alert_id, raised_at)
);
CREATE INDEX alerts_newest ON alerts (raised_at DESC);
CREATE INDEX alerts_entity ON alerts (entity_kind, entity_id, raised_at DESC);

CREATE TABLE audit_log (
    recorded_at   INTEGER NOT NULL,
    sequence      INTEGER NOT NULL,
    actor         TEXT    NOT NULL,
    action        TEXT    NOT NULL,
    target        TEXT    NOT NULL,
    outcome       TEXT    NOT NULL,
    details       TEXT    NOT NULL DEFAULT '{}',
    previous_hash BLOB    NOT NULL,
    hash          BLOB    NOT NULL,
    PRIMARY KEY (sequence, recorded_at)
);
CREATE INDEX audit_log_newest ON audit_log (recorded_at DESC);
