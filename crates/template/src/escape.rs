//! How a template escapes: its writer's choice enters, and leaves for the rewriting, which follows it.

/// What is done to values that are printed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Escape {
    /// The template writes JSON: values are escaped for their place in it.
    ///
    /// Between quotes, a text is written as the inside of a JSON string; numbers, `true` and `false` as they are; `null`
    /// as nothing; lists and maps as compact JSON, escaped. Outside of quotes each value is written as JSON: a text gets its
    /// quotes. Within `{% set x %}…{% endset %}` and `{% filter f %}…{% endfilter %}` there is plain text, which is escaped
    /// where it is printed. So nothing needs to be escaped by hand, and nothing can be left out.
    Json,
    /// The template writes text: texts as they are, `null` as nothing, lists and maps as JSON.
    None,
}
