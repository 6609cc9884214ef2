//! What templates can call: what is built in, and what the caller adds.

use minijinja::{Environment, Error, State, Value};

use crate::{
    error::TemplateError,
    escape::Escape,
    expression::Expression,
    helpers::{self, texts},
    names::Names,
    print,
    template::Template,
};

/// Compiles templates and expressions that can call the filters, tests and functions built in, and the filters that were
/// added. Made once and kept; cheap to clone.
#[derive(Clone, Debug)]
pub struct Engine {
    environment: Environment<'static>,
    names: Names,
}

impl Default for Engine {
    fn default() -> Engine {
        Engine { environment: helpers::environment(), names: Names::default() }
    }
}

impl Engine {
    /// With a filter of this name that makes a text of a text, in place of one that is built in, if there is one. The
    /// filter has to be quick and a function of its text: a template writes the same each time.
    #[must_use]
    pub fn with_filter(
        mut self,
        name: &'static str,
        filter: impl Fn(&str) -> String + Send + Sync + 'static,
    ) -> Engine {
        let metered = move |state: &mut State, value: &Value| -> Result<String, Error> {
            let text = texts::read(state, value, name)?;
            print::charge(state, text.len() as u64)?;
            Ok(filter(&text))
        };
        self.environment.add_filter(name, metered);
        self.names.add_filter(name);
        self
    }

    /// Compiles a source of at most [`MAX_SOURCE`](crate::MAX_SOURCE) bytes. Syntax, names of filters, tests and functions,
    /// and where texts begin and end are checked now; names of fields when it is rendered.
    ///
    /// # Errors
    /// What is wrong, in which line, and how to mend it.
    pub fn template(&self, source: &str, escape: Escape) -> Result<Template, TemplateError> {
        Template::compile(&self.environment, &self.names, source, escape)
    }

    /// Compiles an expression of at most [`MAX_EXPRESSION`](crate::MAX_EXPRESSION) bytes.
    ///
    /// # Errors
    /// What is wrong, and how to mend it.
    pub fn expression(&self, source: &str) -> Result<Expression, TemplateError> {
        Expression::compile(&self.environment, &self.names, source)
    }
}
