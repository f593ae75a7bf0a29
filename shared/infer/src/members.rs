use crate::context::Context;
use crate::node::Node;
use crate::per_record::PerRecord;
use foldhash::fast::FixedState;
use hashbrown::{HashMap, HashSet};
use json::{Error, Scanner};

/// The members of the objects at a place.
#[derive(Debug, Default)]
pub(crate) struct Members {
    pub(crate) names: Names,
    pub(crate) count: PerRecord,
}

/// What tells members apart.
#[derive(Debug)]
pub(crate) enum Names {
    /// Each has its name.
    Named(Named),
    /// The names are too many, so they are data, and the values are alike.
    Any(Box<Node>),
}

/// Members by their names.
#[derive(Debug, Default)]
pub(crate) struct Named {
    pub(crate) members: Vec<Member>,
    by_name: HashMap<Box<str>, usize, FixedState>,
}

/// A member of objects.
#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) name: Box<str>,
    /// The name and its closing quote, if the name needs no escapes in JSON.
    quoted: Option<Box<str>>,
    pub(crate) node: Node,
    /// Number of objects that have it.
    pub(crate) present: u64,
    /// The latest place among an object's members, counted from 0.
    pub(crate) position: u32,
    /// The latest object that has it.
    object: u64,
}

/// The visit of one object, member by member.
#[derive(Debug)]
pub(crate) struct Visit {
    is_record: bool,
    object: u64,
    position: u32,
    previous: Option<usize>,
    /// The names so far, if they are not those of [`Named`].
    names: HashSet<Box<str>, FixedState>,
}

/// Number of different names from which on the names of an object's members are data.
pub(crate) const MAX_NAMES: usize = 256;

/// Maximum number of different names of a record's members.
pub(crate) const MAX_FIELDS: usize = 4096;

/// Longest name in bytes that is not data.
const MAX_NAME: usize = 256;

impl Default for Names {
    fn default() -> Self {
        Names::Named(Named::default())
    }
}

impl Visit {
    pub(crate) fn new(context: &mut Context, is_record: bool) -> Self {
        context.objects += 1;
        Visit { is_record, object: context.objects, position: 0, previous: None, names: HashSet::default() }
    }
}

impl Members {
    /// Reads the key at the cursor and returns the node for its value, or `None` if there is no room for another one.
    #[inline]
    pub(crate) fn enter(
        &mut self,
        scanner: &mut Scanner<'_>,
        visit: &mut Visit,
        context: &mut Context,
    ) -> Result<Option<&mut Node>, Error> {
        self.count.count(context.record);
        if let Names::Named(named) = &mut self.names
            && let Some(index) = named.take_expected(scanner, visit)?
        {
            return Ok(self.names.visit(index, visit, context));
        }
        let key = scanner.string()?;
        scanner.colon()?;
        match key.plain() {
            Some(plain) => Ok(self.names.enter(plain, visit, context)),
            None => Ok(self.names.enter(&key.resolve(), visit, context)),
        }
    }

    /// Adds what other members have seen. Returns whether there was room for all of them.
    pub(crate) fn merge(&mut self, other: Members, context: &mut Context, is_record: bool) -> bool {
        self.count.merge(other.count);
        match other.names {
            Names::Any(other) => {
                self.names.forget(context).merge(*other, context, false);
                true
            }
            Names::Named(other) => {
                let mut room = true;
                for member in other.members {
                    room &= self.names.merge(member, context, is_record);
                }
                room
            }
        }
    }

    pub(crate) fn places(&self) -> usize {
        match &self.names {
            Names::Named(named) => named.places(),
            Names::Any(any) => any.places(),
        }
    }

    pub(crate) fn settle(&mut self) {
        self.count.settle();
        match &mut self.names {
            Names::Named(named) => named.members.iter_mut().for_each(Member::settle),
            Names::Any(any) => any.settle(),
        }
    }
}

