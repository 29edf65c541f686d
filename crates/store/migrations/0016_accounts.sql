-- Accounts in bulk: codes by which their owners begin to use them, deputies for an absence,
-- when somebody last signed in, and to whom an account was handed over.

ALTER TABLE account ADD COLUMN last_sign_in_at BIGINT;
ALTER TABLE account ADD COLUMN telephone TEXT;
ALTER TABLE account ADD COLUMN successor_id BIGINT;

-- What is known of earlier sign-ins: the addresses they came from.
UPDATE account SET last_sign_in_at = (SELECT max(k.used_at) FROM known_address k
    WHERE k.region_id = account.region_id AND k.user_id = account.user_id);

-- The code of an account that has no password yet. Of the code only a keyed hash is stored.
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

-- Codes that were issued and printed together.
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

-- Who acts for whom, from one day to another, both included.
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

-- As whose deputy a session goes on, and an import was handed in.
ALTER TABLE session ADD COLUMN deputy_id BIGINT;
ALTER TABLE import ADD COLUMN deputy_id BIGINT;
