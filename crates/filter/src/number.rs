//! Numbers of JSON, compared by their exact value, whichever way they are written.

use std::cmp::Ordering;

use serde_json::Value;

/// A longer text is not looked at: no number has so many digits that say something.
const LONGEST_TEXT: usize = 64;
const TWO_TO_63: f64 = 9_223_372_036_854_775_808.0;
const TWO_TO_64: f64 = 18_446_744_073_709_551_616.0;

/// A number in the one form that its value has, so that equal numbers are equal, hash alike, and `1` is `1.0`.
///
/// Whole numbers are exact from -2^63 to 2^64 - 1. Others are the double that is nearest to what was written.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Number(Form);

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Form {
    /// Every whole number that fits.
    Whole(i64),
    /// Those that fit only here.
    Large(u64),
    /// The bits of a double that is neither.
    Other(u64),
}

impl Number {
    /// The value of this JSON number.
    pub fn of(number: &serde_json::Number) -> Number {
        if let Some(whole) = number.as_i64() {
            Number(Form::Whole(whole))
        } else if let Some(large) = number.as_u64() {
            Number(Form::Large(large))
        } else {
            Number::of_double(number.as_f64().unwrap_or_default())
        }
    }

    /// As JSON writes it: `1` for what was `1.0`.
    pub fn value(self) -> Value {
        match self.0 {
            Form::Whole(whole) => whole.into(),
            Form::Large(large) => large.into(),
            Form::Other(bits) => f64::from_bits(bits).into(),
        }
    }

    /// Of a number, or of a text that is one.
    pub fn of_value(value: &Value) -> Option<Number> {
        match value {
            Value::Number(number) => Some(Number::of(number)),
            Value::String(text) => Number::read(text),
            _ => None,
        }
    }

    /// Of a text that is a number of JSON, perhaps with white space around it.
    pub fn read(text: &str) -> Option<Number> {
        if text.len() > LONGEST_TEXT {
            return None;
        }
        serde_json::from_str(text).ok().map(|number| Number::of(&number))
    }

    /// Whether it stands for others, too: a whole number that was rounded to a double.
    pub fn is_rounded(self) -> bool {
        matches!(self.0, Form::Other(bits) if f64::from_bits(bits).fract() == 0.0)
    }

    /// Whether a number that was rounded is in a value, at any depth.
    pub fn any_rounded(value: &Value) -> bool {
        match value {
            Value::Number(number) => Number::of(number).is_rounded(),
            Value::Array(items) => items.iter().any(Number::any_rounded),
            Value::Object(members) => members.values().any(Number::any_rounded),
            _ => false,
        }
    }

    fn of_double(double: f64) -> Number {
        let whole = double.fract() == 0.0;
        Number(match double {
            _ if whole && (-TWO_TO_63..TWO_TO_63).contains(&double) => Form::Whole(double as i64),
            _ if whole && (TWO_TO_63..TWO_TO_64).contains(&double) => Form::Large(double as u64),
            _ => Form::Other(double.to_bits()),
        })
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Number) -> Ordering {
        match (self.0, other.0) {
            (Form::Whole(a), Form::Whole(b)) => a.cmp(&b),
            (Form::Large(a), Form::Large(b)) => a.cmp(&b),
            (Form::Whole(_), Form::Large(_)) => Ordering::Less,
            (Form::Large(_), Form::Whole(_)) => Ordering::Greater,
            (Form::Other(a), Form::Other(b)) => f64::from_bits(a).total_cmp(&f64::from_bits(b)),
            (Form::Other(a), Form::Whole(b)) => compare(b.into(), f64::from_bits(a)).reverse(),
            (Form::Other(a), Form::Large(b)) => compare(b.into(), f64::from_bits(a)).reverse(),
            (Form::Whole(a), Form::Other(b)) => compare(a.into(), f64::from_bits(b)),
            (Form::Large(a), Form::Other(b)) => compare(a.into(), f64::from_bits(b)),
        }
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Number) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// A whole number with a double that is not one of the same range. Turning the whole number into a double would round.
fn compare(whole: i128, double: f64) -> Ordering {
    if double >= TWO_TO_64 {
        return Ordering::Less;
    }
    if double < -TWO_TO_63 {
        return Ordering::Greater;
    }
    // Between two whole numbers, so that the lower one decides, also when it is equal.
    whole.cmp(&(double.floor() as i128)).then(Ordering::Less)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn number(text: &str) -> Number {
        Number::of(&serde_json::from_str(text).unwrap())
    }

    #[test]
    fn numbers_are_equal_by_value_however_they_are_written() {
        for (a, b) in [("1", "1.0"), ("1", "10e-1"), ("0", "-0.0"), ("9223372036854775808", "9223372036854775808.0")] {
            assert_eq!(number(a), number(b), "{a} {b}");
        }
        for (a, b) in [("9007199254740993", "9007199254740992"), ("9007199254740993", "9007199254740992.0")] {
            assert!(number(a) > number(b), "{a} {b}");
        }
    }

    #[test]
    fn whole_numbers_and_others_are_in_one_order() {
        let rising = [
            "-1e300",
            "-9223372036854775808",
            "-9223372036854775807",
            "-1.5",
            "-1",
            "-0.5",
            "0",
            "1e-300",
            "1",
            "1.5",
            "9007199254740992",
            "9007199254740993",
            "9223372036854775807",
            "9223372036854775808",
            "18446744073709551615",
            "18446744073709551616",
            "1e300",
        ];
        for (place, low) in rising.iter().enumerate() {
            for high in &rising[place + 1..] {
                assert!(number(low) < number(high), "{low} {high}");
                assert!(number(high) > number(low), "{low} {high}");
            }
        }
    }

    #[test]
    fn a_text_is_a_number_as_json_writes_it() {
        for (text, same) in
            [("231.4500", "231.45"), (" -1 ", "-1"), ("1e2", "100"), ("18446744073709551615", "18446744073709551615")]
        {
            assert_eq!(Number::read(text), Some(number(same)), "{text:?}");
        }
        let long = "1".repeat(65);
        for text in ["", " ", "x", "1 2", "1,5", "+1", "007", ".5", "0x10", "NaN", "1e999", "\"1\"", "$5", &long] {
            assert_eq!(Number::read(text), None, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn a_double_and_the_whole_number_it_is_are_one(whole in -(1i64 << 53)..(1i64 << 53)) {
            prop_assert_eq!(Number::of(&whole.into()), Number::of_double(whole as f64));
        }

        #[test]
        fn the_order_is_that_of_doubles_where_they_are_exact(a in -(1i64 << 50)..(1i64 << 50), b in any::<f64>()) {
            prop_assume!(b.is_finite());
            prop_assert_eq!(Some(Number::of(&a.into()).cmp(&Number::of_double(b))), (a as f64).partial_cmp(&b));
        }
    }
}
