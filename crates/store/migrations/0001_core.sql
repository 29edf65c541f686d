-- Regions, units and their tree, facts, audit, balances, people who sign in, imports.
-- One text for both engines: {bytes} is BLOB or BYTEA, {clustered} is WITHOUT ROWID
-- on SQLite. Statements are sent one at a time (a distributed PostgreSQL refuses
-- several in one string), so no statement may hold a semicolon inside.
-- Times are microseconds since 1970 (UTC), dates YYYY-MM-DD, months yyyymm, money fen.

CREATE TABLE definition (
    hash TEXT NOT NULL PRIMARY KEY,
    campaign_id TEXT NOT NULL,
    loaded_at BIGINT NOT NULL,
    files TEXT NOT NULL
);

CREATE TABLE region (
    region_id BIGINT NOT NULL PRIMARY KEY,
    definition_hash TEXT NOT NULL,
    is_demonstration BOOLEAN NOT NULL,
    target_ppm BIGINT NOT NULL,
    version BIGINT NOT NULL
);

CREATE TABLE unit (
    region_id BIGINT NOT NULL,
    unit_id BIGINT NOT NULL,
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    attributes TEXT NOT NULL,
    closed_from BIGINT,
    merged_into BIGINT,
    version BIGINT NOT NULL,
    PRIMARY KEY (region_id, unit_id),
    UNIQUE (region_id, code)
);

CREATE TABLE unit_name (
    region_id BIGINT NOT NULL,
    unit_id BIGINT NOT NULL,
    until_on TEXT NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (region_id, unit_id, until_on, name)
);

CREATE TABLE affiliation (
    region_id BIGINT NOT NULL,
    unit_id BIGINT NOT NULL,
    line TEXT NOT NULL,
    from_month BIGINT NOT NULL,
    parent_id BIGINT NOT NULL,
    to_month BIGINT NOT NULL,
    PRIMARY KEY (region_id, unit_id, line, from_month, parent_id)
);

CREATE TABLE class_statement (
    region_id BIGINT NOT NULL,
    unit_id BIGINT NOT NULL,
    year BIGINT NOT NULL,
    ownership BIGINT,
    is_enterprise BOOLEAN NOT NULL,
    PRIMARY KEY (region_id, unit_id, year)
);

CREATE TABLE fact (
    region_id BIGINT NOT NULL,
    fact_id BIGINT NOT NULL,
    form TEXT NOT NULL,
    unit_id BIGINT NOT NULL,
    identity TEXT NOT NULL,
    version BIGINT NOT NULL,
    definition_hash TEXT NOT NULL,
    content TEXT NOT NULL,
    PRIMARY KEY (region_id, fact_id)
);

CREATE UNIQUE INDEX fact_by_identity ON fact (region_id, unit_id, form, identity);

CREATE TABLE fact_link (
    region_id BIGINT NOT NULL,
    unit_id BIGINT NOT NULL,
    fact_id BIGINT NOT NULL,
    PRIMARY KEY (region_id, unit_id, fact_id)
);

CREATE TABLE audit (
    region_id BIGINT NOT NULL,
    audit_id BIGINT NOT NULL,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    subject_id BIGINT NOT NULL,
    definition_hash TEXT NOT NULL,
    before TEXT,
    after TEXT,
    PRIMARY KEY (region_id, audit_id)
);

CREATE INDEX audit_by_subject ON audit (region_id, subject_id, audit_id);

CREATE TABLE cell (
    region_id BIGINT NOT NULL,
    unit_id BIGINT NOT NULL,
    period BIGINT NOT NULL,
    block BIGINT NOT NULL,
    v0 BIGINT NOT NULL, v1 BIGINT NOT NULL, v2 BIGINT NOT NULL, v3 BIGINT NOT NULL,
    v4 BIGINT NOT NULL, v5 BIGINT NOT NULL, v6 BIGINT NOT NULL, v7 BIGINT NOT NULL,
    v8 BIGINT NOT NULL, v9 BIGINT NOT NULL, v10 BIGINT NOT NULL, v11 BIGINT NOT NULL,
    v12 BIGINT NOT NULL, v13 BIGINT NOT NULL, v14 BIGINT NOT NULL, v15 BIGINT NOT NULL,
    PRIMARY KEY (region_id, unit_id, period, block)
) {clustered};

