//! What the log says of changes, for every test of this process.

use std::{
    fmt::Debug,
    sync::{Mutex, Once},
};

use tracing::{Event, Subscriber, field::Field};
use tracing_subscriber::{
    Layer, Registry,
    filter::Targets,
    layer::{Context, SubscriberExt},
};

static LINES: Mutex<Vec<Line>> = Mutex::new(Vec::new());

/// One change: who made it, what it was, of what.
#[derive(Clone, Default, PartialEq, Debug)]
pub struct Line {
    pub by: String,
    pub what: String,
    pub subject: String,
}

/// Listens from now on.
pub fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let only = Targets::new().with_target("lanehook::changes", tracing::Level::DEBUG);
        tracing::subscriber::set_global_default(Registry::default().with(Keep.with_filter(only))).unwrap();
    });
}

/// What was changed by somebody whose name begins so.
pub fn made_by(name: &str) -> Vec<Line> {
    LINES.lock().unwrap().iter().filter(|line| line.by.starts_with(name)).cloned().collect()
}

struct Keep;

impl<S: Subscriber> Layer<S> for Keep {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut line = Line::default();
        event.record(&mut |field: &Field, value: &dyn Debug| {
            let text = format!("{value:?}").trim_matches('"').to_owned();
            match field.name() {
                "by" => line.by = text,
                "subject" => line.subject = text,
                "message" => line.what = text,
                other => panic!("a change is logged with `{other}`"),
            }
        });
        LINES.lock().unwrap().push(line);
    }
}
