//! Writes a template anew, so that what it prints is escaped for the place where it is printed.
//!
//! The text of a template that writes JSON is read along: a `"` that is not escaped begins or ends a string. So each
//! `{{ … }}` stands either inside of a string or outside, and gets the filter for that. Branches must not disagree about
//! it, and the body of a loop must end where it began; else the template is refused. Lines stay where they are, so
//! that an error's line is the one that the user sees.

use crate::{
    error::TemplateError,
    escape::Escape,
    guard,
    names::{GUARD_PLAIN, Names, PRINT_JSON, PRINT_QUOTED, PRINT_TEXT},
    scan::{self, Part},
    statement::{assignments, for_loop, no_statement, plain, position, target_names},
    tokens::{Kind, Tag, Token},
};

/// Blocks within blocks.
const MAX_BLOCKS: usize = 24;
/// `elif` in one `if`.
const MAX_ELIFS: usize = 60;

/// Where in the output something is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Place {
    /// JSON, outside of strings.
    Value,
    /// JSON, within a string.
    Quoted,
    /// Text that is no JSON, or is escaped later: what `{% set x %}` holds.
    Text,
}

impl Place {
    /// What writes a value there.
    fn filter(self) -> &'static str {
        match self {
            Place::Value => PRINT_JSON,
            Place::Quoted => PRINT_QUOTED,
            Place::Text => PRINT_TEXT,
        }
    }
}

struct Block {
    kind: Kindred,
    line: usize,
    /// Where the block began.
    start: Place,
}

enum Kindred {
    If {
        end: Option<Place>,
        has_else: bool,
        elifs: usize,
    },
    For {
        in_else: bool,
    },
    With,
    /// `set` or `filter`.
    Capture(&'static str),
}

impl Block {
    fn name(&self) -> &'static str {
        match self.kind {
            Kindred::If { .. } => "if",
            Kindred::For { .. } => "for",
            Kindred::With => "with",
            Kindred::Capture(name) => name,
        }
    }
}

/// The source that minijinja gets.
pub fn rewrite(source: &str, escape: Escape, names: &Names) -> Result<String, TemplateError> {
    let start = match escape {
        Escape::Json => Place::Value,
        Escape::None => Place::Text,
    };
    let out = String::with_capacity(source.len() * 2);
    let mut writer = Writer { names, out, blocks: Vec::new(), place: start, quoted_since: 0 };
    for part in scan::parts(source)? {
        match part {
            Part::Text(text, line) => writer.text(text, line)?,
            Part::Silent(text) => writer.out.push_str(text),
            Part::Print(tag) => writer.print(&tag)?,
            Part::Block(tag) => writer.block(&tag)?,
        }
    }
    writer.end()
}

struct Writer<'n> {
    names: &'n Names,
    out: String,
    blocks: Vec<Block>,
    place: Place,
    /// The line in which the string that the text is in begins.
    quoted_since: usize,
}

type Done = Result<(), TemplateError>;

