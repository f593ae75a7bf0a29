use std::error::Error;
use std::fmt::{self, Write};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

/// Fields with their values as JSON text.
#[derive(Debug, Clone, Default)]
pub(crate) struct JsonFields(Vec<(&'static str, String)>);

/// Maximum length of a string in bytes. The open-source agent keeps a megabyte of log per call, which holds a hundred of these.
const MAX_LENGTH: usize = 8 << 10;

impl JsonFields {
    /// Stores a new span's fields in the span.
    pub(crate) fn keep<S: Subscriber + for<'a> LookupSpan<'a>>(
        attributes: &Attributes<'_>,
        id: &Id,
        context: &Context<'_, S>,
    ) {
        // Formatted before locking, because a `Debug` implementation may itself log.
        let mut fields = JsonFields::default();
        attributes.record(&mut fields);
        if let Some(span) = context.span(id) {
            span.extensions_mut().replace(fields);
        }
    }

    /// Adds fields to a span.
    pub(crate) fn add<S: Subscriber + for<'a> LookupSpan<'a>>(
        values: &Record<'_>,
        id: &Id,
        context: &Context<'_, S>,
    ) {
        let mut fields = JsonFields::default();
        values.record(&mut fields);
        if let Some(span) = context.span(id) {
            let mut extensions = span.extensions_mut();
            if let Some(before) = extensions.remove::<JsonFields>() {
                fields.append(before);
            }
            extensions.replace(fields);
        }
    }

    /// Returns the fields of an event, followed by those of the spans around it, innermost first.
    pub(crate) fn of<S: Subscriber + for<'a> LookupSpan<'a>>(
        event: &Event<'_>,
        context: &Context<'_, S>,
    ) -> Self {
        let mut fields = JsonFields::default();
        event.record(&mut fields);
        if let Some(scope) = context.event_scope(event) {
            for span in scope {
                if let Some(more) = span.extensions().get::<JsonFields>() {
                    fields.append(more.clone());
                }
            }
        }
        fields
    }

    pub(crate) fn append(&mut self, mut others: JsonFields) {
        self.0.append(&mut others.0);
    }

    /// Removes the first field with this name and returns its value.
    pub(crate) fn take(&mut self, name: &str) -> Option<String> {
        let index = self.0.iter().position(|(other, _)| *other == name)?;
        Some(self.0.remove(index).1)
    }

    /// Returns the first field with each name.
    pub(crate) fn distinct(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let new = |index: usize| self.0[..index].iter().all(|(name, _)| *name != self.0[index].0);
        self.0
            .iter()
            .enumerate()
            .filter(move |(index, _)| new(*index))
            .map(|(_, (name, value))| (*name, value.as_str()))
    }

    fn push(&mut self, field: &Field, value: impl fmt::Display) {
        self.0.push((field.name(), value.to_string()));
    }

    fn push_text(&mut self, field: &Field, text: impl fmt::Display) {
        let mut bounded = Bounded::default();
        // Fails only if a `Display` implementation fails. What it has written is kept.
        let _ = write!(bounded, "{text}");
        self.push(field, serde_json::Value::from(bounded.text));
    }
}

impl Visit for JsonFields {
    fn record_f64(&mut self, field: &Field, value: f64) {
        // Becomes `null` for infinities and NaN.
        self.push(field, serde_json::Value::from(value));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.push(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.push(field, value);
    }

    fn record_i128(&mut self, field: &Field, value: i128) {
        self.push(field, value);
    }

    fn record_u128(&mut self, field: &Field, value: u128) {
        self.push(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.push(field, value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.push_text(field, value);
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        self.push_text(field, crate::chain::chain(value));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.push_text(field, format_args!("{value:?}"));
    }
}

/// Text that stops growing at [`MAX_LENGTH`].
#[derive(Default)]
struct Bounded {
    text: String,
    full: bool,
}

impl Write for Bounded {
    fn write_str(&mut self, more: &str) -> fmt::Result {
        if self.full {
            return Ok(());
        }
        let room = MAX_LENGTH - self.text.len();
        if more.len() <= room {
            self.text.push_str(more);
        } else {
            self.text.push_str(&more[..more.floor_char_boundary(room)]);
            self.text.push('…');
            self.full = true;
        }
        Ok(())
    }
}
