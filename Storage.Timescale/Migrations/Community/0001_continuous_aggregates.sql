-- Continuous aggregates in place of the plain views. WITH NO DATA because a refresh cannot run in the migration's transaction: the
-- policies below fill them. Real-time aggregation adds what is newer than the last refresh, so answers end at the present.
DROP VIEW account_hourly, account_daily, merchant_hourly, merchant_daily;

CREATE MATERIALIZED VIEW account_hourly
WITH (timescaledb.continuous, timescaledb.materialized_only = false) AS
SELECT account_id,
       currency,
       time_bucket(INTERVAL '1 hour', window_start) AS window_start,
       sum(count) AS count,
       sum(approved_count) AS approved_count,
       sum(declined_count) AS declined_count,
       sum(reversed_count) AS reversed_count,
       sum(debit_minor) AS debit_minor,
       sum(debit_count) AS debit_count,
       sum(credit_minor) AS credit_minor,
       sum(credit_count) AS credit_count,
       min(min_minor) AS min_minor,
       max(max_minor) AS max_minor
FROM account_windows
GROUP BY 1, 2, 3
WITH NO DATA;

CREATE MATERIALIZED VIEW account_daily
WITH (timescaledb.continuous, timescaledb.materialized_only = false) AS
SELECT account_id,
       currency,
       time_bucket(INTERVAL '1 day', window_start) AS window_start,
       sum(count) AS count,
       sum(approved_count) AS approved_count,
       sum(declined_count) AS declined_count,
       sum(reversed_count) AS reversed_count,
       sum(debit_minor) AS debit_minor,
       sum(debit_count) AS debit_count,
       sum(credit_minor) AS credit_minor,
       sum(credit_count) AS credit_count,
       min(min_minor) AS min_minor,
       max(max_minor) AS max_minor
FROM account_hourly
GROUP BY 1, 2, 3
WITH NO DATA;

CREATE MATERIALIZED VIEW merchant_hourly
WITH (timescaledb.continuous, timescaledb.materialized_only = false) AS
SELECT merchant_id,
       currency,
       time_bucket(INTERVAL '1 hour', window_start) AS window_start,
       sum(count) AS count,
       sum(approved_count) AS approved_count,
       sum(declined_count) AS declined_count,
       sum(reversed_count) AS reversed_count,
       sum(debit_minor) AS debit_minor,
       sum(debit_count) AS debit_count,
       sum(credit_minor) AS credit_minor,
       sum(credit_count) AS credit_count,
       min(min_minor) AS min_minor,
       max(max_minor) AS max_minor
FROM merchant_windows
GROUP BY 1, 2, 3
WITH NO DATA;

CREATE MATERIALIZED VIEW merchant_daily
WITH (timescaledb.continuous, timescaledb.materialized_only = false) AS
SELECT merchant_id,
       currency,
       time_bucket(INTERVAL '1 day', window_start) AS window_start,
       sum(count) AS count,
       sum(approved_count) AS approved_count,
       sum(declined_count) AS declined_count,
       sum(reversed_count) AS reversed_count,
       sum(debit_minor) AS debit_minor,
       sum(debit_count) AS debit_count,
       sum(credit_minor) AS credit_minor,
       sum(credit_count) AS credit_count,
       min(min_minor) AS min_minor,
       max(max_minor) AS max_minor
FROM merchant_hourly
GROUP BY 1, 2, 3
WITH NO DATA;

-- No start offset: a replay of old years changes minutes far below the last refresh, and they must appear in the history too. Only
-- ranges that changed are computed, so the unlimited range costs nothing when there is no such change. A refresh takes dropped
-- data for deleted data: the start offset must be shorter than the retention of what is aggregated. The days keep to that below;
-- whoever adds a retention policy to the minute tables must give the hours' policies a shorter start offset.
SELECT add_continuous_aggregate_policy('account_hourly',
    start_offset => NULL, end_offset => INTERVAL '1 hour', schedule_interval => INTERVAL '5 minutes');
SELECT add_continuous_aggregate_policy('account_daily',
    start_offset => INTERVAL '14 years', end_offset => INTERVAL '1 day', schedule_interval => INTERVAL '1 hour');
SELECT add_continuous_aggregate_policy('merchant_hourly',
    start_offset => NULL, end_offset => INTERVAL '1 hour', schedule_interval => INTERVAL '5 minutes');
SELECT add_continuous_aggregate_policy('merchant_daily',
    start_offset => INTERVAL '14 years', end_offset => INTERVAL '1 day', schedule_interval => INTERVAL '1 hour');

-- Hours are kept for fifteen years, longer than any record-keeping duty for card payments and than the oldest sample data; days
-- are kept for good. To keep less: remove_retention_policy, then add_retention_policy.
SELECT add_retention_policy('account_hourly', drop_after => INTERVAL '15 years');
SELECT add_retention_policy('merchant_hourly', drop_after => INTERVAL '15 years');
