-- A database of migration 25: its schema, and a few rows in every table. {bytes} and {clustered} are put
-- into the engine's words as in a migration, {x:…} is a value of bytes. A statement ends with a line.

CREATE TABLE migration (number BIGINT NOT NULL PRIMARY KEY, checksum TEXT);

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
, is_unfolded BOOLEAN NOT NULL DEFAULT FALSE, vault_check TEXT, is_clear BOOLEAN NOT NULL DEFAULT FALSE, database_id TEXT, is_undigested BOOLEAN NOT NULL DEFAULT FALSE, business_day TEXT, own_targets TEXT, packing_step BIGINT NOT NULL DEFAULT 0, packed_to BIGINT NOT NULL DEFAULT 0, days_definition TEXT);

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
    content TEXT NOT NULL, state TEXT, state_since TEXT, pending TEXT, compact {bytes},
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
    after TEXT, detail TEXT, version BIGINT, record_digest BIGINT, digest BIGINT, compact {bytes},
    PRIMARY KEY (region_id, audit_id)
);

CREATE INDEX audit_by_subject ON audit (region_id, subject_id, audit_id);

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
    locked_until BIGINT NOT NULL, must_change_password BOOLEAN NOT NULL DEFAULT FALSE, last_sign_in_at BIGINT, telephone TEXT, successor_id BIGINT, previous_sign_in_at BIGINT,
    PRIMARY KEY (region_id, user_id),
    UNIQUE (region_id, login)
);

