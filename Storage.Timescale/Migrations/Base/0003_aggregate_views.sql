-- The aggregates as plain views, which every edition runs; the Community layer puts continuous aggregates of the same names and
-- columns in their place. Sums are numeric, so they cannot overflow; readers bring them back into a bigint.
CREATE VIEW account_hourly AS
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
GROUP BY 1, 2, 3;

CREATE VIEW account_daily AS
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
FROM account_windows
GROUP BY 1, 2, 3;

CREATE VIEW merchant_hourly AS
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
GROUP BY 1, 2, 3;

CREATE VIEW merchant_daily AS
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
FROM merchant_windows
GROUP BY 1, 2, 3;
