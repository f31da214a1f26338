CREATE EXTENSION IF NOT EXISTS timescaledb;

-- Raw rows, appended by COPY. Wide columns come first so that alignment wastes no bytes in a table of billions of rows.
-- Ids compare as bytes (COLLATE "C"): quicker, and the same on every server whatever its locale.
-- Enums are integers and not smallints because a number of a newer producer's enum is kept whatever its size.
CREATE TABLE transactions (
    occurred_at     timestamptz NOT NULL,
    ingested_at     timestamptz NOT NULL,
    epoch           bigint      NOT NULL,
    kafka_offset    bigint      NOT NULL,
    amount_minor    bigint      NOT NULL,
    kafka_partition integer     NOT NULL,
    type            integer     NOT NULL,
    status          integer     NOT NULL,
    channel         integer     NOT NULL,
    late            boolean     NOT NULL,
    transaction_id  text COLLATE "C" NOT NULL,
    account_id      text COLLATE "C" NOT NULL,
    merchant_id     text COLLATE "C" NOT NULL,
    currency        text COLLATE "C" NOT NULL,
    category        text        NOT NULL,
    country         text        NOT NULL
);

-- A day is what retention drops and compression packs at a time. The index below leads with the account, so a chunk's hot
-- pages are one for each active account however long the chunk is; shorter chunks would only make replays of old years,
-- which touch every one of their days, create more of them.
SELECT create_hypertable('transactions', by_range('occurred_at', INTERVAL '1 day'), create_default_indexes => false);

-- A second B-tree would halve the COPY rate, so there is one, for an account's statement.
CREATE INDEX transactions_account ON transactions (account_id, occurred_at DESC);

-- Rows arrive in the order of ingestion, so a few bytes for every 32 pages find those that deduplication must remember.
CREATE INDEX transactions_ingested ON transactions USING brin (ingested_at)
    WITH (pages_per_range = 32, autosummarize = on);

-- Buckets. A commit overwrites every bucket of the running minute, and these share pages; half a page is left free so that
-- the new versions stay on it and the index is not touched (heap-only updates).
CREATE TABLE account_windows (
    window_start     timestamptz NOT NULL,
    count            bigint      NOT NULL,
    approved_count   bigint      NOT NULL,
    declined_count   bigint      NOT NULL,
    reversed_count   bigint      NOT NULL,
    debit_minor      bigint      NOT NULL,
    debit_count      bigint      NOT NULL,
    credit_minor     bigint      NOT NULL,
    credit_count     bigint      NOT NULL,
    min_minor        bigint,
    max_minor        bigint,
    account_id       text COLLATE "C" NOT NULL,
    currency         text COLLATE "C" NOT NULL,
    sources          bigint[]    NOT NULL,
    last_transaction bytea       NOT NULL,
    CONSTRAINT account_windows_key UNIQUE (account_id, window_start, currency)
) WITH (fillfactor = 50);

CREATE TABLE merchant_windows (
    window_start     timestamptz NOT NULL,
    count            bigint      NOT NULL,
    approved_count   bigint      NOT NULL,
    declined_count   bigint      NOT NULL,
    reversed_count   bigint      NOT NULL,
    debit_minor      bigint      NOT NULL,
    debit_count      bigint      NOT NULL,
    credit_minor     bigint      NOT NULL,
    credit_count     bigint      NOT NULL,
    min_minor        bigint,
    max_minor        bigint,
    merchant_id      text COLLATE "C" NOT NULL,
    currency         text COLLATE "C" NOT NULL,
    sources          bigint[]    NOT NULL,
    last_transaction bytea       NOT NULL,
    CONSTRAINT merchant_windows_key UNIQUE (merchant_id, window_start, currency)
) WITH (fillfactor = 50);

-- A load looks for the newest bucket of an entity in every chunk until it finds one, so chunks are long: thirteen hold a
-- quarter of a year. The key has the time second, which makes both that search and a range of minutes one index descent.
SELECT create_hypertable('account_windows', by_range('window_start', INTERVAL '7 days'), create_default_indexes => false);
SELECT create_hypertable('merchant_windows', by_range('window_start', INTERVAL '7 days'), create_default_indexes => false);

COMMENT ON COLUMN account_windows.sources IS 'epoch, partition, offset of the last record of each partition that the value includes, flattened';
COMMENT ON COLUMN merchant_windows.sources IS 'epoch, partition, offset of the last record of each partition that the value includes, flattened';
COMMENT ON COLUMN account_windows.last_transaction IS 'protobuf analytics.v1.Transaction, the newest of the bucket';
COMMENT ON COLUMN merchant_windows.last_transaction IS 'protobuf analytics.v1.Transaction, the newest of the bucket';

-- stream_time is NULL until a record is accepted. writer names the process that moved the checkpoint last, so that an attempt
-- repeated after a lost answer is told from another owner's.
CREATE TABLE checkpoints (
    partition     integer     NOT NULL,
    epoch         bigint      NOT NULL,
    "offset"      bigint      NOT NULL,
    stream_time   timestamptz,
    accepted      bigint      NOT NULL,
    late          bigint      NOT NULL,
    duplicates    bigint      NOT NULL,
    dead_lettered bigint      NOT NULL,
    saturated     bigint      NOT NULL,
    writer        uuid        NOT NULL,
    updated_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (partition, epoch)
) WITH (fillfactor = 50);
