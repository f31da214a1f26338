-- The aggregates as views. SQLite's sum fails when it passes 64 bits, but sums of the product saturate: amounts are added as
-- signed high and unsigned low halves of 32 bits, which cannot overflow, and put together again. The start of a window is rounded
-- towards the past also before 1970, where % is negative.
CREATE VIEW account_hourly AS
SELECT account_id, currency, window_start, count, approved_count, declined_count, reversed_count,
       CASE WHEN debit_minor_high + (debit_minor_low >> 32) > 2147483647 THEN 9223372036854775807
            WHEN debit_minor_high + (debit_minor_low >> 32) < -2147483648 THEN -9223372036854775807 - 1
            ELSE ((debit_minor_high + (debit_minor_low >> 32)) << 32) | (debit_minor_low & 4294967295)
       END AS debit_minor,
       debit_count,
       CASE WHEN credit_minor_high + (credit_minor_low >> 32) > 2147483647 THEN 9223372036854775807
            WHEN credit_minor_high + (credit_minor_low >> 32) < -2147483648 THEN -9223372036854775807 - 1
            ELSE ((credit_minor_high + (credit_minor_low >> 32)) << 32) | (credit_minor_low & 4294967295)
       END AS credit_minor,
       credit_count, min_minor, max_minor
FROM (
    SELECT account_id,
           currency,
           window_start - ((window_start % 3600000000) + 3600000000) % 3600000000 AS window_start,
           sum(count) AS count,
           sum(approved_count) AS approved_count,
           sum(declined_count) AS declined_count,
           sum(reversed_count) AS reversed_count,
           sum(debit_minor >> 32) AS debit_minor_high,
           sum(debit_minor & 4294967295) AS debit_minor_low,
           sum(debit_count) AS debit_count,
           sum(credit_minor >> 32) AS credit_minor_high,
           sum(credit_minor & 4294967295) AS credit_minor_low,
           sum(credit_count) AS credit_count,
           min(min_minor) AS min_minor,
           max(max_minor) AS max_minor
    FROM account_windows
    GROUP BY 1, 2, 3
);

CREATE VIEW account_daily AS
SELECT account_id, currency, window_start, count, approved_count, declined_count, reversed_count,
       CASE WHEN debit_minor_high + (debit_minor_low >> 32) > 2147483647 THEN 9223372036854775807
            WHEN debit_minor_high + (debit_minor_low >> 32) < -2147483648 THEN -9223372036854775807 - 1
            ELSE ((debit_minor_high + (debit_minor_low >> 32)) << 32) | (debit_minor_low & 4294967295)
       END AS debit_minor,
       debit_count,
       CASE WHEN credit_minor_high + (credit_minor_low >> 32) > 2147483647 THEN 9223372036854775807
            WHEN credit_minor_high + (credit_minor_low >> 32) < -2147483648 THEN -9223372036854775807 - 1
            ELSE ((credit_minor_high + (credit_minor_low >> 32)) << 32) | (credit_minor_low & 4294967295)
       END AS credit_minor,
       credit_count, min_minor, max_minor
FROM (
    SELECT account_id,
           currency,
           window_start - ((window_start % 86400000000) + 86400000000) % 86400000000 AS window_start,
           sum(count) AS count,
           sum(approved_count) AS approved_count,
           sum(declined_count) AS declined_count,
           sum(reversed_count) AS reversed_count,
           sum(debit_minor >> 32) AS debit_minor_high,
           sum(debit_minor & 4294967295) AS debit_minor_low,
           sum(debit_count) AS debit_count,
           sum(credit_minor >> 32) AS credit_minor_high,
           sum(credit_minor & 4294967295) AS credit_minor_low,
           sum(credit_count) AS credit_count,
           min(min_minor) AS min_minor,
           max(max_minor) AS max_minor
    FROM account_windows
    GROUP BY 1, 2, 3
);

CREATE VIEW merchant_hourly AS
SELECT merchant_id, currency, window_start, count, approved_count, declined_count, reversed_count,
       CASE WHEN debit_minor_high + (debit_minor_low >> 32) > 2147483647 THEN 9223372036854775807
            WHEN debit_minor_high + (debit_minor_low >> 32) < -2147483648 THEN -9223372036854775807 - 1
            ELSE ((debit_minor_high + (debit_minor_low >> 32)) << 32) | (debit_minor_low & 4294967295)
       END AS debit_minor,
       debit_count,
       CASE WHEN credit_minor_high + (credit_minor_low >> 32) > 2147483647 THEN 9223372036854775807
            WHEN credit_minor_high + (credit_minor_low >> 32) < -2147483648 THEN -9223372036854775807 - 1
            ELSE ((credit_minor_high + (credit_minor_low >> 32)) << 32) | (credit_minor_low & 4294967295)
       END AS credit_minor,
       credit_count, min_minor, max_minor
FROM (
    SELECT merchant_id,
           currency,
           window_start - ((window_start % 3600000000) + 3600000000) % 3600000000 AS window_start,
           sum(count) AS count,
           sum(approved_count) AS approved_count,
           sum(declined_count) AS declined_count,
           sum(reversed_count) AS reversed_count,
           sum(debit_minor >> 32) AS debit_minor_high,
           sum(debit_minor & 4294967295) AS debit_minor_low,
           sum(debit_count) AS debit_count,
           sum(credit_minor >> 32) AS credit_minor_high,
           sum(credit_minor & 4294967295) AS credit_minor_low,
           sum(credit_count) AS credit_count,
           min(min_minor) AS min_minor,
           max(max_minor) AS max_minor
    FROM merchant_windows
    GROUP BY 1, 2, 3
);

CREATE VIEW merchant_daily AS
SELECT merchant_id, currency, window_start, count, approved_count, declined_count, reversed_count,
       CASE WHEN debit_minor_high + (debit_minor_low >> 32) > 2147483647 THEN 9223372036854775807
            WHEN debit_minor_high + (debit_minor_low >> 32) < -2147483648 THEN -9223372036854775807 - 1
            ELSE ((debit_minor_high + (debit_minor_low >> 32)) << 32) | (debit_minor_low & 4294967295)
       END AS debit_minor,
       debit_count,
       CASE WHEN credit_minor_high + (credit_minor_low >> 32) > 2147483647 THEN 9223372036854775807
            WHEN credit_minor_high + (credit_minor_low >> 32) < -2147483648 THEN -9223372036854775807 - 1
            ELSE ((credit_minor_high + (credit_minor_low >> 32)) << 32) | (credit_minor_low & 4294967295)
       END AS credit_minor,
       credit_count, min_minor, max_minor
FROM (
    SELECT merchant_id,
           currency,
           window_start - ((window_start % 86400000000) + 86400000000) % 86400000000 AS window_start,
           sum(count) AS count,
           sum(approved_count) AS approved_count,
           sum(declined_count) AS declined_count,
           sum(reversed_count) AS reversed_count,
           sum(debit_minor >> 32) AS debit_minor_high,
           sum(debit_minor & 4294967295) AS debit_minor_low,
           sum(debit_count) AS debit_count,
           sum(credit_minor >> 32) AS credit_minor_high,
           sum(credit_minor & 4294967295) AS credit_minor_low,
           sum(credit_count) AS credit_count,
           min(min_minor) AS min_minor,
           max(max_minor) AS max_minor
    FROM merchant_windows
    GROUP BY 1, 2, 3
);
