//! Checks an expression, and writes it anew with guards where a value could cost more than it looks.
//!
//! minijinja charges fuel for each instruction and each byte it makes, but some instructions visit a whole value for the
//! price of one: `a == b`, `a ~ b`, `a|sort`. With `{% set a = [a, a] %}` a few lines make values that take forever to
//! visit. So each value that goes into such an instruction first goes through a guard: a filter that charges for
//! every item it holds and refuses what is nested too deeply. A guard returns what it is given, so a template means the
//! same with and without; only `*` is narrower: it takes numbers and texts, no lists.
//!
//! The bounds on nesting keep minijinja's parser and code generator, which recurse, within a small stack.

use crate::{
    TemplateError,
    helpers::times,
    names::{GUARD, GUARD_COMPARES, GUARD_FACTOR, GUARD_TEXT, Load, Names},
    tokens::{Kind, Token},
};

/// Operators, brackets, dots and filters in one expression.
const MAX_MARKS: usize = 200;
/// Brackets within brackets.
const MAX_DEPTH: usize = 24;

const KEYWORDS: [&str; 7] = ["and", "or", "not", "in", "is", "if", "else"];
const CONSTANTS: [&str; 6] = ["true", "false", "none", "True", "False", "None"];
/// Operators that visit what they are given.
const VISITING: [&str; 16] = ["+", "-", "~", "/", "//", "%", "**", "*", "==", "!=", "<", "<=", ">", ">=", "in", "is"];

/// The expression, guarded; white space and line breaks are kept.
pub fn expression(tokens: &[Token], names: &Names) -> Result<String, TemplateError> {
    Guard::new(tokens, names).run()
}

/// A chain of filters without a value, as in `{% filter upper|trim %}`.
pub fn filters(tokens: &[Token], names: &Names) -> Result<String, TemplateError> {
    let mut guard = Guard::new(tokens, names);
    guard.filter_next = true;
    guard.run()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Bracket {
    /// `f(…)`, `x|f(…)`, `is f(…)`
    Call,
    /// `(…)`, `[…]`, `{…}` as a value.
    Value,
    /// `x[…]`
    Index,
}

/// A value with what hangs on it: `a.b[0].c`, `(…)[1]`.
#[derive(Clone, Copy, Default)]
struct Chain<'s> {
    /// The token before it.
    before: &'s str,
    /// Where it begins in `pieces`.
    start: usize,
    /// It is the argument of a test, to be put in brackets.
    argument: bool,
    /// It is a name or a constant, and which.
    root: &'s str,
}

struct Guard<'t, 's> {
    tokens: &'t [Token<'s>],
    names: &'t Names,
    pieces: Vec<String>,
    open: Vec<(Bracket, Chain<'s>)>,
    chain: Chain<'s>,
    /// The last token that is no part of a value.
    before: &'s str,
    filter_next: bool,
    argument_next: bool,
    marks: usize,
}