CREATE TABLE statement (
    region_id BIGINT NOT NULL,
    unit_id BIGINT NOT NULL,
    period BIGINT NOT NULL,
    block BIGINT NOT NULL,
    v0 BIGINT NOT NULL, v1 BIGINT NOT NULL, v2 BIGINT NOT NULL, v3 BIGINT NOT NULL,
    v4 BIGINT NOT NULL, v5 BIGINT NOT NULL, v6 BIGINT NOT NULL, v7 BIGINT NOT NULL,
    v8 BIGINT NOT NULL, v9 BIGINT NOT NULL, v10 BIGINT NOT NULL, v11 BIGINT NOT NULL,
    v12 BIGINT NOT NULL, v13 BIGINT NOT NULL, v14 BIGINT NOT NULL, v15 BIGINT NOT NULL,
    PRIMARY KEY (region_id, unit_id, period, block)
) {clustered};

CREATE TABLE baseline (
    region_id BIGINT NOT NULL,
    unit_id BIGINT NOT NULL,
    period BIGINT NOT NULL,
    block BIGINT NOT NULL,
    v0 BIGINT NOT NULL, v1 BIGINT NOT NULL, v2 BIGINT NOT NULL, v3 BIGINT NOT NULL,
    v4 BIGINT NOT NULL, v5 BIGINT NOT NULL, v6 BIGINT NOT NULL, v7 BIGINT NOT NULL,
    v8 BIGINT NOT NULL, v9 BIGINT NOT NULL, v10 BIGINT NOT NULL, v11 BIGINT NOT NULL,
    v12 BIGINT NOT NULL, v13 BIGINT NOT NULL, v14 BIGINT NOT NULL, v15 BIGINT NOT NULL,
    PRIMARY KEY (region_id, unit_id, period, block)
) {clustered};

CREATE TABLE tally (
    region_id BIGINT NOT NULL,
    unit_id BIGINT NOT NULL,
    measure BIGINT NOT NULL,
    key {bytes} NOT NULL,
    month BIGINT NOT NULL,
    times BIGINT NOT NULL,
    PRIMARY KEY (region_id, unit_id, measure, key, month)
) {clustered};

CREATE TABLE change_log (
    region_id BIGINT NOT NULL,
    change_id BIGINT NOT NULL,
    at BIGINT NOT NULL,
    content TEXT NOT NULL,
    PRIMARY KEY (region_id, change_id)
);

CREATE TABLE fold_state (
    region_id BIGINT NOT NULL PRIMARY KEY,
    folded BIGINT NOT NULL,
    at BIGINT NOT NULL
);

CREATE TABLE account (
    region_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    login TEXT NOT NULL,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    unit_id BIGINT NOT NULL,
    password_hash TEXT NOT NULL,
    is_disabled BOOLEAN NOT NULL,
    language TEXT,
    failures BIGINT NOT NULL,
    locked_until BIGINT NOT NULL,
    PRIMARY KEY (region_id, user_id),
    UNIQUE (region_id, login)
);

CREATE TABLE session (
    region_id BIGINT NOT NULL,
    token_hash TEXT NOT NULL,
    user_id BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (region_id, token_hash)
);

CREATE TABLE import (
    region_id BIGINT NOT NULL,
    import_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    unit_id BIGINT,
    created_at BIGINT NOT NULL,
    file_name TEXT NOT NULL,
    form TEXT NOT NULL,
    sheet TEXT,
    state TEXT NOT NULL,
    done BIGINT NOT NULL,
    total BIGINT NOT NULL,
    options TEXT NOT NULL,
    report TEXT,
    PRIMARY KEY (region_id, import_id)
);

CREATE TABLE import_file (
    region_id BIGINT NOT NULL,
    import_id BIGINT NOT NULL,
    content {bytes} NOT NULL,
    PRIMARY KEY (region_id, import_id)
);

CREATE TABLE column_mapping (
    region_id BIGINT NOT NULL,
    form TEXT NOT NULL,
    header TEXT NOT NULL,
    field TEXT NOT NULL,
    PRIMARY KEY (region_id, form, header)
);
