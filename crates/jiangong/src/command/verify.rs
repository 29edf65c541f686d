//! `jiangong verify`: the check of everything stored.

use anyhow::Result;
use app::{
    IndexDifference, IndexFault, RecordPart, Snapshot,
    access_log::LogFault,
    rebuild::{Finding, RecordFault, Verified, rebuild, verify},
};
use campaign::definition::{Measure, MeasureIdx, Part};
use model::ids::UnitId;
use serde_json::{Value as Json, json};
use words::Words;

use super::console;
use crate::{
    cli::{Format, Options, Verify},
    config,
    output::{DONE, FINDINGS, line},
};

pub(super) async fn run(options: &Options, args: &Verify) -> Result<u8> {
    let words = options.words();
    let app = config::open_with_files(options).await?;
    let ctx = console(options);
    if args.rebuild {
        rebuild(&app, &ctx).await?;
    }
    let verified = verify(&app, &ctx).await?;
    let names = Names(&*app.current(&ctx).await?);
    match args.format {
        Format::Json => line(&report(&names, &verified).to_string()),
        _ if verified.agrees() => {
            line(&words.command_verify_agrees(
                verified.facts,
                verified.rows,
                verified.postings,
                verified.entries,
                verified.attachments,
                verified.indexed(),
            ));
            describe_indexes(words, &verified);
        }
        _ => {
            describe_indexes(words, &verified);
            verified.findings.iter().for_each(|finding| line(&names.describe(words, finding)));
            line(&words.command_verify_found(verified.count));
        }
    }
    Ok(if verified.agrees() { DONE } else { FINDINGS })
}

/// Says what of the indexes could not be compared.
fn describe_indexes(words: Words, verified: &Verified) {
    let missing: Vec<&str> = verified.without_index().collect();
    if !missing.is_empty() {
        line(&words.command_verify_index_missing(missing.len(), words.enumeration(&missing)));
    }
    if verified.unread_changes() > 0 {
        line(&words.command_verify_index_waiting(verified.unread_changes()));
    }
}

fn report(names: &Names<'_>, verified: &Verified) -> Json {
    let findings: Vec<Json> = verified.findings.iter().map(|finding| names.json(finding)).collect();
    json!({
        "facts": verified.facts,
        "rows": verified.rows,
        "postings": verified.postings,
        "entries": verified.entries,
        "attachments": verified.attachments,
        "indexed": verified.indexed(),
        "index_waiting": verified.unread_changes(),
        "index_missing": verified.without_index().collect::<Vec<_>>(),
        "count": verified.count,
        "findings": findings,
    })
}

/// Names units and measures as people do.
struct Names<'a>(&'a Snapshot);

