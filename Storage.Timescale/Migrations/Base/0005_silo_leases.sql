-- One row for each incarnation of a silo. A commit needs its silo's row, not fenced, and holds a share lock on it until it ends;
-- fencing updates the row, and so waits for commits in flight. A row that was deleted fences as well.
CREATE TABLE silo_leases (
    silo      text COLLATE "C" NOT NULL PRIMARY KEY,
    opened_at timestamptz NOT NULL DEFAULT now(),
    fenced_at timestamptz
);
