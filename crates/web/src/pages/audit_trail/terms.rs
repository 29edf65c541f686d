//! What the audit calls kinds, acts and parts of things, in words.

use app::audit_trail::AuditKind;
use words::Words;

use crate::{layout::role_name, request_context::SignedIn};

/// What sort of thing an entry is about.
pub(super) fn kind_name(words: Words, kind: Option<AuditKind>) -> &'static str {
    match kind {
        Some(AuditKind::Record) => words.audit_trail_kind_record(),
        Some(AuditKind::Unit) => words.audit_trail_kind_unit(),
        Some(AuditKind::Account) => words.audit_trail_kind_account(),
        Some(AuditKind::Import) => words.audit_trail_kind_import(),
        Some(AuditKind::Attachment) => words.audit_trail_kind_attachment(),
        Some(AuditKind::ColumnMemory) => words.audit_trail_kind_columns(),
        None => "",
    }
}

/// What was done; as the audit has it where a later version of the program has written it.
pub(super) fn action_name(words: Words, action: &str) -> &str {
    match action {
        "create" => words.audit_trail_create(),
        "correct" => words.audit_trail_correct(),
        "delete" => words.audit_trail_delete(),
        "step" => words.audit_trail_step(),
        "derive" => words.audit_trail_derive(),
        "take-back" => words.audit_trail_take_back(),
        "merge" => words.audit_trail_merge(),
        "close" => words.audit_trail_close(),
        "move" => words.audit_trail_move_unit(),
        "guide" => words.audit_trail_guide(),
        "rename" => words.audit_trail_rename(),
        "choose" => words.audit_trail_choose(),
        "start" => words.audit_trail_start(),
        "stop" => words.audit_trail_stop(),
        "reopen" => words.audit_trail_reopen(),
        "discard" => words.audit_trail_discard(),
        "attach" => words.audit_trail_attach(),
        "detach" => words.audit_trail_detach(),
        "remember" => words.audit_trail_remember(),
        "forget" => words.audit_trail_forget(),
        "activate" => words.audit_trail_activate(),
        "assign" => words.audit_trail_assign(),
        "disable" => words.audit_trail_disable(),
        "enable" => words.audit_trail_enable(),
        "reset password" => words.audit_trail_reset_password(),
        "change password" => words.audit_trail_change_password(),
        "choose language" => words.audit_trail_choose_language(),
        "hand over" => words.audit_trail_hand_over(),
        "name deputy" => words.audit_trail_name_deputy(),
        "end deputy" => words.audit_trail_end_deputy(),
        "confirm second factor" => words.audit_trail_set_up_second_factor(),
        "remove second factor" => words.audit_trail_remove_second_factor(),
        other => other,
    }
}

/// A part of a unit, an account, an import or a file; as the audit has it where it has no words here.
pub(super) fn part_name(words: Words, part: &str) -> &str {
    match part {
        "" => words.audit_trail_part_content(),
        "code" => words.audit_trail_part_code(),
        "name" => words.audit_trail_part_name(),
        "kind" => words.audit_trail_part_kind(),
        "unit" => words.audit_trail_unit(),
        "closed_from" => words.audit_trail_part_closed_from(),
        "merged_into" => words.audit_trail_part_merged_into(),
        "affiliations" => words.audit_trail_part_affiliations(),
        "attributes" => words.audit_trail_part_attributes(),
        "login" => words.audit_trail_part_login(),
        "role" => words.audit_trail_part_role(),
        "is_disabled" => words.audit_trail_part_is_disabled(),
        "language" => words.audit_trail_part_language(),
        "size" => words.audit_trail_part_size(),
        "hash" => words.audit_trail_part_hash(),
        "reason" => words.audit_trail_part_reason(),
        "id" => words.audit_trail_part_id(),
        other => other,
    }
}

/// What a part of something was: yes and no, roles and units in words.
pub(super) fn part_value(person: &SignedIn, part: &str, text: &str) -> String {
    let (words, snapshot) = (person.words(), &person.snapshot);
    let known = match (part, text) {
        (_, "true") => Some(words.form_yes().to_owned()),
        (_, "false") => Some(words.form_no().to_owned()),
        ("role", role) => snapshot.definition.role(role).map(|role| role_name(words, role).to_owned()),
        ("unit" | "merged_into", code) => {
            snapshot.unit_by_code(code).map(|unit| format!("{} {code}", unit.name))
        }
        _ => None,
    };
    known.unwrap_or_else(|| text.to_owned())
}
