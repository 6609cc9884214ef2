//! What a card's headline and text say already, so that no field says it again.

use std::collections::HashSet;

use lanehook_template::Decimal;

const MOST_NUMBERS: usize = 200;

/// A text that is asked often.
pub struct Told {
    text: String,
    numbers: HashSet<Decimal>,
}

impl Told {
    /// What these say.
    pub fn by(texts: &[&str]) -> Told {
        let text = texts.join("\n").to_lowercase();
        // A text of nothing but numbers says none of them to anybody.
        let numbers = text
            .split(|c: char| !c.is_ascii_digit() && c != '.' && c != ',')
            .filter_map(|token| plain(&token.trim_matches(['.', ',']).replace(',', "")))
            .take(MOST_NUMBERS)
            .collect();
        Told { text, numbers }
    }

    /// Whether they say this number, however it is written, with or without its sign.
    pub fn number(&self, number: &Decimal) -> bool {
        plain(number.to_string().trim_start_matches('-')).is_some_and(|number| self.numbers.contains(&number))
    }

    /// Whether they say this, in whole words.
    pub fn text(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        if text.trim().is_empty() {
            return true;
        }
        let is_edge = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
        self.text.match_indices(&text).any(|(place, found)| {
            is_edge(self.text[..place].chars().next_back()) && is_edge(self.text[place + found.len()..].chars().next())
        })
    }
}

fn plain(text: &str) -> Option<Decimal> {
    Decimal::parse(text).map(Decimal::trimmed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_is_told_however_it_is_written() {
        let told = Told::by(&["AAPL above 230.00", "Apple trades at 1,231.45 USD, 2.36 % up."]);
        let number = |text| told.number(&Decimal::parse(text).unwrap());
        assert!(number("230") && number("1231.450") && number("-2.36"));
        assert!(!number("23") && !number("36") && !number("231.45"));
        assert!(told.text("aapl") && told.text("Apple") && told.text("2.36 %"));
        assert!(!told.text("pple") && !told.text("Apple Inc."));
    }
}
