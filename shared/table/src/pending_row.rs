use crate::cell::Cell;
use crate::packed_row::bitmap_len;
use crate::reason::Reason;
use crate::refusal::Refusal;
use crate::tree::{Target, Tree};
use std::ops::Range;

/// The state of the current row while its value is scanned.
#[derive(Debug, Default)]
pub(crate) struct PendingRow {
    /// One cell for each column of the schema.
    pub(crate) cells: Vec<Cell>,
    /// For each node of the tree, whether it has occurred.
    pub(crate) seen: Vec<bool>,
    /// The strings whose escapes have been resolved, one after another.
    pub(crate) resolved: Vec<u8>,
    /// The first reason to refuse the row. The scan continues, because invalid JSON takes precedence over any other reason.
    pub(crate) refusal: Option<Refusal>,
    unknown: Vec<UnknownMember>,
}

/// A member that the schema doesn't name, as ranges of the value's text.
#[derive(Debug)]
struct UnknownMember {
    node: usize,
    /// The member's key, including its quotes.
    key: Range<usize>,
    value: Range<usize>,
}

impl PendingRow {
    pub(crate) fn new(columns: usize, nodes: usize) -> Self {
        PendingRow { cells: vec![Cell::Missing; columns], seen: vec![false; nodes], ..PendingRow::default() }
    }

    /// Resets the state for the next row.
    pub(crate) fn clear(&mut self) {
        self.cells.fill(Cell::Missing);
        self.seen.fill(false);
        self.resolved.clear();
        self.unknown.clear();
        self.refusal = None;
    }

    /// Refuses the row, unless it is already refused.
    pub(crate) fn refuse(&mut self, reason: Reason, field: Option<String>, message: String) {
        self.refusal.get_or_insert_with(|| Refusal::new(reason, field, message));
    }

    /// Remembers a member that the schema doesn't name.
    pub(crate) fn rescue(&mut self, node: usize, key: Range<usize>, value: Range<usize>) {
        self.unknown.push(UnknownMember { node, key, value });
    }

    /// Appends the packed row: the stored columns, then `_rescued` if `rescue` gives the tree that places the unknown members.
    pub(crate) fn append_row(
        &self,
        stored: &[usize],
        value: &[u8],
        rescue: Option<&Tree>,
        row: &mut Vec<u8>,
    ) {
        let bitmap = row.len();
        row.resize(bitmap + bitmap_len(stored.len() + usize::from(rescue.is_some())), 0);
        let set_null = |row: &mut Vec<u8>, cell: usize| row[bitmap + cell / 8] |= 1 << (cell % 8);
        for (cell, index) in stored.iter().enumerate() {
            if !self.cells[*index].append_to(value, &self.resolved, row) {
                set_null(row, cell);
            }
        }
        match rescue {
            None => {}
            Some(_) if self.unknown.is_empty() => set_null(row, stored.len()),
            Some(tree) => {
                let length = row.len();
                row.extend_from_slice(&[0; 4]);
                self.append_rescued(tree, value, 0, row);
                let size = (row.len() - length - 4) as u32;
                row[length..length + 4].copy_from_slice(&size.to_le_bytes());
            }
        }
    }

    /// Appends the unknown members of a node and of the nodes below it, as a JSON object of the same shape.
    fn append_rescued(&self, tree: &Tree, value: &[u8], node: usize, out: &mut Vec<u8>) {
        let comma = |out: &mut Vec<u8>| {
            if out.last() != Some(&b'{') {
                out.push(b',');
            }
        };
        out.push(b'{');
        for member in self.unknown.iter().filter(|member| member.node == node) {
            comma(out);
            out.extend_from_slice(&value[member.key.clone()]);
            out.push(b':');
            out.extend_from_slice(&value[member.value.clone()]);
        }
        for member in &tree.nodes[node].members {
            if let Target::Node(child) = member.target
                && self.has_unknown(tree, child)
            {
                comma(out);
                out.extend_from_slice(tree.nodes[child].quoted.as_bytes());
                out.push(b':');
                self.append_rescued(tree, value, child, out);
            }
        }
        out.push(b'}');
    }

    fn has_unknown(&self, tree: &Tree, node: usize) -> bool {
        let pointer = &tree.nodes[node].pointer;
        self.unknown.iter().any(|member| {
            let rest = tree.nodes[member.node].pointer.strip_prefix(pointer.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    }
}
