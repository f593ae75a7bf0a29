use crate::context::Context;
use crate::members::{Members, Visit};
use crate::numbers::Numbers;
use crate::per_record::PerRecord;
use crate::strings::Strings;
use json::{Error, Kind, Scanner};

/// What was seen at one place of the records, such as `/items/…/price`.
///
/// It is a function of the values alone: the order in which they are added, or in which nodes are merged, does not matter.
#[derive(Debug, Default)]
pub(crate) struct Node {
    pub(crate) nulls: u64,
    pub(crate) booleans: u64,
    pub(crate) numbers: Option<Box<Numbers>>,
    pub(crate) strings: Option<Box<Strings>>,
    pub(crate) arrays: u64,
    pub(crate) elements: Option<Box<Elements>>,
    pub(crate) objects: u64,
    pub(crate) members: Option<Box<Members>>,
    /// Whether its arrays and objects were not looked into, because they are too deep or there is too much in them.
    pub(crate) opaque: bool,
}

/// The elements of the arrays at a place.
#[derive(Debug, Default)]
pub(crate) struct Elements {
    pub(crate) node: Node,
    pub(crate) count: PerRecord,
}

/// Maximum depth of places. A deeper array or object is a piece of JSON to everyone.
const MAX_DEPTH: usize = 16;

impl Node {
    /// Reads the value at the cursor, which is known to be valid JSON.
    pub(crate) fn observe(
        &mut self,
        scanner: &mut Scanner<'_>,
        context: &mut Context,
        depth: usize,
    ) -> Result<(), Error> {
        match scanner.kind()? {
            Kind::Null => {
                self.nulls += 1;
                scanner.null()
            }
            Kind::Boolean => {
                self.booleans += 1;
                scanner.boolean().map(drop)
            }
            Kind::Number => {
                self.numbers.get_or_insert_default().add(scanner.number()?);
                Ok(())
            }
            Kind::String => {
                let text = scanner.string()?;
                let strings = self.strings.get_or_insert_default();
                match text.plain() {
                    Some(plain) => strings.add(plain),
                    None => strings.add(&text.resolve()),
                }
                Ok(())
            }
            Kind::Array => {
                self.arrays += 1;
                match self.opaque || depth == MAX_DEPTH {
                    true => self.skip(scanner),
                    false => self.observe_array(scanner, context, depth),
                }
            }
            Kind::Object => {
                self.objects += 1;
                match self.opaque || depth == MAX_DEPTH {
                    true => self.skip(scanner),
                    false => self.observe_object(scanner, context, depth),
                }
            }
        }
    }

    fn skip(&mut self, scanner: &mut Scanner<'_>) -> Result<(), Error> {
        self.opaque = true;
        scanner.any().map(drop)
    }

    fn observe_array(
        &mut self,
        scanner: &mut Scanner<'_>,
        context: &mut Context,
        depth: usize,
    ) -> Result<(), Error> {
        if self.elements.is_none() && !context.add_places(1) {
            self.close(context);
            return self.skip(scanner);
        }
        scanner.open_array()?;
        let elements = self.elements.get_or_insert_default();
        let mut first = true;
        while scanner.next_element(first)? {
            first = false;
            elements.count.count(context.record);
            elements.node.observe(scanner, context, depth + 1)?;
        }
        Ok(())
    }

    fn observe_object(
        &mut self,
        scanner: &mut Scanner<'_>,
        context: &mut Context,
        depth: usize,
    ) -> Result<(), Error> {
        scanner.open_object()?;
        let is_record = depth == 0;
        let members = self.members.get_or_insert_default();
        let mut visit = Visit::new(context, is_record);
        let (mut first, mut full) = (true, false);
        while scanner.next_member(first)? {
            first = false;
            match members.enter(scanner, &mut visit, context)? {
                Some(member) => member.observe(scanner, context, depth + 1)?,
                None => {
                    full = true;
                    scanner.any()?;
                }
            }
        }
        match (full, is_record) {
            (false, _) => {}
            (true, true) => context.left_out = true,
            (true, false) => self.close(context),
        }
        Ok(())
    }

    /// Forgets what is inside arrays and objects, and does not look into others.
    fn close(&mut self, context: &mut Context) {
        context.remove_places(self.places_inside());
        self.opaque = true;
        self.elements = None;
        self.members = None;
    }

    fn places_inside(&self) -> usize {
        let elements = self.elements.as_ref().map_or(0, |elements| 1 + elements.node.places_inside());
        elements + self.members.as_ref().map_or(0, |members| members.places())
    }

    /// Returns the number of places that this node takes.
    pub(crate) fn places(&self) -> usize {
        1 + self.places_inside()
    }

    /// Adds what another node has seen, whose places the context does not count.
    pub(crate) fn merge(&mut self, other: Node, context: &mut Context, is_record: bool) {
        self.nulls += other.nulls;
        self.booleans += other.booleans;
        if let Some(numbers) = &other.numbers {
            self.numbers.get_or_insert_default().merge(numbers);
        }
        if let Some(strings) = &other.strings {
            self.strings.get_or_insert_default().merge(strings);
        }
        self.arrays += other.arrays;
        self.objects += other.objects;
        if self.opaque || other.opaque {
            return self.close(context);
        }
        if let Some(mut elements) = other.elements {
            match &mut self.elements {
                Some(own) => own.merge(*elements, context),
                None if context.add_places(elements.node.places()) => {
                    elements.settle();
                    self.elements = Some(elements);
                }
                None => return self.close(context),
            }
        }
        if let Some(members) = other.members
            && !self.members.get_or_insert_default().merge(*members, context, is_record)
        {
            match is_record {
                true => context.left_out = true,
                false => self.close(context),
            }
        }
    }

    /// Forgets which records and objects were current, so that they are not confused with those of another observer.
    pub(crate) fn settle(&mut self) {
        if let Some(elements) = &mut self.elements {
            elements.settle();
        }
        if let Some(members) = &mut self.members {
            members.settle();
        }
    }

    /// Returns the number of values.
    pub(crate) fn values(&self) -> u64 {
        let numbers = self.numbers.as_ref().map_or(0, |numbers| numbers.count);
        let strings = self.strings.as_ref().map_or(0, |strings| strings.count);
        self.nulls + self.booleans + numbers + strings + self.arrays + self.objects
    }
}

impl Elements {
    fn merge(&mut self, other: Elements, context: &mut Context) {
        self.count.merge(other.count);
        self.node.merge(other.node, context, false);
    }

    fn settle(&mut self) {
        self.count.settle();
        self.node.settle();
    }
}
