use crate::place::push_step;
use crate::schema::Schema;
use foldhash::fast::FixedState;
use hashbrown::HashMap;

/// The schema's pointers as a tree of objects and their members, which the decoder follows.
#[derive(Debug, Clone)]
pub(crate) struct Tree {
    /// The nodes, root first. Parents come before their children.
    pub(crate) nodes: Vec<Node>,
}

/// An object through which pointers pass.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    /// The node's JSON pointer, which is empty for the root.
    pub(crate) pointer: String,
    pub(crate) members: Vec<Member>,
    /// The members by index, if all of them are names of array elements (`0`, `17`). The node's value can then also be an array.
    elements: Vec<(usize, usize)>,
    by_name: HashMap<Box<str>, usize, FixedState>,
    /// For each member, which one followed it in the latest row. Entry 0 is the object's first member, and entry n + 1 follows member n.
    successors: Vec<usize>,
}

/// A member of an object that the schema names.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    /// The name and its closing quote, if the name needs no escapes in JSON.
    pub(crate) quoted: Option<String>,
    /// The name as JSON text with quotes.
    pub(crate) key: String,
    pub(crate) target: Target,
}

/// What a member's value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    /// The value of a column, given by its index in the schema.
    Column(usize),
    /// An object with members of its own.
    Node(usize),
}

impl Tree {
    pub(crate) fn new(schema: &Schema) -> Self {
        let mut tree = Tree { nodes: vec![Node::new(String::new())] };
        for (index, column) in schema.columns().iter().enumerate() {
            let Some(pointer) = column.source.pointer() else { continue };
            let steps: Vec<String> =
                pointer.split('/').skip(1).map(|step| step.replace("~1", "/").replace("~0", "~")).collect();
            let (last, parents) = steps.split_last().expect("a schema's pointers have a step");
            let node = parents.iter().fold(0, |node, step| tree.child(node, step));
            tree.nodes[node].add(last, Target::Column(index));
        }
        for node in &mut tree.nodes {
            // Initially, members are expected in the order of the schema.
            node.successors = (0..=node.members.len()).collect();
            node.elements = node.elements();
        }
        tree
    }

    fn child(&mut self, parent: usize, name: &str) -> usize {
        if let Some(member) = self.nodes[parent].by_name.get(name)
            && let Target::Node(node) = self.nodes[parent].members[*member].target
        {
            return node;
        }
        let mut pointer = self.nodes[parent].pointer.clone();
        push_step(&mut pointer, name);
        let index = self.nodes.len();
        self.nodes.push(Node::new(pointer));
        self.nodes[parent].add(name, Target::Node(index));
        index
    }
}

/// Returns the index that a pointer's step stands for in an array. RFC 6901 allows no leading zeros.
fn element_index(name: &str) -> Option<usize> {
    let digits = name.bytes().all(|byte| byte.is_ascii_digit()) && (name == "0" || !name.starts_with('0'));
    name.parse().ok().filter(|_| digits)
}

impl Node {
    fn new(pointer: String) -> Self {
        Node {
            pointer,
            members: Vec::new(),
            elements: Vec::new(),
            by_name: HashMap::default(),
            successors: Vec::new(),
        }
    }

    fn add(&mut self, name: &str, target: Target) {
        let escaped = serde_json::Value::from(name).to_string();
        let plain = escaped.len() == name.len() + 2;
        self.by_name.insert(name.into(), self.members.len());
        self.members.push(Member { quoted: plain.then(|| format!("{name}\"")), key: escaped, target });
    }

    /// Returns the index and the member of each element, in order, if all members are elements.
    fn elements(&self) -> Vec<(usize, usize)> {
        let members = self.by_name.iter().map(|(name, member)| Some((element_index(name)?, *member)));
        let mut elements: Vec<_> = members.collect::<Option<_>>().unwrap_or_default();
        elements.sort_unstable();
        elements
    }

    /// Returns whether the node's value can be an array.
    pub(crate) fn can_be_array(&self) -> bool {
        !self.elements.is_empty()
    }

    /// Returns the target of an array's element, given the number of elements before it that had one.
    pub(crate) fn element(&self, index: usize, before: usize) -> Option<Target> {
        let (expected, member) = self.elements.get(before)?;
        (*expected == index).then(|| self.members[*member].target)
    }

    /// Returns the member that followed `previous` in the latest row that had it. `None` means the start of the object.
    #[inline]
    pub(crate) fn expected_after(&self, previous: Option<usize>) -> Option<(usize, &str)> {
        let next = *self.successors.get(previous.map_or(0, |member| member + 1))?;
        let quoted = self.members.get(next)?.quoted.as_deref()?;
        Some((next, quoted))
    }

    /// Finds a member by its name, and remembers that it followed `previous`.
    pub(crate) fn find_after(&mut self, previous: Option<usize>, name: &str) -> Option<usize> {
        let found = *self.by_name.get(name)?;
        self.successors[previous.map_or(0, |member| member + 1)] = found;
        Some(found)
    }
}