impl<'t, 's> Guard<'t, 's> {
    fn new(tokens: &'t [Token<'s>], names: &'t Names) -> Guard<'t, 's> {
        let pieces = Vec::with_capacity(tokens.len() * 2);
        Guard {
            tokens,
            names,
            pieces,
            open: Vec::new(),
            chain: Chain::default(),
            before: "",
            filter_next: false,
            argument_next: false,
            marks: 0,
        }
    }

    fn run(mut self) -> Result<String, TemplateError> {
        let mut at = 0;
        while let Some(token) = self.tokens.get(at) {
            let used = self.take(at, *token).map_err(|message| TemplateError::at(token.line, message))?;
            at += used;
        }
        match self.filter_next {
            true => Err(TemplateError::new("a filter is missing after `|`")),
            false => Ok(self.pieces.concat()),
        }
    }

    fn text(&self, at: usize) -> &'s str {
        self.tokens.get(at).map_or("", |token| token.text)
    }

    fn put(&mut self, token: Token) {
        self.pieces.push([token.gap, token.text].concat());
    }

    /// Takes the token at `at`; returns how many were used.
    fn take(&mut self, at: usize, token: Token<'s>) -> Result<usize, String> {
        self.count(token)?;
        match token.kind {
            Kind::Name if self.filter_next => self.filter(at, token)?,
            Kind::Name | Kind::Number if at > 0 && self.text(at - 1) == "." => {
                self.put(token);
                self.value_ends(at)?;
            }
            Kind::Name if token.text == "is" => return self.test(at, token),
            Kind::Name if KEYWORDS.contains(&token.text) => self.no_value(token)?,
            Kind::Name => self.name(at, token)?,
            Kind::Text | Kind::Number => {
                // Texts that follow one another are one.
                let goes_on = token.kind == Kind::Text && at > 0 && self.tokens[at - 1].kind == Kind::Text;
                if !goes_on {
                    self.value_begins(token.text);
                }
                self.put(token);
                if self.tokens.get(at + 1).is_none_or(|next| next.kind != Kind::Text) {
                    self.value_ends(at)?;
                }
            }
            Kind::Mark => self.mark(at, token)?,
        }
        Ok(1)
    }

    fn count(&mut self, token: Token) -> Result<(), String> {
        let counts = match token.kind {
            Kind::Mark => !matches!(token.text, "," | ":" | ")" | "]" | "}"),
            Kind::Name => KEYWORDS.contains(&token.text),
            Kind::Text | Kind::Number => false,
        };
        self.marks += usize::from(counts);
        match self.marks > MAX_MARKS {
            true => Err(format!("this expression has more than {MAX_MARKS} operators; take it apart with {{% set %}}")),
            false => Ok(()),
        }
    }

    /// A token that is no part of a value: an operator, a keyword, a comma.
    fn no_value(&mut self, token: Token<'s>) -> Result<(), String> {
        if self.argument_next && token.text != "-" {
            return Err(format!("put what follows the test before `{}` in brackets", token.text));
        }
        self.before = token.text;
        self.put(token);
        Ok(())
    }

    fn value_begins(&mut self, root: &'s str) {
        let argument = std::mem::take(&mut self.argument_next);
        self.chain = Chain { before: self.before, start: self.pieces.len(), argument, root };
    }

    /// After a token that can end a value: if nothing more hangs on it, guards it where it needs it.
    fn value_ends(&mut self, at: usize) -> Result<(), String> {
        let next = self.text(at + 1);
        let chain = self.chain;
        match next {
            "." => return Ok(()),
            "[" => {
                // A slice visits what it skips.
                let guard = if self.is_slice(at + 1) { GUARD } else { GUARD_TEXT };
                if let Some(first) = self.pieces.get_mut(chain.start) {
                    let space = first.len() - first.trim_start().len();
                    first.insert(space, '(');
                }
                self.pieces.push(format!("|{guard})"));
                return Ok(());
            }
            "(" => return Ok(()),
            _ => {}
        }
        let literal = !matches!(self.text(at), ")" | "]" | "}")
            && (CONSTANTS.contains(&chain.root)
                || chain.root.starts_with(['"', '\'', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9']));
        if let Some(guard) = self.guard(at, next).filter(|_| !literal) {
            self.pieces.push(format!("|{guard}"));
        }
        if chain.argument {
            self.pieces.push(")".into());
            self.chain.argument = false;
        }
        Ok(())
    }

    fn guard(&self, at: usize, next: &str) -> Option<&'static str> {
        let before = self.chain.before;
        if next == "*" || before == "*" {
            return Some(GUARD_FACTOR);
        }
        let load = if next == "|" { self.names.filter(self.text(at + 2)).unwrap_or(Load::Items) } else { Load::Light };
        match load {
            Load::Compares => Some(GUARD_COMPARES),
            Load::Items => Some(GUARD),
            Load::Light if next == "|" && !VISITING.contains(&before) => None,
            Load::Light => {
                let visited = VISITING.contains(&next) || VISITING.contains(&before) || !self.open.is_empty();
                visited.then_some(GUARD)
            }
        }
    }

    /// Whether the bracket at `at` holds a slice: `[1:]`.
    fn is_slice(&self, at: usize) -> bool {
        let mut depth = 0_usize;
        for token in self.tokens.iter().skip(at).filter(|token| token.kind == Kind::Mark) {
            match token.text {
                "(" | "[" | "{" => depth += 1,
                ")" | "]" | "}" => depth = depth.saturating_sub(1),
                ":" if depth == 1 => return true,
                _ => {}
            }
            if depth == 0 {
                return false;
            }
        }
        false
    }

    fn filter(&mut self, at: usize, token: Token<'s>) -> Result<(), String> {
        self.names.filter(token.text)?;
        if self.text(at + 1) == "." {
            return Err(format!("there is no filter `{}.{}`", token.text, self.text(at + 2)));
        }
        let inner = self.tokens.get(at + 2).filter(|inner| inner.kind == Kind::Text && self.text(at + 1) == "(");
        let is_alone = matches!(self.text(at + 3), "," | ")");
        if let Some(inner) = inner.filter(|_| is_alone) {
            let name = inner.text.trim_matches(['"', '\'']);
            match token.text {
                "map" => drop(self.names.filter(name)?),
                "select" | "reject" => self.names.test(name)?,
                _ => {}
            }
        }
        if token.text == "time" {
            self.literal(at, 0, "format").map_or(Ok(()), times::check_format)?;
            self.literal(at, 1, "zone").map_or(Ok(()), times::check_zone)?;
        }
        self.filter_next = false;
        self.chain.root = "";
        self.put(token);
        self.value_ends(at)
    }

    /// An argument of the filter at `at`, by its place or its name, if it is a text that is written there.
    fn literal(&self, at: usize, place: usize, name: &str) -> Option<&'s str> {
        let arguments = self.tokens.get(at + 2..).filter(|_| self.text(at + 1) == "(")?;
        let (mut depth, mut count, mut begins) = (0_usize, 0, 0);
        for (end, token) in arguments.iter().enumerate() {
            let is_mark = token.kind == Kind::Mark;
            let ends = is_mark && depth == 0 && matches!(token.text, "," | ")");
            if ends {
                let found = match &arguments[begins..end] {
                    [text] if count == place => Some(text),
                    [named, equals, text] if named.text == name && equals.text == "=" => Some(text),
                    _ => None,
                };
                if let Some(found) = found.filter(|found| found.kind == Kind::Text && !found.text.contains('\\')) {
                    return found.text.get(1..found.text.len().saturating_sub(1));
                }
                (count, begins) = (count + 1, end + 1);
            }
            match token.text {
                "(" | "[" | "{" if is_mark => depth += 1,
                ")" | "]" | "}" if is_mark => depth = depth.checked_sub(1)?,
                _ => {}
            }
        }
        None
    }

    /// `is`, `not`, the test's name; what follows it without brackets is put in brackets.
    fn test(&mut self, at: usize, token: Token<'s>) -> Result<usize, String> {
        self.no_value(token)?;
        let mut used = 1;
        if self.text(at + used) == "not" {
            self.put(self.tokens[at + used]);
            used += 1;
        }
        let name = self.tokens.get(at + used).filter(|name| name.kind == Kind::Name);
        let name = name.ok_or("the name of a test is missing after `is`")?;
        self.names.test(name.text)?;
        self.put(*name);
        used += 1;
        let next = self.tokens.get(at + used);
        let has_argument = next.is_some_and(|next| match next.kind {
            Kind::Name => !matches!(next.text, "and" | "or" | "else" | "is" | "if" | "in" | "not"),
            Kind::Text | Kind::Number => true,
            Kind::Mark => matches!(next.text, "[" | "{" | "-"),
        });
        if has_argument {
            self.pieces.push("(".into());
            self.argument_next = true;
        }
        Ok(used)
    }

    fn name(&mut self, at: usize, token: Token<'s>) -> Result<(), String> {
        if token.text.starts_with("__") {
            return Err(format!("`{}`: names do not begin with two underscores", token.text));
        }
        let in_call = self.open.last().is_some_and(|(bracket, _)| *bracket == Bracket::Call);
        if in_call && self.text(at + 1) == "=" {
            self.put(token);
            return Ok(());
        }
        self.value_begins(token.text);
        self.put(token);
        if self.text(at + 1) == "(" {
            return self.names.function(token.text);
        }
        self.value_ends(at)
    }

    fn mark(&mut self, at: usize, token: Token<'s>) -> Result<(), String> {
        let previous = at.checked_sub(1).and_then(|at| self.tokens.get(at));
        match token.text {
            "(" | "[" | "{" => self.opens(at, token, previous.copied()),
            ")" | "]" | "}" => {
                self.put(token);
                if let Some((bracket, chain)) = self.open.pop() {
                    let ends_test = bracket == Bracket::Call && chain.root == "is";
                    self.chain = chain;
                    if ends_test {
                        self.before = "is";
                        return Ok(());
                    }
                }
                self.value_ends(at)
            }
            "|" => {
                self.filter_next = true;
                self.put(token);
                Ok(())
            }
            "." => {
                self.put(token);
                Ok(())
            }
            "*" | "**" if previous.is_none_or(|previous| matches!(previous.text, "(" | ",")) => {
                Err(format!("`{}` before an argument is not available; write the arguments out", token.text))
            }
            "," if self.open.is_empty() => Err("a list needs brackets: [a, b]".into()),
            _ => self.no_value(token),
        }
    }

    fn opens(&mut self, at: usize, token: Token<'s>, previous: Option<Token<'s>>) -> Result<(), String> {
        if self.open.len() == MAX_DEPTH {
            return Err(format!("more than {MAX_DEPTH} brackets within brackets; take it apart with {{% set %}}"));
        }
        let after_value = previous.is_some_and(|previous| match previous.kind {
            Kind::Name => !KEYWORDS.contains(&previous.text) || at >= 2 && self.text(at - 2) == ".",
            Kind::Text | Kind::Number => true,
            Kind::Mark => matches!(previous.text, ")" | "]" | "}"),
        });
        // `not` is no test's name, so a test's name is a value as far as brackets go; but one that brings its own.
        let is_test = at >= 2
            && (self.text(at - 2) == "is" || self.text(at - 2) == "not" && at >= 3 && self.text(at - 3) == "is");
        let bracket = match token.text {
            _ if self.argument_next => Bracket::Value,
            "(" if is_test && previous.is_some_and(|previous| previous.kind == Kind::Name) => {
                self.open.push((Bracket::Call, Chain { root: "is", ..self.chain }));
                self.before = token.text;
                self.put(token);
                return Ok(());
            }
            "(" if after_value => {
                self.callable(at, previous)?;
                Bracket::Call
            }
            "[" if after_value => Bracket::Index,
            _ => Bracket::Value,
        };
        if bracket == Bracket::Value {
            self.value_begins("");
        }
        self.chain.root = "";
        self.open.push((bracket, self.chain));
        self.before = token.text;
        self.put(token);
        Ok(())
    }

    /// What can be called: a filter, a function, and two methods of `loop`.
    fn callable(&self, at: usize, previous: Option<Token>) -> Result<(), String> {
        let dotted = at >= 2 && self.text(at - 2) == ".";
        let name = previous.map_or("", |previous| previous.text);
        let is_filter = at >= 2 && self.text(at - 2) == "|" || at == 1 && self.chain.root.is_empty();
        match dotted {
            true if at >= 3 && self.text(at - 3) == "loop" && matches!(name, "cycle" | "changed") => Ok(()),
            true if self.names.filter(name).is_ok() => Err(format!("`.{name}()` cannot be called; write value|{name}")),
            true => Err(format!("`.{name}()` cannot be called: values have no methods here, use filters")),
            false if is_filter => Ok(()),
            false if previous.is_some_and(|previous| previous.kind == Kind::Name) => self.names.function(name),
            false => Err("only functions can be called".into()),
        }
    }
}
