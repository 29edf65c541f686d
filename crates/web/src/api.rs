//! JSON answers, under `/api/v1`.