impl Writer<'_> {
    fn end(self) -> Result<String, TemplateError> {
        if let Some(block) = self.blocks.last() {
            let name = block.name();
            return Err(TemplateError::at(
                block.line,
                format!("`{{% {name} %}}` is never closed; write {{% end{name} %}}"),
            ));
        }
        match self.place {
            Place::Quoted => Err(TemplateError::at(self.quoted_since, "a text in quotes that begins here has no end")),
            Place::Value | Place::Text => Ok(self.out),
        }
    }

    fn text(&mut self, text: &str, line: usize) -> Done {
        self.out.push_str(text);
        if self.place == Place::Text {
            return Ok(());
        }
        let mut line = line;
        let mut rest = text.chars();
        while let Some(c) = rest.next() {
            match (c, self.place) {
                ('\n', _) => line += 1,
                ('"', Place::Quoted) => self.place = Place::Value,
                ('"', _) => {
                    self.place = Place::Quoted;
                    self.quoted_since = line;
                }
                ('\\', Place::Quoted) => {
                    escape_is_whole(&mut rest).map_err(|message| TemplateError::at(line, message))?
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn print(&mut self, tag: &Tag) -> Done {
        let filter = self.place.filter();
        if tag.tokens.is_empty() {
            return Err(TemplateError::at(tag.line, "`{{ }}` is empty; write a value"));
        }
        let value = guard::expression(&tag.tokens, self.names).map_err(|error| within(error, tag.line))?;
        self.tag(tag, &format!(" ({value})|{filter}"));
        Ok(())
    }

    fn tag(&mut self, tag: &Tag, inside: &str) {
        for part in [tag.open, inside, tag.tail, tag.close] {
            self.out.push_str(part);
        }
    }

    fn block(&mut self, tag: &Tag) -> Done {
        let inside = self.statement(tag).map_err(|error| within(error, tag.line))?;
        self.tag(tag, &inside);
        Ok(())
    }

    fn statement(&mut self, tag: &Tag) -> Result<String, TemplateError> {
        let Some((first, rest)) = tag.tokens.split_first() else {
            return Err(TemplateError::new("`{% %}` is empty"));
        };
        let head = [first.gap, first.text].concat();
        let inside = match first.text {
            "if" => {
                self.begin(Kindred::If { end: None, has_else: false, elifs: 0 }, tag.line)?;
                guard::expression(rest, self.names)?
            }
            "elif" => {
                self.branch(false)?;
                guard::expression(rest, self.names)?
            }
            "else" => {
                self.branch(true)?;
                guard::expression(rest, self.names)?
            }
            "for" => {
                self.begin(Kindred::For { in_else: false }, tag.line)?;
                for_loop(rest, self.names)?
            }
            "with" => {
                self.begin(Kindred::With, tag.line)?;
                assignments(rest, self.names)?
            }
            "set" => self.set(rest, tag.line)?,
            "filter" => {
                // What the block writes is printed where it ends, so it is escaped like anything else that is printed.
                let printed = self.place.filter();
                self.begin(Kindred::Capture("filter"), tag.line)?;
                format!("{}|{printed}", guard::filters(rest, self.names)?)
            }
            "endif" | "endfor" | "endwith" | "endset" | "endfilter" => {
                self.close(&first.text[3..])?;
                guard::expression(rest, self.names)?
            }
            name => return Err(TemplateError::new(no_statement(name))),
        };
        Ok(head + &inside)
    }

    fn begin(&mut self, kind: Kindred, line: usize) -> Done {
        if self.blocks.len() == MAX_BLOCKS {
            return Err(TemplateError::new(format!("more than {MAX_BLOCKS} blocks within blocks")));
        }
        self.blocks.push(Block { kind, line, start: self.place });
        if matches!(self.blocks.last(), Some(Block { kind: Kindred::Capture(_), .. })) {
            self.place = Place::Text;
        }
        Ok(())
    }

    /// At `elif` and `else`: one branch ends, the next begins where the first began.
    fn branch(&mut self, is_else: bool) -> Done {
        let place = self.place;
        let name = if is_else { "else" } else { "elif" };
        let stray = || TemplateError::new(format!("`{name}` without an `if` before it"));
        let block = self.blocks.last_mut().ok_or_else(stray)?;
        match &mut block.kind {
            Kindred::If { has_else: true, .. } => return Err(TemplateError::new(format!("`{name}` after `else`"))),
            Kindred::If { end, has_else, elifs } => {
                if *end.get_or_insert(place) != place {
                    return Err(branches_differ(block.line));
                }
                *has_else = is_else;
                *elifs += 1;
                if *elifs > MAX_ELIFS {
                    return Err(TemplateError::new(format!(
                        "more than {MAX_ELIFS} branches; look the value up in a map"
                    )));
                }
            }
            Kindred::For { in_else } if is_else && !*in_else => {
                *in_else = true;
                if block.start != place {
                    return Err(loop_differs(block.line));
                }
            }
            _ => return Err(stray()),
        }
        self.place = block.start;
        Ok(())
    }

    fn close(&mut self, name: &str) -> Done {
        let Some(block) = self.blocks.pop_if(|block| block.name() == name) else {
            return Err(TemplateError::new(match self.blocks.last() {
                Some(open) => {
                    format!("`end{name}` where `end{}` is due, for the block of line {}", open.name(), open.line)
                }
                None => format!("`end{name}` without `{name}` before it"),
            }));
        };
        match block.kind {
            Kindred::If { end, has_else, .. } => {
                let other = if has_else { end } else { Some(block.start) };
                if end.is_some_and(|end| end != self.place) || other.is_some_and(|other| other != self.place) {
                    return Err(branches_differ(block.line));
                }
            }
            Kindred::For { .. } if block.start != self.place => return Err(loop_differs(block.line)),
            Kindred::For { .. } | Kindred::With => {}
            Kindred::Capture(_) => self.place = block.start,
        }
        Ok(())
    }

    /// `set x = …`, `set ns.x = …`, and `set x` with a body.
    fn set(&mut self, tokens: &[Token], line: usize) -> Result<String, TemplateError> {
        let dotted = |target: &[Token]| target.iter().any(|token| token.text == ".");
        let Some(equals) = position(tokens, "=") else {
            let name = tokens.iter().take_while(|token| token.text != "|").count();
            if name != 1 {
                return Err(TemplateError::new(
                    "`{% set x %}` takes one name; its value is what stands before {% endset %}",
                ));
            }
            self.begin(Kindred::Capture("set"), line)?;
            let filters = match tokens.get(name..) {
                Some([bar, filters @ ..]) => [bar.gap, bar.text, &guard::filters(filters, self.names)?].concat(),
                _ => String::new(),
            };
            return Ok(plain(&tokens[..name]) + &filters);
        };
        let (target, value) = tokens.split_at(equals);
        let value = &value[1..];
        let guarded = guard::expression(value, self.names)?;
        match target {
            [name, dot, _] if name.kind == Kind::Name && dot.text == "." => {
                Ok(format!("{} = ({guarded})|{GUARD_PLAIN}", plain(target)))
            }
            _ if dotted(target) => Err(TemplateError::new("set one field of a namespace at a time")),
            _ => Ok(format!("{} ={guarded}", target_names(target)?)),
        }
    }
}

/// After a backslash within a string: JSON knows these, and what follows must stand in the same piece of text.
fn escape_is_whole(rest: &mut std::str::Chars) -> Result<(), String> {
    match rest.next() {
        Some('"' | '\\' | '/' | 'b' | 'f' | 'n' | 'r' | 't') => Ok(()),
        Some('u') if rest.by_ref().take(4).filter(char::is_ascii_hexdigit).count() == 4 => Ok(()),
        Some('u') => Err("`\\u` in quotes needs four hexadecimal digits".into()),
        Some(c) if !c.is_whitespace() => {
            Err(format!("`\\{}` is no escape in JSON; write \\\\ for a backslash", c.escape_debug()))
        }
        _ => Err("a backslash in quotes before a tag or white space; write \\\\ for a backslash".into()),
    }
}

/// The line of the statement, unless the error knows better.
fn within(error: TemplateError, line: usize) -> TemplateError {
    TemplateError { line: error.line.or(Some(line)), ..error }
}

fn branches_differ(line: usize) -> TemplateError {
    TemplateError::new(format!(
        "the branches of the `if` of line {line} differ: after one the text is in quotes, after another it is not; put the \
         quotes into all branches or around the whole `if`"
    ))
}

fn loop_differs(line: usize) -> TemplateError {
    TemplateError::new(format!(
        "the loop of line {line} opens quotes and does not close them, or closes those that were open; its body must end \
         as it begins"
    ))
}
