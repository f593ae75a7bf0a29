use indicatif::ProgressBar;
use std::fmt::{Debug, Write};
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, SubscriberExt};

/// Shows whoever runs the command what happens below: requests that are tried again, for one, so that waiting has its reason.
struct ConsoleLog {
    progress: ProgressBar,
}

/// Has the events of this process shown on stderr from here on, a line each, above the progress.
pub(crate) fn init(progress: ProgressBar) {
    let log = ConsoleLog { progress }.with_filter(LevelFilter::INFO);
    // Fails where another is installed: then that one shows them.
    let _ = tracing::subscriber::set_global_default(tracing_subscriber::registry().with(log));
}

impl<S: Subscriber> Layer<S> for ConsoleLog {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut line = Line::default();
        event.record(&mut line);
        self.progress.suspend(|| eprintln!("curate: {}{}", line.message, line.fields));
    }
}

#[derive(Default)]
struct Line {
    message: String,
    fields: String,
}

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        // Writing to memory does not fail.
        let _ = match field.name() {
            "message" => write!(self.message, "{value:?}"),
            name => write!(self.fields, ", {name}: {value:?}"),
        };
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.record_debug(field, &format_args!("{value}"));
    }
}
