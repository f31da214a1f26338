-- One row for each incarnation of a silo. A commit needs its silo's row, not fenced; so a row that was deleted fences as well.
CREATE TABLE silo_leases (
    silo      TEXT    NOT NULL PRIMARY KEY,
    opened_at INTEGER NOT NULL,
    fenced_at INTEGER
) WITHOUT ROWID;
