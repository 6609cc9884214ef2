//! The shorthand for conditions on assets: `{"symbols":["AAPL"],"sectors":["technology"]}`.

use serde::{Deserialize, Serialize};

use super::filter::{Filter, MOST_INDEX_KEYS};
use crate::model::field_error::in_part;

const MOST: usize = 1000;
const LONGEST: usize = 64;
/// Of a name as it was given, besides its characters.
const OF_NAME: usize = 40;

/// Which assets a webhook is about. Each list that is not empty must match; both empty is no condition.
///
/// - `symbols`: `data.symbol` is one of them, or `data.symbols` has one of them; as they are written or in capitals, so
///   that `aapl` finds `AAPL`.
/// - `sectors`: `data.sector` or `data.sectors` likewise; as they are written, in small letters, or `With Capitals`.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(try_from = "AssetsInput")]
pub struct Assets {
    /// At most 1,000, of at most 64 characters.
    #[serde(default)]
    #[schema(value_type = Vec<crate::model::schema::AssetName>, max_items = 1000, example = json!(["AAPL"]))]
    symbols: Vec<String>,
    /// At most 1,000, of at most 64 characters.
    #[serde(default)]
    #[schema(value_type = Vec<crate::model::schema::AssetName>, max_items = 1000, example = json!(["technology"]))]
    sectors: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AssetsInput {
    #[serde(default)]
    symbols: Vec<String>,
    #[serde(default)]
    sectors: Vec<String>,
}

impl Assets {
    /// Checks the lists. Spaces around a name are taken off.
    pub fn new(symbols: Vec<String>, sectors: Vec<String>) -> Result<Assets, String> {
        Ok(Assets { symbols: checked("symbols", symbols)?, sectors: checked("sectors", sectors)? })
    }

    /// As the store has them, where they were checked when they were taken in.
    pub fn kept(symbols: Vec<String>, sectors: Vec<String>) -> Assets {
        Assets { symbols, sectors }
    }

    /// The symbols as they were given.
    pub fn symbols(&self) -> &[String] {
        &self.symbols
    }

    /// The sectors as they were given.
    pub fn sectors(&self) -> &[String] {
        &self.sectors
    }

    /// How many values that filter has at most.
    pub fn values(&self) -> usize {
        2 * (2 * self.symbols.len() + 3 * self.sectors.len())
    }

    /// The bytes that this and its filter take in memory, besides the names, by a rule.
    pub fn footprint(&self) -> usize {
        let names = self.symbols.len() + self.sectors.len();
        OF_NAME * names + self.filter().map_or(0, |filter| filter.footprint(MOST_INDEX_KEYS))
    }

    /// The filter that this stands for; `None` if it asks for nothing.
    pub fn filter(&self) -> Option<Filter> {
        Filter::all(self.lists().into_iter().map(|list| list.filter))
    }

    /// The lists that are not empty.
    pub fn lists(&self) -> Vec<AssetList> {
        let symbols = AssetList::of(["symbol", "symbols"], &self.symbols, |name| vec![name.to_uppercase()]);
        let sectors = |name: &str| vec![name.to_lowercase(), with_capitals(name)];
        let sectors = AssetList::of(["sector", "sectors"], &self.sectors, sectors);
        symbols.into_iter().chain(sectors).collect()
    }
}

/// Names of which an event must have one.
pub struct AssetList {
    /// The members of its data in which that is looked for: one name, or a list of them.
    pub members: [&'static str; 2],
    /// As they were given.
    pub names: Vec<String>,
    /// What asks for them, in all spellings.
    pub filter: Filter,
}

impl AssetList {
    /// As `{"$or":[{"data":{one:{"$in":names}}},{"data":{many:{"$in":names}}}]}`.
    fn of(members: [&'static str; 2], names: &[String], others: impl Fn(&str) -> Vec<String>) -> Option<AssetList> {
        if names.is_empty() {
            return None;
        }
        let mut spelled: Vec<String> =
            names.iter().flat_map(|name| [vec![name.clone()], others(name)].concat()).collect();
        spelled.sort_unstable();
        spelled.dedup();
        let [one, many] = members;
        let filter = Filter::has_one_of(&[&["data", one], &["data", many]], &spelled)?;
        Some(AssetList { members, names: names.to_vec(), filter })
    }
}

impl TryFrom<AssetsInput> for Assets {
    type Error = String;
    fn try_from(input: AssetsInput) -> Result<Assets, String> {
        Assets::new(input.symbols, input.sectors)
    }
}

fn checked(what: &str, names: Vec<String>) -> Result<Vec<String>, String> {
    if names.len() > MOST {
        return Err(in_part(what, format_args!("at most {MOST} are possible, these are {}", names.len())));
    }
    let name = |(place, name): (usize, String)| match name.trim() {
        trimmed if (1..=LONGEST).contains(&trimmed.chars().count()) && !trimmed.chars().any(char::is_control) => {
            Ok(trimmed.to_owned())
        }
        _ => {
            let message = format!("each of the {what} has 1 to {LONGEST} characters and no control characters");
            Err(in_part(&format!("{what}/{place}"), message))
        }
    };
    names.into_iter().enumerate().map(name).collect()
}

/// Each word with a capital and small letters: `Health Care`.
fn with_capitals(name: &str) -> String {
    let mut at_start = true;
    let mut spelled = String::with_capacity(name.len());
    for c in name.chars() {
        match at_start {
            true => spelled.extend(c.to_uppercase()),
            false => spelled.extend(c.to_lowercase()),
        }
        at_start = !c.is_alphanumeric();
    }
    spelled
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{model::EventType, webhook::filter::Facts};
    use serde_json::{Value, json};

    #[test]
    fn assets_are_a_shorthand() {
        let price = EventType::parse("price.alert").unwrap();
        let matches = |assets: Value, data: Value| {
            let assets: Assets = serde_json::from_value(assets).unwrap();
            assets.filter().unwrap().matches(&Facts::new(&price, &data))
        };
        let assets = json!({"symbols": ["aapl", "brk.B"], "sectors": ["health care"]});
        assert!(matches(assets.clone(), json!({"symbol": "AAPL", "sector": "Health Care"})));
        assert!(matches(assets.clone(), json!({"symbols": ["X", "brk.B"], "sectors": ["health care"]})));
        assert!(!matches(assets.clone(), json!({"symbol": "AAPL"})));
        assert!(!matches(assets, json!({"symbol": "MSFT", "sector": "Health Care"})));
        assert!(Assets::default().filter().is_none());
        let wrong = crate::model::read_json::<Assets>(br#"{"symbols": ["A", ""]}"#).unwrap_err();
        assert_eq!(wrong.pointer, "/symbols/1", "{wrong:?}");
        assert!(serde_json::from_value::<Assets>(json!({"symbol": ["A"]})).is_err());
        assert!(Assets::new(vec!["A".into(); 1001], vec![]).is_err());
        let most = Assets::new((0..1000).map(|n| format!("s{n}")).collect(), vec![]).unwrap();
        assert!(most.filter().is_some_and(|filter| filter.index_keys(MOST_INDEX_KEYS, &|_| 0).is_some()));
    }
}
