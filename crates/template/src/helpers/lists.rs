//! Lists: joining, splitting, counting up. In place of minijinja's, which look at their limits afterwards.

use minijinja::{Error, ErrorKind, State, Value, value::Kwargs};

use super::errors::{kind, wrong};
use crate::print;

const MAX_RANGE: usize = 10_000;
/// What an item of a list takes, in bytes.
const SLOT: usize = 64;

fn field(item: Value, name: Option<&str>) -> Result<Value, Error> {
    match name {
        Some(name) => name.split('.').try_fold(item, |item, name| item.get_attr(name)),
        None => Ok(item),
    }
}

/// The items as texts, with a text between them: `names|join(", ")`, `items|join(", ", attribute="name")`.
pub fn join(
    state: &mut State,
    value: &Value,
    between: Option<&str>,
    attribute: Option<&str>,
    kwargs: Kwargs,
) -> Result<String, Error> {
    let between = between.or(kwargs.get("d")?).unwrap_or_default();
    let attribute = attribute.or(kwargs.get("attribute")?);
    kwargs.assert_all_used()?;
    if value.is_undefined() {
        return state.format(value.clone());
    }
    let items = value.try_iter().map_err(|_| wrong(format!("`join` takes a list, not {}", kind(value))))?;
    let mut out = String::new();
    for (place, item) in items.enumerate() {
        let text = print::text(state, &field(item, attribute)?)?;
        let longer = if place > 0 { between.len() + text.len() } else { text.len() };
        print::charge(state, (longer + SLOT) as u64)?;
        if place > 0 {
            out.push_str(between);
        }
        out.push_str(&text);
    }
    Ok(out)
}

/// Collects while there is fuel for it.
fn collect<'t>(state: &State, parts: impl Iterator<Item = &'t str>) -> Result<Vec<Value>, Error> {
    let mut list = Vec::new();
    for part in parts {
        print::charge(state, (part.len() + SLOT) as u64)?;
        list.push(Value::from(part));
    }
    Ok(list)
}

/// The parts between a mark, or between white space: `"a,b"|split(",")`.
pub fn split(state: &State, value: &str, mark: Option<&str>, times: Option<usize>) -> Result<Vec<Value>, Error> {
    print::charge(state, value.len() as u64)?;
    match (mark, times) {
        (Some(""), _) => Err(wrong("`split` needs something to split at")),
        (Some(mark), Some(times)) => collect(state, value.splitn(times.saturating_add(1), mark)),
        (Some(mark), None) => collect(state, value.split(mark)),
        (None, None) => collect(state, value.split_whitespace()),
        (None, Some(_)) => Err(wrong("say what to split at: split(\" \", 1)")),
    }
}

/// The lines of a text.
pub fn lines(state: &State, value: &str) -> Result<Vec<Value>, Error> {
    print::charge(state, value.len() as u64)?;
    collect(state, value.lines())
}

/// The sum of numbers: `prices|sum`, `items|sum(attribute="price")`.
pub fn sum(state: &State, value: Value, attribute: Option<&str>, kwargs: Kwargs) -> Result<Value, Error> {
    let attribute = attribute.or(kwargs.get("attribute")?);
    kwargs.assert_all_used()?;
    minijinja::filters::sum(state, value, attribute, None, no_arguments())
}

fn no_arguments() -> Kwargs {
    std::iter::empty::<(&str, Value)>().collect()
}

/// `range(5)`, `range(1, 6)`, `range(10, 0, -1)`: at most 10,000 numbers.
pub fn range(state: &State, from: i64, to: Option<i64>, step: Option<i64>) -> Result<Vec<i64>, Error> {
    let (from, to) = match to {
        Some(to) => (from, to),
        None => (0, from),
    };
    let step = step.unwrap_or(1);
    let distance = i128::from(to) - i128::from(from);
    let count = match step {
        0 => return Err(wrong("the step of `range` cannot be 0")),
        step => (distance + i128::from(step) - i128::from(step.signum())) / i128::from(step),
    };
    let count = usize::try_from(count).unwrap_or(0);
    if distance.signum() == i128::from(step.signum()) && count > MAX_RANGE {
        return Err(wrong(format!("`range` has at most {MAX_RANGE} numbers")));
    }
    if print::budget(state) < (count * SLOT) as u64 {
        return Err(Error::from(ErrorKind::OutOfFuel));
    }
    Ok((0..count as i64).map(|place| from + place * step).collect())
}
