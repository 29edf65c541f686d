//! Records: what all kinds of forms have in common. A record is read, found by
//! its identity, checked against its form, locked, written and counted here,
//! and nowhere else; the use cases above decide who may do it and when.
//!
//! This module names no use case: `cargo xtask tidy` holds it to that.

mod balances;
mod change;
mod classes;
mod derived_fields;
mod history;
mod identity;
mod input;
mod keys;
mod linking;
mod lock;
mod natural;
mod number;
mod read;
mod redact;
mod references;
mod relations;
mod returns;
mod rights;
mod second_person;
mod state;
mod statement;
mod todos;
mod write;

pub(crate) use self::{
    balances::{add_postings, other_units, refresh_baselines, statements},
    change::{Command, DERIVE, Former, TAKE_BACK},
    derived_fields::{
        Deriving, closed_references, derive_anew, derive_loaded, differing, differs_in_derived_alone,
        is_as_seen, take_derived,
    },
    history::{change_list, values_at},
    identity::{find_same_identity, identity, identity_of_form},
    input::{Faults, InputReader, already_registered, in_words, invalid, warnings},
    keys::{DUPLICATE, KEY_FORMAT, duplicate_key, name_key, number_key, position_of_key, record_keys},
    linking::{ID_MARK, InputKind, Linking, Unlinked, link_typed, text_of_nameless},
    lock::{lock, lock_for, open},
    natural::{NaturalIdentity, is_same_value},
    number::{give_number, put_placeholder, wanted_number},
    read::{Record, authorised, read_record},
    references::{name_rows, named_forms, names, put_references_anew, reference_rows},
    relations::{Relations, is_over_units, require_relations},
    returns::for_each_return,
    second_person::{Mover, has_acted, is_own_work, lacks_second_person, unconfirmed},
    state::{state_in, stored_state},
    statement::Statement,
    todos::{fold_anew, todos},
    write::{write_and_list, write_records},
};
pub use self::{
    history::RecordChange,
    identity::number_field,
    input::Input,
    rights::{may_begin, may_take},
    state::{Transitioned, state_of},
    todos::Todo,
};
