//! Decimal numbers with the digits that they were written with: a text or a number enters, plain digits for people leave.
//!
//! Doubles have no such digits (0.00000012 is shown as `1.2e-7`, whole numbers beyond 2^53 are rounded), so numbers are
//! rounded, grouped and compared here as they are written.

use std::fmt;

/// More digits than any double has, before or behind the point.
const MOST_DIGITS: usize = 400;

/// A number by its decimal digits.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Decimal {
    negative: bool,
    /// At least one digit, no zeros in front.
    whole: String,
    /// May be empty.
    fraction: String,
}

impl Decimal {
    /// Reads `-12.50`, `1.2e-7`, `+3`; spaces around are left out. `None` for what is no number, or one of more than 400
    /// digits.
    pub fn parse(text: &str) -> Option<Decimal> {
        let text = text.trim();
        let (negative, text) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (digits, exponent) = match text.split_once(['e', 'E']) {
            Some((digits, exponent)) => (digits, exponent.parse::<i32>().ok()?),
            None => (text, 0),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let are_digits = |part: &str| part.bytes().all(|c| c.is_ascii_digit());
        let some = !whole.is_empty() || !fraction.is_empty();
        if !some || !are_digits(whole) || !are_digits(fraction) || exponent.unsigned_abs() as usize > MOST_DIGITS {
            return None;
        }
        let mut number = Decimal { negative, whole: whole.into(), fraction: fraction.into() };
        number.shift(exponent);
        number.whole = number.whole.trim_start_matches('0').into();
        if number.whole.is_empty() {
            number.whole.push('0');
        }
        (number.whole.len() <= MOST_DIGITS && number.fraction.len() <= MOST_DIGITS).then_some(number)
    }

    /// Moves the point by so many places, to the right if positive.
    fn shift(&mut self, places: i32) {
        let count = places.unsigned_abs() as usize;
        if places >= 0 {
            let moved = self.fraction.len().min(count);
            self.whole.push_str(&self.fraction[..moved]);
            self.whole.extend(std::iter::repeat_n('0', count - moved));
            self.fraction.drain(..moved);
        } else {
            let padded = format!("{}{}", "0".repeat(count.saturating_sub(self.whole.len())), self.whole);
            let (whole, moved) = padded.split_at(padded.len() - count);
            self.fraction.insert_str(0, moved);
            self.whole = whole.into();
        }
    }

    /// The same number with this many decimals: rounded half away from zero, as people do, or with zeros added.
    #[must_use]
    pub fn with_decimals(&self, decimals: usize) -> Decimal {
        let mut number = self.clone();
        if number.fraction.len() <= decimals {
            number.fraction.extend(std::iter::repeat_n('0', decimals - number.fraction.len()));
            return number;
        }
        let up = number.fraction.as_bytes()[decimals] >= b'5';
        number.fraction.truncate(decimals);
        if up {
            let mut digits = format!("0{}{}", number.whole, number.fraction).into_bytes();
            for digit in digits.iter_mut().rev() {
                *digit = if *digit == b'9' { b'0' } else { *digit + 1 };
                if *digit != b'0' {
                    break;
                }
            }
            let digits: String = digits.into_iter().map(char::from).collect();
            let (whole, fraction) = digits.split_at(digits.len() - decimals);
            let whole = whole.trim_start_matches('0');
            number.whole = if whole.is_empty() { "0" } else { whole }.into();
            number.fraction = fraction.into();
        }
        number
    }

    /// Rounded so that `significant` digits stay, and all before the point; with at least this many decimals.
    #[must_use]
    pub fn rounded(&self, least_decimals: usize, significant: usize) -> Decimal {
        let before = if self.whole == "0" { 0 } else { self.whole.len() };
        let zeros = if before > 0 { 0 } else { self.fraction.bytes().take_while(|c| *c == b'0').count() };
        let needed = (zeros + significant.saturating_sub(before)).min(self.fraction.len());
        let mut number = self.with_decimals(needed.max(least_decimals));
        while number.fraction.len() > least_decimals && number.fraction.ends_with('0') {
            number.fraction.pop();
        }
        number
    }

    /// Without zeros at the end of its fraction.
    #[must_use]
    pub fn trimmed(mut self) -> Decimal {
        self.fraction.truncate(self.fraction.trim_end_matches('0').len());
        self
    }

    /// Whether all its digits are zero.
    pub fn is_zero(&self) -> bool {
        self.whole == "0" && self.fraction.bytes().all(|c| c == b'0')
    }

    /// Whether it has nothing behind the point.
    pub fn is_whole(&self) -> bool {
        self.fraction.bytes().all(|c| c == b'0')
    }

    /// Whether it has more than so many digits before the point.
    pub fn is_beyond(&self, digits: usize) -> bool {
        self.whole.len() > digits
    }

    /// Whether it is below zero. Nothing that is shown as zero is.
    pub fn is_negative(&self) -> bool {
        self.negative && !self.is_zero()
    }

    /// Without its sign, with a comma at each thousand: `1,234.50`.
    pub fn grouped(&self) -> String {
        let mut text = String::with_capacity(self.whole.len() * 4 / 3 + self.fraction.len() + 1);
        for (place, digit) in self.whole.chars().enumerate() {
            if place > 0 && (self.whole.len() - place).is_multiple_of(3) {
                text.push(',');
            }
            text.push(digit);
        }
        if !self.fraction.is_empty() {
            text.push('.');
            text.push_str(&self.fraction);
        }
        text
    }
}

/// Plain digits: `-1234.50`.
impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.is_negative() { "-" } else { "" };
        match self.fraction.is_empty() {
            true => write!(f, "{sign}{}", self.whole),
            false => write!(f, "{sign}{}.{}", self.whole, self.fraction),
        }
    }
}