impl Names {
    fn enter(&mut self, name: &str, visit: &mut Visit, context: &mut Context) -> Option<&mut Node> {
        if let Names::Named(named) = self {
            if let Some(index) = named.by_name.get(name) {
                let index = *index;
                return self.visit(index, visit, context);
            }
            if named.has_room(name, visit.is_record) {
                if !context.add_places(1) {
                    return None;
                }
                let index = named.push(Member::new(name));
                return self.visit(index, visit, context);
            }
            if visit.is_record {
                return None;
            }
            let before = named.members.iter().filter(|member| member.object == visit.object);
            visit.names.extend(before.map(|member| member.name.clone()));
        }
        context.duplicate |= !visit.names.insert(name.into());
        Some(self.forget(context))
    }

    /// Returns the node of a named member that occurs in the visited object.
    #[inline]
    fn visit(&mut self, index: usize, visit: &mut Visit, context: &mut Context) -> Option<&mut Node> {
        let Names::Named(named) = self else { return None };
        let member = &mut named.members[index];
        match member.object == visit.object {
            true => context.duplicate = true,
            false => member.present += 1,
        }
        member.object = visit.object;
        member.position = member.position.max(visit.position);
        visit.position += 1;
        visit.previous = Some(index);
        Some(&mut member.node)
    }

    /// Returns the node of all values, which are treated alike from now on.
    fn forget(&mut self, context: &mut Context) -> &mut Node {
        if let Names::Named(named) = self {
            let mut all = Box::<Node>::default();
            context.remove_places(named.places());
            // There is room again, except for members that another observer counts.
            context.add_places(1);
            for member in std::mem::take(&mut named.members) {
                all.merge(member.node, context, false);
            }
            *self = Names::Any(all);
        }
        let Names::Any(all) = self else { unreachable!("it has just been assigned") };
        all
    }

    fn merge(&mut self, mut member: Member, context: &mut Context, is_record: bool) -> bool {
        if let Names::Named(named) = self {
            if let Some(index) = named.by_name.get(&member.name) {
                named.members[*index].merge(member, context);
                return true;
            }
            if named.has_room(&member.name, is_record) {
                let room = context.add_places(member.node.places());
                if room {
                    member.settle();
                    named.push(member);
                }
                return room;
            }
            if is_record {
                return false;
            }
        }
        self.forget(context).merge(member.node, context, false);
        true
    }
}

impl Named {
    /// Reads the key at the cursor if it is the one that followed the previous member before.
    #[inline]
    fn take_expected(&self, scanner: &mut Scanner<'_>, visit: &Visit) -> Result<Option<usize>, Error> {
        let expected = visit.previous.map_or(0, |previous| previous + 1);
        match self.members.get(expected).and_then(|member| member.quoted.as_deref()) {
            Some(quoted) if scanner.take_key(quoted)? => Ok(Some(expected)),
            _ => Ok(None),
        }
    }

    fn places(&self) -> usize {
        self.members.iter().map(|member| member.node.places()).sum()
    }

    fn has_room(&self, name: &str, is_record: bool) -> bool {
        let most = if is_record { MAX_FIELDS } else { MAX_NAMES };
        self.members.len() < most && name.len() <= MAX_NAME
    }

    fn push(&mut self, member: Member) -> usize {
        let index = self.members.len();
        self.by_name.insert(member.name.clone(), index);
        self.members.push(member);
        index
    }
}

impl Member {
    fn new(name: &str) -> Self {
        let plain = !name.bytes().any(|byte| byte < 0x20 || byte == b'"' || byte == b'\\');
        let quoted = plain.then(|| format!("{name}\"").into());
        Member { name: name.into(), quoted, node: Node::default(), present: 0, position: 0, object: 0 }
    }

    fn merge(&mut self, other: Member, context: &mut Context) {
        self.present += other.present;
        self.position = self.position.max(other.position);
        self.node.merge(other.node, context, false);
    }

    fn settle(&mut self) {
        self.object = 0;
        self.node.settle();
    }
}
