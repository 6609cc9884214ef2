//! Numbers for people: `1,234.50`, `$1,234.50`, `+5.25%`.

use minijinja::{Error, State, Value, value::Kwargs};

use super::errors::{kind, missing, wrong};
use crate::print;

const MAX_DECIMALS: u32 = 20;

/// Symbols and decimals of the currencies that have their own (CLDR's for English, ISO 4217); any other code is written
/// before the number, with two decimals.
const CURRENCIES: [(&str, &str, u32); 34] = [
    ("USD", "$", 2),
    ("EUR", "€", 2),
    ("GBP", "£", 2),
    ("JPY", "¥", 0),
    ("CNY", "CN¥", 2),
    ("INR", "₹", 2),
    ("KRW", "₩", 0),
    ("AUD", "A$", 2),
    ("CAD", "CA$", 2),
    ("NZD", "NZ$", 2),
    ("HKD", "HK$", 2),
    ("TWD", "NT$", 2),
    ("BRL", "R$", 2),
    ("MXN", "MX$", 2),
    ("ILS", "₪", 2),
    ("VND", "₫", 0),
    ("PHP", "₱", 2),
    ("NGN", "₦", 2),
    ("UAH", "₴", 2),
    ("TRY", "₺", 2),
    ("CLP", "CLP ", 0),
    ("ISK", "ISK ", 0),
    ("PYG", "PYG ", 0),
    ("UGX", "UGX ", 0),
    ("XOF", "F CFA ", 0),
    ("XAF", "FCFA ", 0),
    ("BHD", "BHD ", 3),
    ("JOD", "JOD ", 3),
    ("KWD", "KWD ", 3),
    ("OMR", "OMR ", 3),
    ("TND", "TND ", 3),
    // no currencies of ISO 4217
    ("BTC", "₿", 8),
    ("ETH", "ETH ", 8),
    ("USDT", "USDT ", 2),
];

/// A number, from a number or a text that is one: prices are often sent as texts.
enum Number {
    Whole(i128),
    Float(f64),
}

fn read(state: &mut State, value: &Value, filter: &str) -> Result<Number, Error> {
    print::charge(state, 512)?;
    let float = |number: f64| match number.is_finite() {
        true => charge_float(state, number).map(|()| Number::Float(number)),
        false => Err(wrong(format!("`{filter}` takes a finite number"))),
    };
    if let Some(text) = value.as_str() {
        let text = text.trim();
        return match text.parse() {
            Ok(whole) => Ok(Number::Whole(whole)),
            Err(_) => match text.parse::<f64>() {
                Ok(number) => float(number),
                Err(_) => Err(wrong(format!("`{filter}` takes a number, not a text that is none"))),
            },
        };
    }
    match value.is_integer() {
        true => i128::try_from(value.clone()).map(Number::Whole),
        false if value.is_number() => f64::try_from(value.clone()).and_then(float),
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

/// Without sign, with so many decimals and a comma at each thousand; and whether what is shown is below zero.
fn digits(number: &Number, decimals: u32) -> (bool, String) {
    let (whole, fraction) = match number {
        Number::Whole(number) => (number.unsigned_abs().to_string(), "0".repeat(decimals as usize)),
        Number::Float(number) => {
            let text = format!("{:.*}", decimals as usize, number.abs());
            match text.split_once('.') {
                Some((whole, fraction)) => (whole.to_owned(), fraction.to_owned()),
                None => (text, String::new()),
            }
        }
    };
    let mut text = String::with_capacity(whole.len() * 4 / 3 + fraction.len() + 1);
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if !fraction.is_empty() {
        text.push('.');
        text.push_str(&fraction);
    }
    let below = match number {
        Number::Whole(number) => *number < 0,
        Number::Float(number) => *number < 0.0,
    };
    // What is rounded to nothing has no sign.
    (below && text.contains(|c: char| c.is_ascii_digit() && c != '0'), text)
}

fn checked(decimals: u32) -> Result<u32, Error> {
    match decimals <= MAX_DECIMALS {
        true => Ok(decimals),
        false => Err(wrong(format!("at most {MAX_DECIMALS} decimals"))),
    }
}

/// `1234.5|number` is `1,234.50`; `number(0)` rounds.
pub fn number(state: &mut State, value: &Value, decimals: Option<u32>, kwargs: Kwargs) -> Result<String, Error> {
    let decimals = checked(decimals.or(kwargs.get("decimals")?).unwrap_or(2))?;
    kwargs.assert_all_used()?;
    let (below, text) = digits(&read(state, value, "number")?, decimals);
    Ok(if below { format!("-{text}") } else { text })
}

/// `-1234.5|money` is `-$1,234.50`; `money("JPY")` is `¥1,235`; `money(data.currency)`.
pub fn money(
    state: &mut State,
    value: &Value,
    currency: Option<&str>,
    decimals: Option<u32>,
    kwargs: Kwargs,
) -> Result<String, Error> {
    let currency = currency.or(kwargs.get("currency")?).unwrap_or("USD").to_ascii_uppercase();
    let own = decimals.or(kwargs.get("decimals")?).map(checked).transpose()?;
    kwargs.assert_all_used()?;
    if !(2..=8).contains(&currency.len()) || !currency.bytes().all(|c| c.is_ascii_alphanumeric()) {
        return Err(wrong("the currency of `money` is a code like USD"));
    }
    let (symbol, decimals) = match CURRENCIES.iter().find(|(code, ..)| *code == currency) {
        Some((_, symbol, decimals)) => ((*symbol).to_owned(), *decimals),
        None => (format!("{currency} "), 2),
    };
    let (below, text) = digits(&read(state, value, "money")?, own.unwrap_or(decimals));
    Ok(format!("{}{symbol}{text}", if below { "-" } else { "" }))
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
    let (below, text) = digits(&read(state, value, "percent")?, decimals);
    let above = sign && !below && text.contains(|c: char| c.is_ascii_digit() && c != '0');
    let mark = match (below, above) {
        (true, _) => "-",
        (_, true) => "+",
        _ => "",
    };
    Ok(format!("{mark}{text}%"))
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
