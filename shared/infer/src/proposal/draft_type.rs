use std::borrow::Cow;
use std::fmt;

/// A type that a column or a place inside it may get.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum DraftType {
    Scalar(Scalar),
    /// Any value, kept as its text.
    Json,
    Array(Box<DraftType>, Repetition),
    Struct(Vec<(String, DraftType)>),
    Map(Box<DraftType>, Repetition),
}

/// A type of single values, and the options that it needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Scalar {
    pub(super) name: Cow<'static, str>,
    pub(super) truncate: bool,
    pub(super) basic_offset: bool,
}

/// The most elements or entries in one record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Repetition(pub(super) u64);

impl DraftType {
    pub(super) fn scalar(name: impl Into<Cow<'static, str>>) -> Self {
        DraftType::Scalar(Scalar { name: name.into(), truncate: false, basic_offset: false })
    }

    /// Returns the number of columns that the type takes in files.
    pub(super) fn leaves(&self) -> usize {
        match self {
            DraftType::Scalar(_) | DraftType::Json => 1,
            DraftType::Array(inside, _) => inside.leaves(),
            DraftType::Map(inside, _) => 1 + inside.leaves(),
            DraftType::Struct(fields) => fields.iter().map(|(_, field)| field.leaves()).sum(),
        }
    }

    /// Returns the most values that a record's arrays and maps have in all columns together.
    pub(super) fn expansion(&self) -> u64 {
        match self {
            DraftType::Scalar(_) | DraftType::Json => 0,
            DraftType::Array(inside, Repetition(most)) | DraftType::Map(inside, Repetition(most)) => {
                most.saturating_mul(1 + inside.leaves() as u64).saturating_add(inside.expansion())
            }
            DraftType::Struct(fields) => fields.iter().map(|(_, field)| field.expansion()).sum(),
        }
    }

    /// Returns whether a scalar needs the option `truncate`.
    pub(super) fn truncates(&self) -> bool {
        self.any_scalar(&|scalar| scalar.truncate)
    }

    /// Returns whether a scalar needs the option `offset`.
    pub(super) fn has_basic_offsets(&self) -> bool {
        self.any_scalar(&|scalar| scalar.basic_offset)
    }

    fn any_scalar(&self, is_wanted: &impl Fn(&Scalar) -> bool) -> bool {
        match self {
            DraftType::Scalar(scalar) => is_wanted(scalar),
            DraftType::Json => false,
            DraftType::Array(inside, _) | DraftType::Map(inside, _) => inside.any_scalar(is_wanted),
            DraftType::Struct(fields) => fields.iter().any(|(_, field)| field.any_scalar(is_wanted)),
        }
    }

    /// Returns whether anything is allowed inside.
    pub(super) fn holds_json(&self) -> bool {
        match self {
            DraftType::Scalar(_) => false,
            DraftType::Json => true,
            DraftType::Array(inside, _) | DraftType::Map(inside, _) => inside.holds_json(),
            DraftType::Struct(fields) => fields.iter().any(|(_, field)| field.holds_json()),
        }
    }

    /// Returns a type that accepts what either accepts, if they differ only in options and repetitions.
    pub(super) fn unified(self, other: DraftType) -> Option<DraftType> {
        match (self, other) {
            (DraftType::Scalar(one), DraftType::Scalar(other)) => one.unified(other).map(DraftType::Scalar),
            (DraftType::Array(one, Repetition(few)), DraftType::Array(other, Repetition(many))) => {
                Some(DraftType::Array(Box::new(one.unified(*other)?), Repetition(few.max(many))))
            }
            (DraftType::Map(one, Repetition(few)), DraftType::Map(other, Repetition(many))) => {
                Some(DraftType::Map(Box::new(one.unified(*other)?), Repetition(few.max(many))))
            }
            (one @ DraftType::Struct(_), other @ DraftType::Struct(_)) => (one == other).then_some(one),
            _ => None,
        }
    }
}

impl Scalar {
    fn unified(self, other: Scalar) -> Option<Scalar> {
        (self.name == other.name).then_some(Scalar {
            name: self.name,
            truncate: self.truncate || other.truncate,
            basic_offset: self.basic_offset || other.basic_offset,
        })
    }
}

impl fmt::Display for DraftType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DraftType::Scalar(scalar) => f.write_str(&scalar.name),
            DraftType::Json => f.write_str("json"),
            DraftType::Array(inside, _) => write!(f, "array<{inside}>"),
            DraftType::Map(inside, _) => write!(f, "map<string, {inside}>"),
            DraftType::Struct(fields) => {
                f.write_str("struct<")?;
                for (at, (name, field)) in fields.iter().enumerate() {
                    let comma = if at > 0 { ", " } else { "" };
                    write!(f, "{comma}{}: {field}", field_name(name))?;
                }
                f.write_str(">")
            }
        }
    }
}

/// Returns a struct's field name as it is written in a type.
fn field_name(name: &str) -> Cow<'_, str> {
    match name.chars().all(|character| character.is_ascii_alphanumeric() || character == '_') {
        true => name.into(),
        false => format!("`{}`", name.replace('`', "``")).into(),
    }
}
