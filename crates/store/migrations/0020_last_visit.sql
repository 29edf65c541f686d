-- When somebody signed in before the present time: the start page says what has come since then.
ALTER TABLE account ADD COLUMN previous_sign_in_at BIGINT;
