-- A database of migration 4: its schema, and a few rows in every table. {bytes} and {clustered} are put
-- into the engine's words as in a migration, {x:…} is a value of bytes. A statement ends with a line.

CREATE TABLE migration (number BIGINT NOT NULL PRIMARY KEY);

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
, is_unfolded BOOLEAN NOT NULL DEFAULT FALSE);

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
    content TEXT NOT NULL, state TEXT, state_since TEXT,
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
    after TEXT, detail TEXT,
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

CREATE INDEX fact_by_unit ON fact (region_id, unit_id, form, fact_id);

CREATE INDEX fact_by_number ON fact (region_id, form, identity, fact_id);

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

INSERT INTO migration (number)
VALUES (1);
INSERT INTO migration (number)
VALUES (2);
INSERT INTO migration (number)
VALUES (3);
INSERT INTO migration (number)
VALUES (4);

INSERT INTO definition (hash, campaign_id, loaded_at, files)
VALUES ('a7937b64b8caa58f03721bb6bacf5c78cb235febe0e70b1b84cd99541461a08e', 'small', 1792288800000000, '[{"path":"campaign.toml","text":"id = \"small\"\nlabel = { zh = \"小竞赛\", en = \"Small\" }\n"}]');

INSERT INTO region (region_id, definition_hash, is_demonstration, target_ppm, version, is_unfolded)
VALUES (1, 'a7937b64b8caa58f03721bb6bacf5c78cb235febe0e70b1b84cd99541461a08e', FALSE, 1000000, 3, FALSE);
INSERT INTO region (region_id, definition_hash, is_demonstration, target_ppm, version, is_unfolded)
VALUES (2, 'a7937b64b8caa58f03721bb6bacf5c78cb235febe0e70b1b84cd99541461a08e', TRUE, 50000, 3, FALSE);

INSERT INTO unit (region_id, unit_id, code, name, kind, attributes, closed_from, merged_into, version)
VALUES (1, 11, '210200000', '市总工会', 'union', '{}', NULL, NULL, 1);
INSERT INTO unit (region_id, unit_id, code, name, kind, attributes, closed_from, merged_into, version)
VALUES (1, 12, '210211000', '甘井子区总工会', 'union', '{"line":"区市县"}', NULL, NULL, 1);
INSERT INTO unit (region_id, unit_id, code, name, kind, attributes, closed_from, merged_into, version)
VALUES (1, 13, '210211001', '红星机床厂工会委员会', 'grassroots', '{"address":"大连市甘井子区1号","id_number":"210202198001010008"}', NULL, NULL, 1);
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

INSERT INTO fact (region_id, fact_id, form, unit_id, identity, version, definition_hash, content, state, state_since)
VALUES (1, 201000000000000001, 'green-action', 13, 'G-2026-001', 2, 'a7937b64b8caa58f03721bb6bacf5c78cb235febe0e70b1b84cd99541461a08e', '{"serial":"G-2026-001","subject":"空压机余热回收；改造一期","kind":"energy","started_on":"2026-01-05","finished_on":"2026-03-20","verified":true,"saving":1250000,"rating":8.5,"remarks":"第一行\n第二行: \"引号\" 和 ''quote'' ; 分号"}', NULL, NULL);
INSERT INTO fact (region_id, fact_id, form, unit_id, identity, version, definition_hash, content, state, state_since)
VALUES (1, 201000000001048577, 'green-action', 13, 'G-2026-002', 1, 'a7937b64b8caa58f03721bb6bacf5c78cb235febe0e70b1b84cd99541461a08e', '{"serial":"G-2026-002","subject":"LED照明","kind":"energy","started_on":"2026-02-01","partner":14}', NULL, NULL);
INSERT INTO fact (region_id, fact_id, form, unit_id, identity, version, definition_hash, content, state, state_since)
VALUES (1, 201000000002097153, 'workshop-idea', 15, 'i1', 3, 'a7937b64b8caa58f03721bb6bacf5c78cb235febe0e70b1b84cd99541461a08e', '{"title":"冲压线换模提速","person":"张三","proposed_on":"2026-02-11"}', 'paused', '2026-03-01');
INSERT INTO fact (region_id, fact_id, form, unit_id, identity, version, definition_hash, content, state, state_since)
VALUES (1, 201000000003145729, 'annual', 13, '2026', 1, 'a7937b64b8caa58f03721bb6bacf5c78cb235febe0e70b1b84cd99541461a08e', '{"year":2026,"workers":1280,"cost":-500}', NULL, NULL);

INSERT INTO fact_link (region_id, unit_id, fact_id)
VALUES (1, 14, 201000000001048577);

