-- Background work: the queue of jobs, and what the tasks of each server have done.
-- A finished job leaves the queue in the transaction that does its work. Columns
-- claimed_by and lease_until say which server is at it and until when; a job whose
-- lease has run out is taken by another server.

CREATE TABLE job (
    region_id BIGINT NOT NULL,
    job_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    reference BIGINT NOT NULL,
    state TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    run_after BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    claimed_by TEXT,
    lease_until BIGINT,
    failed_at BIGINT,
    last_error TEXT,
    PRIMARY KEY (region_id, job_id)
);

-- One thing waits once.
CREATE UNIQUE INDEX job_by_reference ON job (region_id, kind, reference);

CREATE TABLE task_run (
    region_id BIGINT NOT NULL,
    server TEXT NOT NULL,
    task TEXT NOT NULL,
    started_at BIGINT,
    succeeded_at BIGINT,
    failed_at BIGINT,
    failure TEXT,
    failures BIGINT NOT NULL,
    next_at BIGINT,
    reported_at BIGINT NOT NULL,
    PRIMARY KEY (region_id, server, task)
);

-- Imports that an earlier version has left waiting or running.
INSERT INTO job (region_id, job_id, kind, reference, state, created_at, run_after, attempts)
    SELECT region_id, import_id, 'import', import_id, 'waiting', created_at, created_at, 0
    FROM import WHERE state = 'waiting' OR state = 'running';

UPDATE import SET state = 'waiting', done = 0, total = 0 WHERE state = 'running';
