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
    /// The node's name in its parent, as JSON text with quotes.
    pub(crate) quoted: String,
    pub(crate) members: Vec<Member>,
    by_name: HashMap<Box<str>, usize, FixedState>,
    /// For each member, which one followed it in the latest row. Entry 0 is the object's first member, and entry n + 1 follows member n.
    successors: Vec<usize>,
}

/// A member of an object that the schema names.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    /// The name and its closing quote, if the name needs no escapes in JSON.
    pub(crate) quoted: Option<String>,
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
        let mut tree = Tree { nodes: vec![Node::new(String::new(), "")] };
        for (index, column) in schema.columns().iter().enumerate() {
            let steps: Vec<String> = column
                .from
                .split('/')
                .skip(1)
                .map(|step| step.replace("~1", "/").replace("~0", "~"))
                .collect();
            let (last, parents) = steps.split_last().expect("a schema's pointers have a step");
            let node = parents.iter().fold(0, |node, step| tree.child(node, step));
            tree.nodes[node].add(last, Target::Column(index));
        }
        for node in &mut tree.nodes {
            // Initially, members are expected in the order of the schema.
            node.successors = (0..=node.members.len()).collect();
        }
        tree
    }

    fn child(&mut self, parent: usize, name: &str) -> usize {
        if let Some(member) = self.nodes[parent].by_name.get(name)
            && let Target::Node(node) = self.nodes[parent].members[*member].target
        {
            return node;
        }
        let pointer =
            format!("{}/{}", self.nodes[parent].pointer, name.replace('~', "~0").replace('/', "~1"));
        let index = self.nodes.len();
        self.nodes.push(Node::new(pointer, name));
        self.nodes[parent].add(name, Target::Node(index));
        index
    }
}

impl Node {
    fn new(pointer: String, name: &str) -> Self {
        Node {
            pointer,
            quoted: serde_json::Value::from(name).to_string(),
            members: Vec::new(),
            by_name: HashMap::default(),
            successors: Vec::new(),
        }
    }

    fn add(&mut self, name: &str, target: Target) {
        let escaped = serde_json::Value::from(name).to_string();
        let plain = escaped.len() == name.len() + 2;
        self.by_name.insert(name.into(), self.members.len());
        self.members.push(Member { quoted: plain.then(|| format!("{name}\"")), target });
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
