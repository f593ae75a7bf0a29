use super::draft_type::DraftType;
use super::note::Note;
use super::type_finder::Found;
use super::{time_name, wording};
use crate::members::Member;
use serde_json::Value;

/// A column of the proposed table.
#[derive(Debug, Clone)]
pub(super) struct DraftColumn {
    pub(super) name: String,
    /// The member that it reads.
    member: String,
    pub(super) draft: DraftType,
    required: bool,
    /// Whether it is in every record, and never null.
    pub(super) always: bool,
    /// The range of the times, in microseconds since 1970.
    pub(super) times: Option<(i64, i64)>,
    present: u64,
    nulls: u64,
    reason: String,
    /// Notes about places inside.
    pub(super) inside: Vec<Note>,
}

/// A column is required only if it is in every one of so many records. In fewer, it may be there by chance.
const ENOUGH: u64 = 100;

/// The last words of names of identifiers. A record without its identifier is worth little, unlike one without anything else.
const IDENTIFIERS: [&str; 4] = ["id", "uuid", "guid", "ulid"];

fn is_identifier(name: &str) -> bool {
    time_name::words(name).last().is_some_and(|word| IDENTIFIERS.contains(&&**word))
}

impl DraftColumn {
    pub(super) fn new(name: String, member: &Member, found: Found, inside: Vec<Note>, records: u64) -> Self {
        let always = member.present == records && member.node.nulls == 0;
        DraftColumn {
            name,
            member: member.name.to_string(),
            draft: found.draft,
            required: always && records >= ENOUGH && is_identifier(&member.name),
            always,
            times: found.times,
            present: member.present,
            nulls: member.node.nulls,
            reason: found.reason,
            inside,
        }
    }

    /// Makes the column required if it is in every record, of which there are enough.
    pub(super) fn require(&mut self, records: u64) {
        self.required = self.always && records >= ENOUGH;
    }

    /// Makes the column `json`.
    pub(super) fn give_up(&mut self, reason: String) {
        self.draft = DraftType::Json;
        self.reason = reason;
        self.inside.clear();
        self.times = None;
    }

    /// Returns the column's entry in the schema file.
    pub(super) fn json(&self) -> String {
        let mut members = vec![("name", Value::from(&*self.name)), ("type", self.draft.to_string().into())];
        if self.name != self.member {
            let step = self.member.replace('~', "~0").replace('/', "~1");
            members.push(("from", format!("/{step}").into()));
        }
        if self.required {
            members.push(("required", true.into()));
        }
        if self.draft.truncates() {
            members.push(("truncate", "micros".into()));
        }
        if self.draft.has_basic_offsets() {
            members.push(("offset", "basic".into()));
        }
        let members: Vec<_> = members.iter().map(|(name, value)| format!("\"{name}\": {value}")).collect();
        format!("{{{}}}", members.join(", "))
    }

    /// Returns the note about the column.
    pub(super) fn note(&self, records: u64) -> Note {
        let required = if self.required { ", required" } else { "" };
        let mut reasons = Vec::new();
        match (self.always, self.required) {
            (true, true) => reasons.push("in every record".to_owned()),
            (true, false) if records >= ENOUGH => reasons.push("in every record".to_owned()),
            (true, false) => {
                reasons.push(format!(
                    "in every record, but of too few ({}) to rely on it",
                    wording::grouped(records)
                ));
            }
            (false, _) => {
                let share = format!("in {} of {}", wording::grouped(self.present), wording::grouped(records));
                reasons.push(match self.nulls {
                    0 => share,
                    nulls => format!("{share}, null in {}", wording::grouped(nulls)),
                });
            }
        }
        if self.name != self.member {
            let taken = self.name.starts_with(&self.member) && !self.member.is_empty();
            let why = if taken {
                "whose name another column has in other letters"
            } else {
                "which cannot name a column"
            };
            reasons.push(format!("from {:?}, {why}", self.member));
        }
        if !self.reason.is_empty() {
            reasons.push(self.reason.clone());
        }
        Note::new(&self.name, format!("{}{required}", self.draft), reasons.join("; "))
    }
}
