-- One row for each token that processes share. Applied by the first process that comes; or by hand, with the table's own name,
-- where those processes may not make tables. They need SELECT, INSERT, UPDATE and DELETE on it.
CREATE TABLE evergrant_tokens (
    key        text COLLATE "C" PRIMARY KEY,
    record     text COLLATE "C" NOT NULL,
    keep_until timestamptz NOT NULL
);
COMMENT ON TABLE evergrant_tokens IS 'evergrant schema 1';