impl Names<'_> {
    fn unit(&self, unit: UnitId) -> &str {
        self.0.units.get(&unit).map_or("", |unit| unit.code.as_str())
    }

    fn measure(&self, measure: MeasureIdx) -> &str {
        self.0.definition.measures.get(measure).map_or("", |measure| measure.id.as_str())
    }

    /// The measure that has a slot of balances.
    fn measure_of(&self, slot: usize) -> &str {
        let mut measures = self.0.definition.measures.iter();
        let parts = [Part::Listed, Part::Unlisted];
        let has =
            |measure: &&Measure| parts.iter().any(|part| measure.slots_of(*part).any(|(_, own)| own == slot));
        let measure = measures.find(has);
        measure.map_or("", |measure| measure.id.as_str())
    }

    fn describe(&self, words: Words, finding: &Finding) -> String {
        match finding {
            Finding::Balance(difference) => words.command_verify_differs(
                self.unit(difference.place.unit),
                difference.place.period.0,
                self.measure_of(difference.slot),
                difference.stored,
                difference.recounted,
            ),
            Finding::Posting(posting) => words.command_verify_posting_differs(
                posting.key.fact,
                self.unit(posting.key.unit),
                posting.key.month,
                self.measure(posting.key.measure),
                posting.stored,
                posting.recounted,
            ),
            Finding::Tallies { unit, measure } => {
                words.command_verify_tallies(self.unit(*unit), self.measure(*measure))
            }
            Finding::Statement { unit } => words.command_verify_statement(self.unit(*unit)),
            Finding::Days { unit } => words.command_verify_days(self.unit(*unit)),
            Finding::Class { unit, year } => words.command_verify_class(self.unit(*unit), year),
            Finding::AuditEntry { id, subject, subject_id } => {
                words.command_verify_entry(id, subject, subject_id)
            }
            Finding::AuditTotal { written, found } => words.command_verify_total(written, found),
            Finding::Versions { record, versions, entries } => {
                words.command_verify_versions(record, versions, entries)
            }
            Finding::Record { record, form, unit, fault } => {
                let unit = self.unit(*unit);
                match fault {
                    RecordFault::Altered => words.command_verify_record_altered(record, form, unit),
                    RecordFault::Unrecorded => words.command_verify_record_unrecorded(record, form, unit),
                    RecordFault::Unproven => words.command_verify_record_unproven(record, form, unit),
                    RecordFault::Cut { versions, entries } => {
                        words.command_verify_record_cut(record, form, unit, versions, entries)
                    }
                    RecordFault::Unreadable => words.command_verify_record_unreadable(record, form, unit),
                    RecordFault::RolledBack => words.command_verify_record_rolled_back(record, form, unit),
                }
            }
            Finding::RecordGone { record } => words.command_verify_record_gone(record),
            Finding::Unit { code } => words.command_verify_unit(code),
            Finding::Account { login } => words.command_verify_account(login),
            Finding::Attachment { id, record, name, is_missing: true } => {
                words.command_verify_attachment_missing(id, name, record)
            }
            Finding::Attachment { id, record, name, is_missing: false } => {
                words.command_verify_attachment_altered(id, name, record)
            }
            Finding::Todo { record } => words.command_verify_todo(record),
            Finding::Link { record } => words.command_verify_link(record),
            Finding::Reference { record } => words.command_verify_reference(record),
            Finding::Derived { record } => words.command_verify_derived(record),
            Finding::AccessLog(LogFault::Changed { block, expected, found, .. }) => {
                words.command_verify_log_changed(block, expected, found)
            }
            Finding::AccessLog(LogFault::Missing { from, to }) => words.command_verify_log_missing(from, to),
            Finding::AccessLog(LogFault::CutOff { known, found }) => {
                words.command_verify_log_cut(known, found)
            }
            Finding::Index { form, fault } => self.describe_index(words, form, fault),
        }
    }

    fn describe_index(&self, words: Words, form: &str, fault: &IndexFault) -> String {
        match fault {
            IndexFault::Damaged(reason) => words.command_verify_index_damaged(form, reason),
            IndexFault::Foreign => words.command_verify_index_foreign(form),
            IndexFault::Record(record, IndexDifference::Lacking) => {
                words.command_verify_index_lacking(form, record)
            }
            IndexFault::Record(record, IndexDifference::Surplus) => {
                words.command_verify_index_surplus(form, record)
            }
            IndexFault::Record(record, IndexDifference::Other { held, version, parts }) => {
                let part = |part: &RecordPart| match part {
                    RecordPart::Version => {
                        let held = held.map_or_else(|| "-".to_owned(), |held| held.to_string());
                        words.command_verify_index_version(held, version)
                    }
                    RecordPart::Unit => words.command_verify_index_unit().to_owned(),
                    RecordPart::State => words.command_verify_index_state().to_owned(),
                    RecordPart::Words => words.command_verify_index_words().to_owned(),
                    RecordPart::Field(_) => self.part_id(form, *part),
                };
                let parts: Vec<String> = parts.iter().map(part).collect();
                words.command_verify_index_other(form, record, words.enumeration(&parts))
            }
        }
    }

    /// What a part of a record is called in JSON.
    fn part_id(&self, form: &str, part: RecordPart) -> String {
        match part {
            RecordPart::Version => "version".to_owned(),
            RecordPart::Unit => "unit".to_owned(),
            RecordPart::State => "state".to_owned(),
            RecordPart::Words => "words".to_owned(),
            RecordPart::Field(field) => {
                let form = self.0.definition.form(form).map(|(_, form)| form);
                form.and_then(|form| form.fields.get(field))
                    .map_or_else(String::new, |field| field.id.clone())
            }
        }
    }

    fn index_json(&self, form: &str, fault: &IndexFault) -> Json {
        match fault {
            IndexFault::Damaged(reason) => json!({"kind": "index_damaged", "form": form, "reason": reason}),
            IndexFault::Foreign => json!({"kind": "index_foreign", "form": form}),
            IndexFault::Record(record, IndexDifference::Lacking) => {
                json!({"kind": "index_lacks_record", "form": form, "record": record.0})
            }
            IndexFault::Record(record, IndexDifference::Surplus) => {
                json!({"kind": "index_surplus_record", "form": form, "record": record.0})
            }
            IndexFault::Record(record, IndexDifference::Other { held, version, parts }) => json!({
                "kind": "index_differs",
                "form": form,
                "record": record.0,
                "held_version": held,
                "version": version,
                "parts": parts.iter().map(|part| self.part_id(form, *part)).collect::<Vec<_>>(),
            }),
        }
    }

    fn json(&self, finding: &Finding) -> Json {
        match finding {
            Finding::Balance(difference) => json!({
                "kind": "balance",
                "unit": self.unit(difference.place.unit),
                "period": difference.place.period.0,
                "measure": self.measure_of(difference.slot),
                "stored": difference.stored,
                "recounted": difference.recounted,
            }),
            Finding::Posting(posting) => json!({
                "kind": "posting",
                "record": posting.key.fact,
                "unit": self.unit(posting.key.unit),
                "month": posting.key.month.to_string(),
                "measure": self.measure(posting.key.measure),
                "stored": posting.stored,
                "recounted": posting.recounted,
            }),
            Finding::Tallies { unit, measure } => {
                json!({"kind": "tallies", "unit": self.unit(*unit), "measure": self.measure(*measure)})
            }
            Finding::Statement { unit } => json!({"kind": "statement", "unit": self.unit(*unit)}),
            Finding::Days { unit } => json!({"kind": "days", "unit": self.unit(*unit)}),
            Finding::Class { unit, year } => {
                json!({"kind": "class", "unit": self.unit(*unit), "year": year})
            }
            Finding::AuditEntry { id, subject, subject_id } => {
                json!({"kind": "audit_entry", "entry": id, "subject": subject, "subject_id": subject_id})
            }
            Finding::AuditTotal { written, found } => {
                json!({"kind": "audit_total", "written": written, "found": found})
            }
            Finding::Versions { record, versions, entries } => {
                json!({"kind": "versions", "record": record, "versions": versions, "entries": entries})
            }
            Finding::Record { record, form, unit, fault } => {
                let kind = match fault {
                    RecordFault::Altered => "record_altered",
                    RecordFault::Unrecorded => "record_unrecorded",
                    RecordFault::Unproven => "record_unproven",
                    RecordFault::Cut { .. } => "record_cut",
                    RecordFault::RolledBack => "record_rolled_back",
                    RecordFault::Unreadable => "record_unreadable",
                };
                json!({"kind": kind, "record": record, "form": form, "unit": self.unit(*unit)})
            }
            Finding::RecordGone { record } => json!({"kind": "record_gone", "record": record}),
            Finding::Unit { code } => json!({"kind": "unit", "unit": code}),
            Finding::Account { login } => json!({"kind": "account", "login": login}),
            Finding::Attachment { id, record, name, is_missing } => {
                let kind = if *is_missing { "attachment_missing" } else { "attachment_altered" };
                json!({"kind": kind, "attachment": id, "record": record, "name": name})
            }
            Finding::Todo { record } => json!({"kind": "todo", "record": record}),
            Finding::Link { record } => json!({"kind": "link", "record": record}),
            Finding::Reference { record } => json!({"kind": "reference", "record": record}),
            Finding::Derived { record } => json!({"kind": "derived", "record": record}),
            Finding::AccessLog(LogFault::Changed { block, expected, found, .. }) => {
                json!({"kind": "access_log_changed", "block": block, "expected": expected, "found": found})
            }
            Finding::AccessLog(LogFault::Missing { from, to }) => {
                json!({"kind": "access_log_missing", "from": from, "to": to})
            }
            Finding::AccessLog(LogFault::CutOff { known, found }) => {
                json!({"kind": "access_log_cut", "known": known, "found": found})
            }
            Finding::Index { form, fault } => self.index_json(form, fault),
        }
    }
}
