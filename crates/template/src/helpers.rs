//! The filters that are added to Jinja's, and those of minijinja that are replaced because they were made for HTML or can
//! grow without a bound.

mod errors;
mod links;
mod lists;
mod numbers;
pub mod texts;
pub mod times;

use minijinja::{Environment, UndefinedBehavior};

use crate::{names, print};

/// What every template runs in: no clock, no dice, no files, no other templates.
pub fn environment() -> Environment<'static> {
    let mut env = Environment::new();
    for filter in ["safe", "pprint", "zip", "chain"] {
        env.remove_filter(filter);
    }
    env.remove_global("debug");
    env.set_undefined_behavior(UndefinedBehavior::Strict);
    env.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
    // Errors then name what is not there. What else they would say is never shown.
    env.set_debug(true);

    env.add_filter(names::GUARD, print::guard);
    env.add_filter(names::GUARD_COMPARES, print::guard_compares);
    env.add_filter(names::GUARD_TEXT, print::guard_text);
    env.add_filter(names::GUARD_FACTOR, print::guard_factor);
    env.add_filter(names::GUARD_PLAIN, print::guard_plain);
    env.add_filter(names::PRINT_JSON, print::json);
    env.add_filter(names::PRINT_QUOTED, print::quoted);
    env.add_filter(names::PRINT_TEXT, print::text);

    env.add_filter("number", numbers::number);
    env.add_filter("money", numbers::money);
    env.add_filter("percent", numbers::percent);
    env.add_filter("round", numbers::round);
    env.add_filter("time", times::time);
    env.add_filter("truncate", texts::truncate);
    env.add_filter("urlencode", texts::urlencode);
    env.add_filter("slack_escape", texts::slack_escape);
    env.add_filter("markdown_escape", texts::markdown_escape);
    for name in ["html_escape", "escape", "e"] {
        env.add_filter(name, texts::html_escape);
    }
    for name in ["default", "d"] {
        env.add_filter(name, texts::default);
    }
    env.add_filter("string", print::text);
    env.add_filter("tojson", print::json);
    env.add_filter("join", lists::join);
    env.add_filter("split", lists::split);
    env.add_filter("lines", lists::lines);
    env.add_filter("sum", lists::sum);
    env.add_function("range", lists::range);
    env
}
