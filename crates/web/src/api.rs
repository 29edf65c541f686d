//! JSON answers, under `/api/v1`. Faults are problem details (RFC 9457).

pub(crate) mod figures;