/// Symbols and decimals of the currencies that have their own (CLDR's for English, ISO 4217); any other code is written
/// before the number, with two decimals.
const CURRENCIES: [(&str, &str, usize); 34] = [
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

/// How money of a currency is written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Currency {
    symbol: String,
    /// Its decimals.
    pub decimals: usize,
}

impl Currency {
    /// By its code, in large or small letters. `None` for what is no code like USD.
    pub fn of(code: &str) -> Option<Currency> {
        let code = code.trim().to_ascii_uppercase();
        if !(2..=8).contains(&code.len()) || !code.bytes().all(|c| c.is_ascii_alphanumeric()) {
            return None;
        }
        Some(match CURRENCIES.iter().find(|(known, ..)| *known == code) {
            Some((_, symbol, decimals)) => Currency { symbol: (*symbol).into(), decimals: *decimals },
            None => Currency { symbol: format!("{code} "), decimals: 2 },
        })
    }

    /// `-$1,234.50`, with the number's own decimals.
    pub fn written(&self, number: &Decimal) -> String {
        format!("{}{}{}", if number.is_negative() { "-" } else { "" }, self.symbol, number.grouped())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn number(text: &str) -> Decimal {
        Decimal::parse(text).unwrap_or_else(|| panic!("{text}"))
    }

    #[test]
    fn numbers_keep_their_digits() {
        for (text, plain) in [
            ("1.2e-7", "0.00000012"),
            ("1e16", "10000000000000000"),
            ("1E+2", "100"),
            ("-1.50", "-1.50"),
            ("123456789012345678901", "123456789012345678901"),
            ("00012.5e1", "125"),
            (" +.5 ", "0.5"),
            ("5.", "5"),
            ("-0.0", "0.0"),
            ("12e-1", "1.2"),
            ("12e-4", "0.0012"),
        ] {
            assert_eq!(number(text).to_string(), plain, "{text}");
        }
        for text in ["", "-", ".", "e5", "1e", "1e5.5", "0x10", "1,000", "inf", "NaN", "1e999999", "1 2"] {
            assert_eq!(Decimal::parse(text), None, "{text}");
        }
    }

    #[test]
    fn rounding_is_half_away_from_zero() {
        for (text, decimals, rounded) in [
            ("2.675", 2, "2.68"),
            ("-2.675", 2, "-2.68"),
            ("1234.5", 0, "1235"),
            ("99.999", 2, "100.00"),
            ("0.999", 0, "1"),
            ("0.4", 0, "0"),
            ("-0.004", 2, "0.00"),
            ("5", 2, "5.00"),
        ] {
            assert_eq!(number(text).with_decimals(decimals).to_string(), rounded, "{text}");
        }
    }

    #[test]
    fn small_numbers_keep_what_they_say() {
        for (text, rounded) in [
            ("0.00000012", "0.00000012"),
            ("0.000000123456789", "0.000000123457"),
            ("187.5", "187.50"),
            ("231.456789", "231.457"),
            ("1.08347", "1.08347"),
            ("1234567.891", "1234567.89"),
            ("64123.4567", "64123.46"),
            ("1.1000001", "1.10"),
            ("0", "0.00"),
        ] {
            assert_eq!(number(text).rounded(2, 6).to_string(), rounded, "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_double_is_what_it_was(double in any::<f64>().prop_filter("finite", |double| double.is_finite())) {
            for text in [double.to_string(), format!("{double:e}")] {
                let read = number(&text).to_string();
                prop_assert_eq!(read.parse::<f64>().unwrap(), double, "{}", text);
                prop_assert!(!read.contains('e'));
            }
        }
    }
}