CREATE TABLE session (
    region_id BIGINT NOT NULL,
    token_hash TEXT NOT NULL,
    user_id BIGINT NOT NULL,
    expires_at BIGINT NOT NULL, session_id BIGINT NOT NULL DEFAULT 0, created_at BIGINT NOT NULL DEFAULT 0, seen_at BIGINT NOT NULL DEFAULT 0, idle_until BIGINT NOT NULL DEFAULT 0, address TEXT, browser TEXT, deputy_id BIGINT,
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
    report TEXT, take_back TEXT, deputy_id BIGINT,
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

CREATE TABLE cell (
    region_id BIGINT NOT NULL,
    unit_id BIGINT NOT NULL,
    period BIGINT NOT NULL,
    slots {bytes} NOT NULL,
    PRIMARY KEY (region_id, unit_id, period)
) {clustered};

CREATE TABLE statement (
    region_id BIGINT NOT NULL,
    unit_id BIGINT NOT NULL,
    slots {bytes} NOT NULL,
    PRIMARY KEY (region_id, unit_id)
) {clustered};

CREATE TABLE baseline (
    region_id BIGINT NOT NULL,
    unit_id BIGINT NOT NULL,
    slots {bytes} NOT NULL,
    PRIMARY KEY (region_id, unit_id)
) {clustered};

CREATE INDEX fact_by_form ON fact (region_id, form, fact_id);

CREATE TABLE awaited (
    region_id BIGINT NOT NULL,
    fact_id BIGINT NOT NULL,
    clock TEXT NOT NULL,
    role TEXT NOT NULL,
    level TEXT NOT NULL,
    unit_id BIGINT NOT NULL,
    form TEXT NOT NULL,
    due_on TEXT NOT NULL,
    since_on TEXT NOT NULL,
    PRIMARY KEY (region_id, fact_id, clock, role)
) {clustered};

CREATE INDEX awaited_by_unit ON awaited (region_id, unit_id, role, due_on, fact_id);

CREATE INDEX awaited_by_role ON awaited (region_id, role, due_on, fact_id);

CREATE TABLE comment (
    region_id BIGINT NOT NULL,
    fact_id BIGINT NOT NULL,
    comment_id BIGINT NOT NULL,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    content TEXT NOT NULL,
    is_withdrawn BOOLEAN NOT NULL,
    PRIMARY KEY (region_id, fact_id, comment_id)
) {clustered};

CREATE TABLE privacy_log (
    region_id BIGINT NOT NULL,
    entry_id BIGINT NOT NULL,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    unit_id BIGINT,
    fact_id BIGINT,
    person TEXT,
    reason TEXT NOT NULL,
    detail TEXT NOT NULL,
    PRIMARY KEY (region_id, entry_id)
);

CREATE INDEX privacy_log_by_fact ON privacy_log (region_id, fact_id, entry_id);

CREATE TABLE saved_view (
    region_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    form TEXT NOT NULL,
    name TEXT NOT NULL,
    query TEXT NOT NULL,
    PRIMARY KEY (region_id, user_id, form, name)
) {clustered};

CREATE TABLE attachment (
    region_id BIGINT NOT NULL,
    attachment_id BIGINT NOT NULL,
    fact_id BIGINT NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    size BIGINT NOT NULL,
    hash TEXT NOT NULL,
    added_by TEXT NOT NULL,
    added_at BIGINT NOT NULL,
    removed_at BIGINT,
    PRIMARY KEY (region_id, attachment_id)
);

CREATE UNIQUE INDEX attachment_by_fact ON attachment (region_id, fact_id, hash) WHERE removed_at IS NULL;

CREATE INDEX attachment_by_hash ON attachment (region_id, hash);

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

CREATE TABLE column_memory (
    region_id BIGINT NOT NULL,
    unit_id BIGINT NOT NULL,
    form TEXT NOT NULL,
    header TEXT NOT NULL,
    field TEXT NOT NULL, import_id BIGINT, former TEXT,
    PRIMARY KEY (region_id, unit_id, form, header)
) {clustered};

CREATE INDEX session_by_user ON session (region_id, user_id);

CREATE TABLE sign_in_failure (
    region_id BIGINT NOT NULL,
    subject TEXT NOT NULL,
    failures BIGINT NOT NULL,
    forget_at BIGINT NOT NULL,
    refused_until BIGINT NOT NULL,
    PRIMARY KEY (region_id, subject)
);

CREATE TABLE known_address (
    region_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    address TEXT NOT NULL,
    used_at BIGINT NOT NULL,
    PRIMARY KEY (region_id, user_id, address)
);

CREATE TABLE second_factor (
    region_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    secret TEXT NOT NULL,
    is_confirmed BOOLEAN NOT NULL,
    last_step BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (region_id, user_id)
);

CREATE TABLE access_log (
    region_id BIGINT NOT NULL,
    entry_id BIGINT NOT NULL,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    address TEXT,
    unit_id BIGINT,
    subject TEXT NOT NULL,
    detail TEXT NOT NULL, block BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (region_id, entry_id)
);

CREATE TABLE posting (
    region_id BIGINT NOT NULL,
    measure BIGINT NOT NULL,
    month BIGINT NOT NULL,
    unit_id BIGINT NOT NULL,
    fact_id BIGINT NOT NULL,
    entries {bytes} NOT NULL,
    PRIMARY KEY (region_id, measure, month, unit_id, fact_id)
);

CREATE INDEX import_by_user ON import (region_id, user_id, created_at, import_id);

CREATE INDEX account_by_unit ON account (region_id, unit_id);

CREATE TABLE import_record (
    region_id BIGINT NOT NULL,
    import_id BIGINT NOT NULL,
    block BIGINT NOT NULL,
    entries {bytes} NOT NULL,
    PRIMARY KEY (region_id, import_id, block)
);

CREATE TABLE record_change (
    region_id BIGINT NOT NULL,
    form TEXT NOT NULL,
    number BIGINT NOT NULL,
    mark BIGINT NOT NULL,
    records {bytes} NOT NULL,
    PRIMARY KEY (region_id, form, number)
) {clustered};

CREATE TABLE last_change (
    region_id BIGINT NOT NULL PRIMARY KEY,
    number BIGINT NOT NULL,
    mark BIGINT NOT NULL,
    origin BIGINT NOT NULL
);

CREATE TABLE change_pending (
    region_id BIGINT NOT NULL,
    change_id BIGINT NOT NULL,
    form TEXT NOT NULL,
    records {bytes} NOT NULL,
    PRIMARY KEY (region_id, change_id)
);

CREATE TABLE activation (
    region_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    code_hash TEXT NOT NULL,
    batch_id BIGINT NOT NULL,
    issued_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    tries BIGINT NOT NULL,
    PRIMARY KEY (region_id, user_id)
);

CREATE INDEX activation_by_code ON activation (region_id, code_hash);

CREATE INDEX activation_by_batch ON activation (region_id, batch_id);

CREATE TABLE activation_batch (
    region_id BIGINT NOT NULL,
    batch_id BIGINT NOT NULL,
    unit_id BIGINT NOT NULL,
    issued_at BIGINT NOT NULL,
    issued_by TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    accounts BIGINT NOT NULL,
    PRIMARY KEY (region_id, batch_id)
);

CREATE TABLE deputy (
    region_id BIGINT NOT NULL,
    deputy_id BIGINT NOT NULL,
    principal_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    from_on TEXT NOT NULL,
    until_on TEXT NOT NULL,
    named_by TEXT NOT NULL,
    ended_at BIGINT,
    PRIMARY KEY (region_id, deputy_id)
);

CREATE INDEX deputy_by_principal ON deputy (region_id, principal_id);

CREATE INDEX deputy_by_user ON deputy (region_id, user_id);

CREATE INDEX access_log_by_block ON access_log (region_id, block, entry_id);

CREATE TABLE access_block (
    region_id BIGINT NOT NULL,
    block BIGINT NOT NULL,
    entries BIGINT NOT NULL,
    made_at BIGINT NOT NULL,
    digest TEXT NOT NULL,
    PRIMARY KEY (region_id, block)
);

CREATE TABLE audit_total (
    region_id BIGINT NOT NULL,
    shard BIGINT NOT NULL,
    entries BIGINT NOT NULL,
    digests BIGINT NOT NULL,
    digest BIGINT NOT NULL,
    PRIMARY KEY (region_id, shard)
) {clustered};

CREATE INDEX audit_by_actor ON audit (region_id, actor, audit_id) WHERE actor <> 'console';

CREATE INDEX audit_by_other_subject ON audit (region_id, subject, audit_id) WHERE version IS NULL;

CREATE TABLE draft (
    region_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    draft_id TEXT NOT NULL,
    unit_id BIGINT NOT NULL,
    form TEXT NOT NULL,
    fact_id BIGINT NOT NULL,
    saved_at BIGINT NOT NULL,
    definition_hash TEXT NOT NULL,
    content TEXT NOT NULL,
    PRIMARY KEY (region_id, user_id, draft_id)
);

CREATE TABLE record_reference (
    region_id BIGINT NOT NULL,
    referred_id BIGINT NOT NULL,
    form TEXT NOT NULL,
    field TEXT NOT NULL,
    fact_id BIGINT NOT NULL,
    PRIMARY KEY (region_id, referred_id, form, field, fact_id)
) {clustered};

CREATE TABLE record_name (
    region_id BIGINT NOT NULL,
    form TEXT NOT NULL,
    name TEXT NOT NULL,
    fact_id BIGINT NOT NULL,
    unit_id BIGINT NOT NULL,
    PRIMARY KEY (region_id, form, name, fact_id)
) {clustered};

CREATE TABLE short_name (
    region_id BIGINT NOT NULL,
    number BIGINT NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (region_id, number)
) {clustered};

CREATE TABLE balance_day (
    region_id BIGINT NOT NULL,
    unit_id BIGINT NOT NULL,
    day BIGINT NOT NULL,
    changes {bytes} NOT NULL,
    PRIMARY KEY (region_id, unit_id, day)
) {clustered};

CREATE TABLE candidate_version (
    region_id BIGINT NOT NULL,
    candidate_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    deputy_id BIGINT,
    created_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    file_name TEXT NOT NULL,
    campaign_id TEXT NOT NULL,
    files TEXT NOT NULL,
    state TEXT NOT NULL,
    plan TEXT,
    decided_by TEXT,
    error TEXT,
    PRIMARY KEY (region_id, candidate_id)
) {clustered};

CREATE INDEX candidate_version_by_time ON candidate_version (region_id, created_at, candidate_id);

CREATE TABLE former_posting (
    region_id BIGINT NOT NULL,
    measure BIGINT NOT NULL,
    month BIGINT NOT NULL,
    unit_id BIGINT NOT NULL,
    fact_id BIGINT NOT NULL,
    day BIGINT NOT NULL,
    PRIMARY KEY (region_id, measure, month, unit_id, fact_id)
) {clustered};

CREATE TABLE removed_record (
    region_id BIGINT NOT NULL,
    fact_id BIGINT NOT NULL,
    unit_id BIGINT NOT NULL,
    form TEXT NOT NULL,
    PRIMARY KEY (region_id, fact_id)
) {clustered};

CREATE INDEX removed_record_by_unit ON removed_record (region_id, unit_id, form, fact_id);

CREATE TABLE recomputed_day (
    region_id BIGINT NOT NULL,
    day BIGINT NOT NULL,
    PRIMARY KEY (region_id, day)
) {clustered};

CREATE TABLE definition_in_force (
    region_id BIGINT NOT NULL,
    at BIGINT NOT NULL,
    hash TEXT NOT NULL,
    PRIMARY KEY (region_id, at)
) {clustered};

INSERT INTO migration (number, checksum)
VALUES (1, '79d5017ef16798093e193c1ee6318fa498df5df6f4d14532123d98304d480eba');
INSERT INTO migration (number, checksum)
VALUES (2, 'e584afedbcc7aa1fc3969da46ca1c0582eff234a70c40e257a2e9efd8befc8f8');
INSERT INTO migration (number, checksum)
VALUES (3, '8fe10985e7f1816b436a2950697839df720e03b19c0920a3a04c76f91b06a47c');
INSERT INTO migration (number, checksum)
VALUES (4, 'c5469015d00947f556d38ff9b5a95cf7fa5603192faba0e05a0692d749b8e684');
INSERT INTO migration (number, checksum)
VALUES (5, 'e3bd6af63b45f2c04d6a86efb2e7904f5e49a997ddbf53cdc62c7d206f38cc27');
INSERT INTO migration (number, checksum)
VALUES (6, '4525124cc789b715f53727c1f5300df44c24cbe568c95bec6caa3dbb09e28f4a');
INSERT INTO migration (number, checksum)
VALUES (7, '5a0074df90f0caadb36fcf64e39804e04107e19c2ceceed6e3eee8a8bfbf8557');
INSERT INTO migration (number, checksum)
VALUES (8, '88e83c921bfe99f322e244bc87533529c3091fbc6f19243a03b5a25fc9899385');
INSERT INTO migration (number, checksum)
VALUES (9, 'ea6a0c0cc276d8ab2c8fba0863fd662c3f1cb88123158acacd25a0e51451b5d6');
INSERT INTO migration (number, checksum)
VALUES (10, 'e7e132c8ffde7ac7bd2a7aa385f0d085384e22b8949f34e5cc4e9942833d2ccb');
INSERT INTO migration (number, checksum)
VALUES (11, '515f8945be4d90b43ac3e430694e8339488280dbd6b2a914dd8c8d5998968043');
INSERT INTO migration (number, checksum)
VALUES (12, '3e15e164a47e062e6bf77e3b5ab603b2c60664eba9609a991140b7c36c7c985f');
INSERT INTO migration (number, checksum)
VALUES (13, '4ca62ab5fb18ded33ac9001606407d7a6b63da7de7b9670f6b9583c6cdd4f342');
INSERT INTO migration (number, checksum)
VALUES (14, '309c426af7ed5aeb99a059ae493f6b61bdd29cd9904e9fc606a85fa2ab0300d5');
INSERT INTO migration (number, checksum)
VALUES (15, '627a8327ad48ed6b4c46f5a755b9b87b665192be79e0fa594254fedb989235f2');
INSERT INTO migration (number, checksum)
VALUES (16, 'be8e0e4ce7099a5f3c009e9775d26a4b81e8f79e815b9b99fb0ad77cf7146a1c');
INSERT INTO migration (number, checksum)
VALUES (17, '89413aa1df8ea5f38338e639a7343598056312d6ae29e4536186df081b6858e6');
INSERT INTO migration (number, checksum)
VALUES (18, '874aa0987d6e9f47738f7ec81e62e9a13fa6cc522a433109284da1a4bf1a4046');
INSERT INTO migration (number, checksum)
VALUES (19, 'ce4caf0b2fa11e026f104e58a13367a2ad1d6875656f35c441b5fd8870f0d06d');
INSERT INTO migration (number, checksum)
VALUES (20, '7b78832a16797c68835c346a974116917c0dba509cf041db48645df0db14405d');
INSERT INTO migration (number, checksum)
VALUES (21, 'b7a4b4b235c8b97ef00500f4e0c29676202b70095e935d23ca0b194597f53382');
INSERT INTO migration (number, checksum)
VALUES (22, 'af7dc6d255d94ba2d861fab32964519f47059d2f1619c2797786c8ad188436c4');
INSERT INTO migration (number, checksum)
VALUES (23, '822fda2ef57ab94c560d7947dd8f091cb258caa96723ac8dd24c938d0d53a837');
INSERT INTO migration (number, checksum)
VALUES (24, 'd9399deb343558652c20fd21eba3eb639df131f73092248639fcdfd883a21234');
INSERT INTO migration (number, checksum)
VALUES (25, '1b4e558dcbabda6ba56212628c16b1f96a99994cd769e2ca021aba953d780b51');

INSERT INTO definition (hash, campaign_id, loaded_at, files)
VALUES ('a7937b64b8caa58f03721bb6bacf5c78cb235febe0e70b1b84cd99541461a08e', 'small', 1792288800000000, '[{"path":"campaign.toml","text":"id = \"small\"\nlabel = { zh = \"小竞赛\", en = \"Small\" }\n"}]');

INSERT INTO region (region_id, definition_hash, is_demonstration, target_ppm, version, is_unfolded, vault_check, is_clear, database_id, is_undigested, business_day, own_targets, packing_step, packed_to, days_definition)
VALUES (1, 'a7937b64b8caa58f03721bb6bacf5c78cb235febe0e70b1b84cd99541461a08e', FALSE, 1000000, 3, TRUE, '5f0c', FALSE, NULL, TRUE, NULL, NULL, 1, 0, NULL);
INSERT INTO region (region_id, definition_hash, is_demonstration, target_ppm, version, is_unfolded, vault_check, is_clear, database_id, is_undigested, business_day, own_targets, packing_step, packed_to, days_definition)
VALUES (2, 'a7937b64b8caa58f03721bb6bacf5c78cb235febe0e70b1b84cd99541461a08e', TRUE, 50000, 3, TRUE, NULL, TRUE, NULL, TRUE, '2015-09-30', '{"4.4":100}', 1, 0, NULL);

INSERT INTO unit (region_id, unit_id, code, name, kind, attributes, closed_from, merged_into, version)
VALUES (1, 11, '210200000', '市总工会', 'union', '{}', NULL, NULL, 1);
INSERT INTO unit (region_id, unit_id, code, name, kind, attributes, closed_from, merged_into, version)
VALUES (1, 12, '210211000', '甘井子区总工会', 'union', '{"line":"区市县"}', NULL, NULL, 1);
INSERT INTO unit (region_id, unit_id, code, name, kind, attributes, closed_from, merged_into, version)
VALUES (1, 13, '210211001', '红星机床厂工会委员会', 'grassroots', '{"address":"大连市甘井子区1号","id_number":"~1QUJDREVGR0gQUJDREVGR0gQUJDREVGR0gQUJDREVGR0g"}', NULL, NULL, 1);
INSERT INTO unit (region_id, unit_id, code, name, kind, attributes, closed_from, merged_into, version)
VALUES (1, 14, '210211002', '海天造船厂', 'grassroots', '{}', 201401, 13, 2);
INSERT INTO unit (region_id, unit_id, code, name, kind, attributes, closed_from, merged_into, version)
VALUES (1, 15, '210211001-01', '一车间班组', 'team', '{}', NULL, NULL, 1);
INSERT INTO unit (region_id, unit_id, code, name, kind, attributes, closed_from, merged_into, version)
VALUES (2, 11, '210200000', '市总工会', 'union', '{}', NULL, NULL, 1);
INSERT INTO unit (region_id, unit_id, code, name, kind, attributes, closed_from, merged_into, version)
VALUES (2, 12, '210211000', '甘井子区总工会', 'union', '{"line":"区市县"}', NULL, NULL, 1);
INSERT INTO unit (region_id, unit_id, code, name, kind, attributes, closed_from, merged_into, version)
VALUES (2, 13, '210211001', '红星机床厂工会委员会', 'grassroots', '{"address":"大连市甘井子区1号","id_number":"210202198001010008"}', NULL, NULL, 1);
INSERT INTO unit (region_id, unit_id, code, name, kind, attributes, closed_from, merged_into, version)
VALUES (2, 14, '210211002', '海天造船厂', 'grassroots', '{}', 201401, 13, 2);
INSERT INTO unit (region_id, unit_id, code, name, kind, attributes, closed_from, merged_into, version)
VALUES (2, 15, '210211001-01', '一车间班组', 'team', '{}', NULL, NULL, 1);

INSERT INTO unit_name (region_id, unit_id, until_on, name)
VALUES (1, 13, '2013-05-01', '红星机床厂');

INSERT INTO affiliation (region_id, unit_id, line, from_month, parent_id, to_month)
VALUES (1, 12, 'subordination', 0, 11, 999912);
INSERT INTO affiliation (region_id, unit_id, line, from_month, parent_id, to_month)
VALUES (1, 13, 'subordination', 0, 12, 999912);
INSERT INTO affiliation (region_id, unit_id, line, from_month, parent_id, to_month)
VALUES (1, 14, 'subordination', 201201, 12, 201401);
INSERT INTO affiliation (region_id, unit_id, line, from_month, parent_id, to_month)
VALUES (1, 14, 'guidance', 201201, 11, 201401);
INSERT INTO affiliation (region_id, unit_id, line, from_month, parent_id, to_month)
VALUES (1, 15, 'subordination', 0, 13, 999912);

INSERT INTO class_statement (region_id, unit_id, year, ownership, is_enterprise)
VALUES (1, 13, 0, 1, TRUE);
INSERT INTO class_statement (region_id, unit_id, year, ownership, is_enterprise)
VALUES (1, 13, 2012, NULL, FALSE);

INSERT INTO fact (region_id, fact_id, form, unit_id, identity, version, definition_hash, content, state, state_since, pending, compact)
VALUES (1, 201000000000000001, 'green-action', 13, 'G-2026-001', 2, 'a7937b64b8caa58f03721bb6bacf5c78cb235febe0e70b1b84cd99541461a08e', '{"serial":"G-2026-001","subject":"空压机余热回收；改造一期","kind":"energy","started_on":"2026-01-05","finished_on":"2026-03-20","verified":true,"saving":1250000,"rating":8.5,"remarks":"第一行\n第二行: \"引号\" 和 ''quote'' ; 分号"}', NULL, NULL, NULL, NULL);
INSERT INTO fact (region_id, fact_id, form, unit_id, identity, version, definition_hash, content, state, state_since, pending, compact)
VALUES (1, 201000000001048577, 'green-action', 13, 'G-2026-002', 1, 'a7937b64b8caa58f03721bb6bacf5c78cb235febe0e70b1b84cd99541461a08e', '{"serial":"G-2026-002","subject":"LED照明","kind":"energy","started_on":"2026-02-01","partner":14}', NULL, NULL, NULL, NULL);
INSERT INTO fact (region_id, fact_id, form, unit_id, identity, version, definition_hash, content, state, state_since, pending, compact)
VALUES (1, 201000000002097153, 'workshop-idea', 15, 'i1', 3, '#2', '', 'paused', '2026-03-01', NULL, {x:01011e83b2858bb0bf95629c2195d0c21f021491208009000b70726f706f7365645f6f6e05b63f});
INSERT INTO fact (region_id, fact_id, form, unit_id, identity, version, definition_hash, content, state, state_since, pending, compact)
VALUES (1, 201000000003145729, 'annual', 13, '2026', 1, 'a7937b64b8caa58f03721bb6bacf5c78cb235febe0e70b1b84cd99541461a08e', '{"year":2026,"workers":1280,"cost":-500}', NULL, NULL, NULL, NULL);

INSERT INTO fact_link (region_id, unit_id, fact_id)
VALUES (1, 14, 201000000001048577);

INSERT INTO audit (region_id, audit_id, at, actor, action, subject, subject_id, definition_hash, before, after, detail, version, record_digest, digest, compact)
VALUES (1, 201000000000000008, 1792288800000000, 'wang', 'create', 'fact', 201000000000000001, 'a7937b64b8caa58f03721bb6bacf5c78cb235febe0e70b1b84cd99541461a08e', NULL, '{"serial":"G-2026-001","subject":"空压机余热回收；改造一期","kind":"energy","started_on":"2026-01-05","finished_on":"2026-03-20","verified":true,"saving":1250000,"rating":8.5,"remarks":"第一行\n第二行: \"引号\" 和 ''quote'' ; 分号"}', NULL, NULL, NULL, NULL, NULL);
INSERT INTO audit (region_id, audit_id, at, actor, action, subject, subject_id, definition_hash, before, after, detail, version, record_digest, digest, compact)
VALUES (1, 201000000001048584, 1792288861000000, 'wang', 'create', 'fact', 201000000001048577, 'a7937b64b8caa58f03721bb6bacf5c78cb235febe0e70b1b84cd99541461a08e', NULL, '{"serial":"G-2026-002","subject":"LED照明","kind":"energy","started_on":"2026-02-01","partner":14}', NULL, NULL, NULL, NULL, NULL);
INSERT INTO audit (region_id, audit_id, at, actor, action, subject, subject_id, definition_hash, before, after, detail, version, record_digest, digest, compact)
VALUES (1, 201000000002097160, 1792288922000000, 'wang', 'create', 'fact', 201000000002097153, 'a7937b64b8caa58f03721bb6bacf5c78cb235febe0e70b1b84cd99541461a08e', NULL, '{"title":"冲压线换模提速","person":"张三","proposed_on":"2026-02-11"}', NULL, NULL, NULL, NULL, NULL);
INSERT INTO audit (region_id, audit_id, at, actor, action, subject, subject_id, definition_hash, before, after, detail, version, record_digest, digest, compact)
VALUES (1, 201000000003145736, 1792288983000000, 'wang', 'create', 'fact', 201000000003145729, 'a7937b64b8caa58f03721bb6bacf5c78cb235febe0e70b1b84cd99541461a08e', NULL, '{"year":2026,"workers":1280,"cost":-500}', NULL, NULL, NULL, NULL, NULL);
INSERT INTO audit (region_id, audit_id, at, actor, action, subject, subject_id, definition_hash, before, after, detail, version, record_digest, digest, compact)
VALUES (1, 201000000004194305, 1792289349000000, '李四', 'correct', 'fact', 201000000000000001, 'a7937b64b8caa58f03721bb6bacf5c78cb235febe0e70b1b84cd99541461a08e', '{"serial":"G-2026-001","subject":"余热回收"}', '{"serial":"G-2026-001","subject":"空压机余热回收；改造一期","kind":"energy","started_on":"2026-01-05","finished_on":"2026-03-20","verified":true,"saving":1250000,"rating":8.5,"remarks":"第一行\n第二行: \"引号\" 和 ''quote'' ; 分号"}', NULL, NULL, NULL, NULL, NULL);
INSERT INTO audit (region_id, audit_id, at, actor, action, subject, subject_id, definition_hash, before, after, detail, version, record_digest, digest, compact)
VALUES (1, 201000000004194306, 1792289410000000, 'console', 'merge', 'unit', 14, 'a7937b64b8caa58f03721bb6bacf5c78cb235febe0e70b1b84cd99541461a08e', '{"name":"海天造船厂"}', NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO audit (region_id, audit_id, at, actor, action, subject, subject_id, definition_hash, before, after, detail, version, record_digest, digest, compact)
VALUES (1, 201000000005242881, 1792289532000000, 'wang', 'step', 'fact', 201000000002097153, 'a7937b64b8caa58f03721bb6bacf5c78cb235febe0e70b1b84cd99541461a08e', '{"title":"冲压线换模提速","person":"张三","proposed_on":"2026-02-11"}', '{"title":"冲压线换模提速","person":"张三","proposed_on":"2026-02-11"}', '{"step":"pause","from":"proposed","to":"paused"}', NULL, NULL, NULL, NULL);

INSERT INTO tally (region_id, unit_id, measure, key, month, times)
VALUES (1, 11, 4, {x:f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff}, 202603, 1);
INSERT INTO tally (region_id, unit_id, measure, key, month, times)
VALUES (1, 13, 4, {x:000a141e28323c46505a646e78828c96}, 202602, 2);

INSERT INTO change_log (region_id, change_id, at, content)
VALUES (2, 201000000000000004, 1792288983000000, '{"cells":[[13,202603,[[0,1],[5,-3]]]],"tallies":[]}');

INSERT INTO fold_state (region_id, folded, at)
VALUES (2, 17, 1792288922000000);

INSERT INTO account (region_id, user_id, login, name, role, unit_id, password_hash, is_disabled, language, failures, locked_until, must_change_password, last_sign_in_at, telephone, successor_id, previous_sign_in_at)
VALUES (1, 31, 'wang', '王五', 'enterprise', 13, '$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA', FALSE, 'zh', 0, 0, FALSE, 1792290508000000, NULL, NULL, NULL);
INSERT INTO account (region_id, user_id, login, name, role, unit_id, password_hash, is_disabled, language, failures, locked_until, must_change_password, last_sign_in_at, telephone, successor_id, previous_sign_in_at)
VALUES (1, 32, 'city', '市办公室', 'city', 11, '$argon2id$v=19$m=19456,t=2,p=1$c2FsdB$aGFzaB', TRUE, NULL, 3, 1792289105000000, FALSE, NULL, NULL, NULL, NULL);

INSERT INTO session (region_id, token_hash, user_id, expires_at, session_id, created_at, seen_at, idle_until, address, browser, deputy_id)
VALUES (1, '3c469e9d6c5875d37a43f353d4f88e61fcf812c66eee3457465a40b0da4153e0', 31, 1792343700000000, 0, 0, 0, 0, NULL, NULL, NULL);

INSERT INTO import (region_id, import_id, user_id, unit_id, created_at, file_name, form, sheet, state, done, total, options, report, take_back, deputy_id)
VALUES (1, 41, 31, 13, 1792288861000000, '提案台账 (1).xlsx', 'green-action', 'Sheet1', 'done', 2, 2, '{"skip_changed":false}', '{"new":2,"faults":[]}', NULL, NULL);
INSERT INTO import (region_id, import_id, user_id, unit_id, created_at, file_name, form, sheet, state, done, total, options, report, take_back, deputy_id)
VALUES (1, 42, 31, NULL, 1792288922000000, 'a.csv', '', NULL, 'waiting', 0, 0, '{}', NULL, NULL, NULL);

INSERT INTO import_file (region_id, import_id, content)
VALUES (1, 42, {x:cfeec4bfb1e0bac52ccfeec4bfc3fbb3c60a472d392c2778273b0a00ff});

INSERT INTO column_mapping (region_id, form, header, field)
VALUES (1, 'green-action', '处理结果', 'verified');

INSERT INTO cell (region_id, unit_id, period, slots)
VALUES (1, 11, 0, {x:004204030d009802808080808040});
INSERT INTO cell (region_id, unit_id, period, slots)
VALUES (1, 11, 202600, {x:004204030dd0dd189802808080808040});
INSERT INTO cell (region_id, unit_id, period, slots)
VALUES (1, 11, 202602, {x:004204030dd4dd189802808080808040});
INSERT INTO cell (region_id, unit_id, period, slots)
VALUES (1, 11, 202603, {x:004204030dd6dd189802808080808040});
INSERT INTO cell (region_id, unit_id, period, slots)
VALUES (1, 12, 0, {x:004804030d009802808080808040});
INSERT INTO cell (region_id, unit_id, period, slots)
VALUES (1, 12, 202600, {x:004804030dd0dd189802808080808040});
INSERT INTO cell (region_id, unit_id, period, slots)
VALUES (1, 12, 202602, {x:004804030dd4dd189802808080808040});
INSERT INTO cell (region_id, unit_id, period, slots)
VALUES (1, 12, 202603, {x:004804030dd6dd189802808080808040});
INSERT INTO cell (region_id, unit_id, period, slots)
VALUES (1, 13, 0, {x:004e04030d009802808080808040});
INSERT INTO cell (region_id, unit_id, period, slots)
VALUES (1, 13, 202600, {x:004e04030dd0dd189802808080808040});
INSERT INTO cell (region_id, unit_id, period, slots)
VALUES (1, 13, 202602, {x:004e04030dd4dd189802808080808040});
INSERT INTO cell (region_id, unit_id, period, slots)
VALUES (1, 13, 202603, {x:004e04030dd6dd189802808080808040});

INSERT INTO statement (region_id, unit_id, slots)
VALUES (1, 11, {x:13f006});
INSERT INTO statement (region_id, unit_id, slots)
VALUES (1, 12, {x:13c007});
INSERT INTO statement (region_id, unit_id, slots)
VALUES (1, 13, {x:139008});

INSERT INTO baseline (region_id, unit_id, slots)
VALUES (1, 11, {x:13c03e0102});
INSERT INTO baseline (region_id, unit_id, slots)
VALUES (1, 12, {x:13c03e0102});
INSERT INTO baseline (region_id, unit_id, slots)
VALUES (1, 13, {x:13c03e0102});

INSERT INTO awaited (region_id, fact_id, clock, role, level, unit_id, form, due_on, since_on)
VALUES (1, 201000000002097153, 'answer', 'enterprise', 'own', 15, 'workshop-idea', '2026-03-15', '2026-03-01');
INSERT INTO awaited (region_id, fact_id, clock, role, level, unit_id, form, due_on, since_on)
VALUES (1, 201000000002097153, 'review', 'city', 'city', 15, 'workshop-idea', '2026-04-01', '2026-03-01');

INSERT INTO comment (region_id, fact_id, comment_id, at, actor, content, is_withdrawn)
VALUES (1, 201000000002097153, 51, 1792289593000000, 'wang', '请补充照片; 谢谢', FALSE);
INSERT INTO comment (region_id, fact_id, comment_id, at, actor, content, is_withdrawn)
VALUES (1, 201000000002097153, 52, 1792289654000000, 'city', '', TRUE);

INSERT INTO privacy_log (region_id, entry_id, at, actor, action, unit_id, fact_id, person, reason, detail)
VALUES (1, 61, 1792289715000000, 'city', 'unmask', 13, 201000000000000001, 'p~Zm9v', '核对工伤材料', '1');
INSERT INTO privacy_log (region_id, entry_id, at, actor, action, unit_id, fact_id, person, reason, detail)
VALUES (1, 62, 1792289776000000, 'city', 'find', NULL, NULL, NULL, '来信', '');

INSERT INTO saved_view (region_id, user_id, form, name, query)
VALUES (1, 31, 'green-action', '未验收', 'q=&f.verified=no&sort=-started_on');

INSERT INTO attachment (region_id, attachment_id, fact_id, name, kind, size, hash, added_by, added_at, removed_at)
VALUES (1, 71, 201000000000000001, '照片1.jpg', 'jpeg', 52133, 'ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb', 'wang', 1792290020000000, NULL);
INSERT INTO attachment (region_id, attachment_id, fact_id, name, kind, size, hash, added_by, added_at, removed_at)
VALUES (1, 72, 201000000000000001, '合同.pdf', 'pdf', 9, '3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d', 'wang', 1792290081000000, 1792290142000000);

INSERT INTO job (region_id, job_id, kind, reference, state, created_at, run_after, attempts, claimed_by, lease_until, failed_at, last_error)
VALUES (1, 42, 'import', 42, 'waiting', 1792288922000000, 1792288922000000, 0, NULL, NULL, NULL, NULL);
INSERT INTO job (region_id, job_id, kind, reference, state, created_at, run_after, attempts, claimed_by, lease_until, failed_at, last_error)
VALUES (1, 81, 'import', 43, 'running', 1792290325000000, 1792290330000000, 2, 'office-17-3f2a9c01', 1792290386000000, NULL, 'v~YnVzeQ');
INSERT INTO job (region_id, job_id, kind, reference, state, created_at, run_after, attempts, claimed_by, lease_until, failed_at, last_error)
VALUES (1, 82, 'import', 44, 'failed', 1792290325000000, 1792290330000000, 5, NULL, NULL, 1792290447000000, 'v~ZGlzaw');

INSERT INTO task_run (region_id, server, task, started_at, succeeded_at, failed_at, failure, failures, next_at, reported_at)
VALUES (1, 'office-17-3f2a9c01', 'fold', 1792290508000000, 1792290508000000, 1792290447000000, 'the database is not available', 0, 1792290509000000, 1792290508000000);
INSERT INTO task_run (region_id, server, task, started_at, succeeded_at, failed_at, failure, failures, next_at, reported_at)
VALUES (1, 'office-17-3f2a9c01', 'imports', 1792290508000000, NULL, NULL, NULL, 0, NULL, 1792290508000000);

INSERT INTO column_memory (region_id, unit_id, form, header, field, import_id, former)
VALUES (1, 10001, 'proposal', '点子说明', 'measure', NULL, NULL);

INSERT INTO sign_in_failure (region_id, subject, failures, forget_at, refused_until)
VALUES (1, 'login ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb at 192.0.2.7', 5, 1792291508000000, 1792291508000000);
INSERT INTO sign_in_failure (region_id, subject, failures, forget_at, refused_until)
VALUES (1, 'address 192.0.2.7', 5, 1792291508000000, 0);

INSERT INTO known_address (region_id, user_id, address, used_at)
VALUES (1, 31, '2001:db8:1:2::', 1792290508000000);

INSERT INTO second_factor (region_id, user_id, secret, is_confirmed, last_step, created_at)
VALUES (1, 31, '~note:Zm9v', TRUE, 59743016, 1792290508000000);

INSERT INTO access_log (region_id, entry_id, at, actor, action, address, unit_id, subject, detail, block)
VALUES (1, 91, 1792290508000000, 'wang', 'sign in', '192.0.2.7', 13, 'wang', '', 0);
INSERT INTO access_log (region_id, entry_id, at, actor, action, address, unit_id, subject, detail, block)
VALUES (1, 92, 1792290569000000, '', 'fail to sign in', NULL, NULL, '', '', 0);

INSERT INTO posting (region_id, measure, month, unit_id, fact_id, entries)
VALUES (1, 4, 202602, 0, 0, {x:1a8480a8fbd7b798940b});
INSERT INTO posting (region_id, measure, month, unit_id, fact_id, entries)
VALUES (1, 4, 202603, 0, 0, {x:1c8680a8fbd7b798940b04});

INSERT INTO import_record (region_id, import_id, block, entries)
VALUES (1, 41, 0, {x:0e020a04});

INSERT INTO record_change (region_id, form, number, mark, records)
VALUES (1, 'green-action', 3, -8070450532247928832, {x:});
INSERT INTO record_change (region_id, form, number, mark, records)
VALUES (1, 'green-action', 5, 4611686018427387904, {x:8280d4fdeb9b8cca0580808001});

INSERT INTO last_change (region_id, number, mark, origin)
VALUES (1, 5, 4611686018427387904, 77);

INSERT INTO change_pending (region_id, change_id, form, records)
VALUES (1, -12, 'workshop-idea', {x:8280d4ffeb9b8cca05});

INSERT INTO activation (region_id, user_id, code_hash, batch_id, issued_at, expires_at, tries)
VALUES (1, 32, 'keyed hash of a code', 40001, 1772323200000000, 1774915200000000, 0);

INSERT INTO activation_batch (region_id, batch_id, unit_id, issued_at, issued_by, expires_at, accounts)
VALUES (1, 40001, 10001, 1772323200000000, 'zhang', 1774915200000000, 1);

INSERT INTO deputy (region_id, deputy_id, principal_id, user_id, from_on, until_on, named_by, ended_at)
VALUES (1, 40002, 31, 32, '2026-03-01', '2026-03-05', 'zhang', NULL);

INSERT INTO access_block (region_id, block, entries, made_at, digest)
VALUES (1, 1, 2, 1792290600000000, '_fgA0SOa7B343F9vQb0VElcoNM97umNSMBtViE7eTMg');

INSERT INTO audit_total (region_id, shard, entries, digests, digest)
VALUES (1, 0, 3, 17, -5);
INSERT INTO audit_total (region_id, shard, entries, digests, digest)
VALUES (2, 0, 3, 17, -5);

INSERT INTO draft (region_id, user_id, draft_id, unit_id, form, fact_id, saved_at, definition_hash, content)
VALUES (1, 31, '31-13-0-green-action', 13, 'green-action', 0, 1792290203000000, 'a7937b64b8caa58f03721bb6bacf5c78cb235febe0e70b1b84cd99541461a08e', 'subject=%E7%85%A7&kind=energy');
INSERT INTO draft (region_id, user_id, draft_id, unit_id, form, fact_id, saved_at, definition_hash, content)
VALUES (1, 31, '31-13-201000000000000001-green-action', 13, 'green-action', 201000000000000001, 1792290264000000, 'a7937b64b8caa58f03721bb6bacf5c78cb235febe0e70b1b84cd99541461a08e', 'remarks=a%3Bb');

INSERT INTO record_reference (region_id, referred_id, form, field, fact_id)
VALUES (1, 201000000000000001, 'proposal', 'duplicate_of', 201000000001048577);

INSERT INTO record_name (region_id, form, name, fact_id, unit_id)
VALUES (1, 'contest', '车工大赛', 201000000000000001, 10001);

INSERT INTO short_name (region_id, number, name)
VALUES (1, 0, 'title');
INSERT INTO short_name (region_id, number, name)
VALUES (1, 1, 'person');
INSERT INTO short_name (region_id, number, name)
VALUES (1, 2, 'a7937b64b8caa58f03721bb6bacf5c78cb235febe0e70b1b84cd99541461a08e');

INSERT INTO balance_day (region_id, unit_id, day, changes)
VALUES (1, 11, 20260301, {x:d6dd18020402});
INSERT INTO balance_day (region_id, unit_id, day, changes)
VALUES (1, 12, 20260301, {x:d6dd18020402});

INSERT INTO candidate_version (region_id, candidate_id, user_id, deputy_id, created_by, created_at, file_name, campaign_id, files, state, plan, decided_by, error)
VALUES (1, 301, 11, NULL, 'city', 1772352000000000, 'campaign.zip', 'dalian-2011-23', '[]', 'withdrawn', NULL, 'city', NULL);

INSERT INTO former_posting (region_id, measure, month, unit_id, fact_id, day)
VALUES (1, 3, 202603, 13, 201000000000000001, 20260305);

INSERT INTO removed_record (region_id, fact_id, unit_id, form)
VALUES (1, 201000000000000077, 13, 'green-action');

INSERT INTO recomputed_day (region_id, day)
VALUES (1, 20260301);

INSERT INTO definition_in_force (region_id, at, hash)
VALUES (1, 1772352000000000, '01f8c4de');
