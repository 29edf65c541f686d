-- Signing in: failures and what they hold back, sessions that their owners see and
-- end, second factors, and the log of who came in and looked at what.

ALTER TABLE account ADD COLUMN must_change_password BOOLEAN NOT NULL DEFAULT FALSE;

-- Sessions of an earlier version have no end by rest: their owners sign in once more.
ALTER TABLE session ADD COLUMN session_id BIGINT NOT NULL DEFAULT 0;
ALTER TABLE session ADD COLUMN created_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE session ADD COLUMN seen_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE session ADD COLUMN idle_until BIGINT NOT NULL DEFAULT 0;
ALTER TABLE session ADD COLUMN address TEXT;
ALTER TABLE session ADD COLUMN browser TEXT;

CREATE INDEX session_by_user ON session (region_id, user_id);

-- What failures are counted for: a login at one address, a login, an address. Whether
-- there is an account with the login does not matter.
CREATE TABLE sign_in_failure (
    region_id BIGINT NOT NULL,
    subject TEXT NOT NULL,
    failures BIGINT NOT NULL,
    forget_at BIGINT NOT NULL,
    refused_until BIGINT NOT NULL,
    PRIMARY KEY (region_id, subject)
);

-- Addresses from which a person has signed in: guesses from elsewhere do not hold that person back there.
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
    detail TEXT NOT NULL,
    PRIMARY KEY (region_id, entry_id)
);
