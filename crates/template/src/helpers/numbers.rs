//! Numbers for people: `1,234.50`, `$1,234.50`, `+5.25%`.

use minijinja::{Error, State, Value, value::Kwargs};

use super::errors::{kind, missing, wrong};
use crate::{
    decimal::{Currency, Decimal},
    print,
};

const MAX_DECIMALS: u32 = 20;
/// Money below one unit keeps so many digits, however small it is.
const LEAST_DIGITS_OF_MONEY: usize = 2;

/// A number, from a number or a text that is one: prices are often sent as texts.
fn read(state: &mut State, value: &Value, filter: &str) -> Result<Decimal, Error> {
    print::charge(state, 512)?;
    if let Some(text) = value.as_str() {
        print::charge(state, 8 * text.len() as u64)?;
        return Decimal::parse(text)
            .ok_or_else(|| wrong(format!("`{filter}` takes a number, not a text that is none")));
    }
    match value.is_number() {
        true => print::digits(state, value)?.ok_or_else(|| wrong(format!("`{filter}` takes a finite number"))),
        false if value.is_undefined() => Err(missing(state, value)),
        false => Err(wrong(format!("`{filter}` takes a number, not {}", kind(value)))),
    }
}

/// Large and tiny numbers take long to be written out exactly.
fn charge_float(state: &State, number: f64) -> Result<(), Error> {
    match number == 0.0 || (1e-15..1e15).contains(&number.abs()) {
        true => print::charge(state, 512),
        false => print::charge(state, 8192),
    }
}

/// With its sign, if what is shown is below zero.
fn signed(number: &Decimal) -> String {
    format!("{}{}", if number.is_negative() { "-" } else { "" }, number.grouped())
}

fn checked(decimals: u32) -> Result<usize, Error> {
    match decimals <= MAX_DECIMALS {
        true => Ok(decimals as usize),
        false => Err(wrong(format!("at most {MAX_DECIMALS} decimals"))),
    }
}

/// `1234.5|number` is `1,234.50`; `number(0)` rounds.
pub fn number(state: &mut State, value: &Value, decimals: Option<u32>, kwargs: Kwargs) -> Result<String, Error> {
    let decimals = checked(decimals.or(kwargs.get("decimals")?).unwrap_or(2))?;
    kwargs.assert_all_used()?;
    Ok(signed(&read(state, value, "number")?.with_decimals(decimals)))
}

/// `-1234.5|money` is `-$1,234.50`; `money("JPY")` is `¥1,235`; `money(data.currency)`. Without decimals given there are the
/// currency's, and more where less than two digits would be left: `0.00000012|money` is `$0.00000012`.
pub fn money(
    state: &mut State,
    value: &Value,
    currency: Option<&str>,
    decimals: Option<u32>,
    kwargs: Kwargs,
) -> Result<String, Error> {
    let currency = currency.or(kwargs.get("currency")?).unwrap_or("USD");
    let own = decimals.or(kwargs.get("decimals")?).map(checked).transpose()?;
    kwargs.assert_all_used()?;
    let currency = Currency::of(currency).ok_or_else(|| wrong("the currency of `money` is a code like USD"))?;
    let number = read(state, value, "money")?;
    Ok(currency.written(&match own {
        Some(decimals) => number.with_decimals(decimals),
        None => number.rounded(currency.decimals, LEAST_DIGITS_OF_MONEY),
    }))
}

/// `5.25|percent` is `+5.25%`: the number is in percent already. `percent(1, sign=false)` is `5.3%`.
pub fn percent(
    state: &mut State,
    value: &Value,
    decimals: Option<u32>,
    sign: Option<bool>,
    kwargs: Kwargs,
) -> Result<String, Error> {
    let decimals = checked(decimals.or(kwargs.get("decimals")?).unwrap_or(2))?;
    let sign = sign.or(kwargs.get("sign")?).unwrap_or(true);
    kwargs.assert_all_used()?;
    let number = read(state, value, "percent")?.with_decimals(decimals);
    let plus = if sign && !number.is_negative() && !number.is_zero() { "+" } else { "" };
    Ok(format!("{plus}{}%", signed(&number)))
}

/// Jinja's `round`, at most 20 places from the point.
pub fn round(
    state: &mut State,
    value: Value,
    precision: Option<i32>,
    method: Option<&str>,
    kwargs: Kwargs,
) -> Result<Value, Error> {
    let precision = precision.or(kwargs.get("precision")?).unwrap_or(0);
    if precision.unsigned_abs() > MAX_DECIMALS {
        return Err(wrong(format!("at most {MAX_DECIMALS} places from the point")));
    }
    if let Some(number) = f64::try_from(value.clone()).ok().filter(|_| value.is_number() && !value.is_integer()) {
        charge_float(state, number)?;
        print::charge(state, if precision < 0 { 4096 } else { 512 })?;
    }
    minijinja::filters::round(value, Some(precision), method, kwargs)
}
