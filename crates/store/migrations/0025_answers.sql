-- Balances now say how many units have answered, and what the last statement of each unit is
-- (docs/decisions/0032-value-and-coverage.md): they are folded anew from the records when the region is opened.
UPDATE region SET is_unfolded = TRUE;
