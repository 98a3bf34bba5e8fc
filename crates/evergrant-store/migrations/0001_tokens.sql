-- One row for each shared token. The first process applies this migration. If the processes cannot create tables, apply it by hand with the
-- name of the table, and grant them SELECT, INSERT, UPDATE and DELETE on it.
CREATE TABLE evergrant_tokens (
    key        text COLLATE "C" PRIMARY KEY,
    record     text COLLATE "C" NOT NULL,
    keep_until timestamptz NOT NULL
);
COMMENT ON TABLE evergrant_tokens IS 'evergrant schema 1';