INSERT INTO audit (region_id, audit_id, at, actor, action, subject, subject_id, definition_hash, before, after, detail)
VALUES (1, 201000000000000008, 1792288800000000, 'wang', 'create', 'fact', 201000000000000001, 'a7937b64b8caa58f03721bb6bacf5c78cb235febe0e70b1b84cd99541461a08e', NULL, '{"serial":"G-2026-001","subject":"空压机余热回收；改造一期","kind":"energy","started_on":"2026-01-05","finished_on":"2026-03-20","verified":true,"saving":1250000,"rating":8.5,"remarks":"第一行\n第二行: \"引号\" 和 ''quote'' ; 分号"}', NULL);
INSERT INTO audit (region_id, audit_id, at, actor, action, subject, subject_id, definition_hash, before, after, detail)
VALUES (1, 201000000001048584, 1792288861000000, 'wang', 'create', 'fact', 201000000001048577, 'a7937b64b8caa58f03721bb6bacf5c78cb235febe0e70b1b84cd99541461a08e', NULL, '{"serial":"G-2026-002","subject":"LED照明","kind":"energy","started_on":"2026-02-01","partner":14}', NULL);
INSERT INTO audit (region_id, audit_id, at, actor, action, subject, subject_id, definition_hash, before, after, detail)
VALUES (1, 201000000002097160, 1792288922000000, 'wang', 'create', 'fact', 201000000002097153, 'a7937b64b8caa58f03721bb6bacf5c78cb235febe0e70b1b84cd99541461a08e', NULL, '{"title":"冲压线换模提速","person":"张三","proposed_on":"2026-02-11"}', NULL);
INSERT INTO audit (region_id, audit_id, at, actor, action, subject, subject_id, definition_hash, before, after, detail)
VALUES (1, 201000000003145736, 1792288983000000, 'wang', 'create', 'fact', 201000000003145729, 'a7937b64b8caa58f03721bb6bacf5c78cb235febe0e70b1b84cd99541461a08e', NULL, '{"year":2026,"workers":1280,"cost":-500}', NULL);
INSERT INTO audit (region_id, audit_id, at, actor, action, subject, subject_id, definition_hash, before, after, detail)
VALUES (1, 201000000004194305, 1792289349000000, '李四', 'correct', 'fact', 201000000000000001, 'a7937b64b8caa58f03721bb6bacf5c78cb235febe0e70b1b84cd99541461a08e', '{"serial":"G-2026-001","subject":"余热回收"}', '{"serial":"G-2026-001","subject":"空压机余热回收；改造一期","kind":"energy","started_on":"2026-01-05","finished_on":"2026-03-20","verified":true,"saving":1250000,"rating":8.5,"remarks":"第一行\n第二行: \"引号\" 和 ''quote'' ; 分号"}', NULL);
INSERT INTO audit (region_id, audit_id, at, actor, action, subject, subject_id, definition_hash, before, after, detail)
VALUES (1, 201000000004194306, 1792289410000000, 'console', 'merge', 'unit', 14, 'a7937b64b8caa58f03721bb6bacf5c78cb235febe0e70b1b84cd99541461a08e', '{"name":"海天造船厂"}', NULL, NULL);
INSERT INTO audit (region_id, audit_id, at, actor, action, subject, subject_id, definition_hash, before, after, detail)
VALUES (1, 201000000005242881, 1792289532000000, 'wang', 'step', 'fact', 201000000002097153, 'a7937b64b8caa58f03721bb6bacf5c78cb235febe0e70b1b84cd99541461a08e', '{"title":"冲压线换模提速","person":"张三","proposed_on":"2026-02-11"}', '{"title":"冲压线换模提速","person":"张三","proposed_on":"2026-02-11"}', '{"step":"pause","from":"proposed","to":"paused"}');

INSERT INTO tally (region_id, unit_id, measure, key, month, times)
VALUES (1, 11, 4, {x:f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff}, 202603, 1);
INSERT INTO tally (region_id, unit_id, measure, key, month, times)
VALUES (1, 13, 4, {x:000a141e28323c46505a646e78828c96}, 202602, 2);

INSERT INTO change_log (region_id, change_id, at, content)
VALUES (2, 201000000000000004, 1792288983000000, '{"cells":[[13,202603,[[0,1],[5,-3]]]],"tallies":[]}');

INSERT INTO fold_state (region_id, folded, at)
VALUES (2, 17, 1792288922000000);

INSERT INTO account (region_id, user_id, login, name, role, unit_id, password_hash, is_disabled, language, failures, locked_until)
VALUES (1, 31, 'wang', '王五', 'enterprise', 13, '$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA', FALSE, 'zh', 0, 0);
INSERT INTO account (region_id, user_id, login, name, role, unit_id, password_hash, is_disabled, language, failures, locked_until)
VALUES (1, 32, 'city', '市办公室', 'city', 11, '$argon2id$v=19$m=19456,t=2,p=1$c2FsdB$aGFzaB', TRUE, NULL, 3, 1792289105000000);

INSERT INTO session (region_id, token_hash, user_id, expires_at)
VALUES (1, '3c469e9d6c5875d37a43f353d4f88e61fcf812c66eee3457465a40b0da4153e0', 31, 1792343700000000);

INSERT INTO import (region_id, import_id, user_id, unit_id, created_at, file_name, form, sheet, state, done, total, options, report)
VALUES (1, 41, 31, 13, 1792288861000000, '提案台账 (1).xlsx', 'green-action', 'Sheet1', 'done', 2, 2, '{"skip_changed":false}', '{"new":2,"faults":[]}');
INSERT INTO import (region_id, import_id, user_id, unit_id, created_at, file_name, form, sheet, state, done, total, options, report)
VALUES (1, 42, 31, NULL, 1792288922000000, 'a.csv', '', NULL, 'waiting', 0, 0, '{}', NULL);

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
