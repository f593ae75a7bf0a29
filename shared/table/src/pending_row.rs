use crate::buffers::{Buffers, RowTooLarge};
use crate::cell::Cell;
use crate::packed_row::bitmap_len;
use crate::reason::Reason;
use crate::refusal::Refusal;
use crate::tree::{Target, Tree};
use crate::unknown_fields::UnknownFields;
use std::ops::Range;

/// The state of the current row while its value is scanned.
#[derive(Debug, Default)]
pub(crate) struct PendingRow {
    /// One cell for each column of the schema.
    pub(crate) cells: Vec<Cell>,
    /// For each node of the tree, whether it has occurred.
    pub(crate) seen: Vec<bool>,
    /// What the cells refer to.
    pub(crate) buffers: Buffers,
    /// The first reason to refuse the row. The scan continues, because invalid JSON takes precedence over any other reason.
    pub(crate) refusal: Option<Refusal>,
    unknown: Vec<UnknownMember>,
}

/// A member or an element that the schema doesn't name, and the range of its value in the record's value.
#[derive(Debug)]
struct UnknownMember {
    node: u32,
    key: UnknownKey,
    value: Range<u32>,
}

/// The last step to a value that the schema doesn't name.
#[derive(Debug)]
pub(crate) enum UnknownKey {
    /// The range of a member's key, including its quotes.
    Member(Range<u32>),
    /// The index of an array's element.
    Element(u32),
}

impl PendingRow {
    pub(crate) fn new(columns: usize, nodes: usize, unknown_fields: UnknownFields) -> Self {
        PendingRow {
            cells: vec![Cell::Missing; columns],
            seen: vec![false; nodes],
            buffers: Buffers::new(unknown_fields),
            ..PendingRow::default()
        }
    }

    /// Resets the state for the next row.
    pub(crate) fn clear(&mut self) {
        self.cells.fill(Cell::Missing);
        self.seen.fill(false);
        self.buffers.clear();
        self.unknown.clear();
        self.refusal = None;
    }

    /// Refuses the row, unless it is already refused.
    pub(crate) fn refuse(&mut self, reason: Reason, field: Option<String>, message: String) {
        self.refusal.get_or_insert_with(|| Refusal::new(reason, field, message));
    }

    /// Remembers a member or an element that the schema doesn't name.
    pub(crate) fn rescue(&mut self, node: usize, key: UnknownKey, value: Range<u32>) {
        // An element of two bytes needs a key of its own in the rescued text.
        let large =
            matches!(key, UnknownKey::Element(_)) && self.buffers.expand(size_of::<UnknownMember>()).is_err();
        if large {
            self.refuse(Reason::RowTooLarge, None, RowTooLarge.to_string());
        } else {
            self.unknown.push(UnknownMember { node: node as u32, key, value });
        }
    }

    /// Appends the packed row: the stored columns, then `_rescued` if the schema rescues unknown fields. `tree` places them.
    pub(crate) fn append_row(&self, stored: &[usize], value: &[u8], tree: &Tree, row: &mut Vec<u8>) {
        let bitmap = row.len();
        let rescues = self.buffers.unknown_fields == UnknownFields::Rescue;
        row.resize(bitmap + bitmap_len(stored.len() + usize::from(rescues)), 0);
        let set_null = |row: &mut Vec<u8>, cell: usize| row[bitmap + cell / 8] |= 1 << (cell % 8);
        let Buffers { resolved, packed, .. } = &self.buffers;
        for (cell, index) in stored.iter().enumerate() {
            if !self.cells[*index].append_to(value, resolved, packed, row) {
                set_null(row, cell);
            }
        }
        if !rescues {
            return;
        }
        if self.unknown.is_empty() && self.buffers.rescued.is_empty() {
            set_null(row, stored.len());
            return;
        }
        let length = row.len();
        row.extend_from_slice(&[0; 4]);
        self.append_rescued(tree, &self.nodes_with_unknown(tree), value, 0, row);
        let size = (row.len() - length - 4) as u32;
        row[length..length + 4].copy_from_slice(&size.to_le_bytes());
    }

    /// Returns for each node whether it or a value below it is unknown.
    fn nodes_with_unknown(&self, tree: &Tree) -> Vec<bool> {
        let mut holds = vec![false; tree.nodes.len()];
        for member in &self.unknown {
            holds[member.node as usize] = true;
        }
        // Children come after their parents.
        for (index, node) in tree.nodes.iter().enumerate().rev() {
            holds[index] |= node.members.iter().any(|member| match member.target {
                Target::Column(column) => !self.rescued_inside(column).is_empty(),
                Target::Node(child) => holds[child],
            });
        }
        holds
    }

    /// Returns the unknown members inside a column, as a JSON object, or nothing.
    fn rescued_inside(&self, column: usize) -> &[u8] {
        match &self.cells[column] {
            Cell::Packed { rescued, .. } => {
                self.buffers.rescued.text(rescued.start as usize..rescued.end as usize)
            }
            _ => &[],
        }
    }

    /// Appends the unknown values of a node and below it, as a JSON object of the same shape, in which arrays are objects as well.
    fn append_rescued(&self, tree: &Tree, holds: &[bool], value: &[u8], node: usize, out: &mut Vec<u8>) {
        let start = out.len() + 1;
        let begin_member = |key: &[u8], out: &mut Vec<u8>| {
            if out.len() > start {
                out.push(b',');
            }
            out.extend_from_slice(key);
            out.push(b':');
        };
        out.push(b'{');
        for member in self.unknown.iter().filter(|member| member.node as usize == node) {
            match &member.key {
                UnknownKey::Member(key) => begin_member(&value[key.start as usize..key.end as usize], out),
                UnknownKey::Element(index) => begin_member(format!("\"{index}\"").as_bytes(), out),
            }
            out.extend_from_slice(&value[member.value.start as usize..member.value.end as usize]);
        }
        for member in &tree.nodes[node].members {
            match member.target {
                Target::Column(column) => {
                    let inside = self.rescued_inside(column);
                    if !inside.is_empty() {
                        begin_member(member.key.as_bytes(), out);
                        out.extend_from_slice(inside);
                    }
                }
                Target::Node(child) => {
                    if holds[child] {
                        begin_member(member.key.as_bytes(), out);
                        self.append_rescued(tree, holds, value, child, out);
                    }
                }
            }
        }
        out.push(b'}');
    }
}
