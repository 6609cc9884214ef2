//! What a webhook asks of events, and which of it an event does not meet. Pure.

use lanehook_filter::{Clause, Owner, Refusal, Verdict};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::{
    assets::{AssetList, Assets},
    filter::{Facts, Filter},
    settings::WebhookSettings,
};
use crate::model::TypePattern;

/// What is asked of events: by type, by assets, by a filter.
pub struct Terms {
    event_types: Vec<TypePattern>,
    assets: Vec<AssetList>,
    filter: Option<Filter>,
}

/// Why an event is not for a webhook.
#[derive(Clone, PartialEq, Debug)]
pub struct Mismatch {
    /// Which of the settings says no.
    pub reason: MismatchReason,
    /// The clause of it that does; or several, of which one would have had to hold. None if it is disabled.
    pub clauses: Vec<Clause>,
    /// Whether there are more of these than are told.
    pub more: bool,
}

/// What of a webhook says no to an event.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MismatchReason {
    /// It is disabled: nothing is matched.
    Disabled,
    /// `event_types`: none of its patterns is of the event's type.
    EventTypes,
    /// `assets`: the event is about none of them.
    Assets,
    /// `filter`
    Filter,
}

impl Terms {
    /// As a webhook has them.
    pub fn new(event_types: Vec<TypePattern>, assets: Option<&Assets>, filter: Option<Filter>) -> Terms {
        Terms { event_types, assets: assets.map(Assets::lists).unwrap_or_default(), filter }
    }

    /// Those of a webhook, whatever its status.
    pub fn of(settings: &WebhookSettings) -> Terms {
        Terms::new(settings.event_types.clone(), settings.assets.as_ref(), settings.filter.clone())
    }

    /// Whether they ask about more than the event's type.
    pub fn read_data(&self) -> bool {
        self.filter.is_some() || !self.assets.is_empty()
    }

    /// Whether an event meets them, or what of it does not, if that can be found out within `steps`; see
    /// [`lanehook_filter::Filter::explain`].
    pub fn judge(&self, event: &Facts<'_>, owner: Owner, steps: &mut u64) -> Option<Result<(), Mismatch>> {
        if !self.event_types.iter().any(|pattern| pattern.matches(event.event_type())) {
            return Some(Err(self.other_type(event)));
        }
        for list in &self.assets {
            if let Verdict::Refused(refusal) = list.filter.explain(event, owner, steps)? {
                let clauses = refusal_of(list, refusal.clauses);
                return Some(Err(Mismatch { reason: MismatchReason::Assets, clauses, more: false }));
            }
        }
        let verdict = self.filter.as_ref().map_or(Some(Verdict::Wanted), |filter| filter.explain(event, owner, steps));
        Some(match verdict? {
            Verdict::Wanted => Ok(()),
            Verdict::Refused(Refusal { clauses, more }) => {
                Err(Mismatch { reason: MismatchReason::Filter, clauses, more })
            }
        })
    }

    fn other_type(&self, event: &Facts<'_>) -> Mismatch {
        let patterns: Vec<Value> = self.event_types.iter().map(|pattern| pattern.to_string().into()).collect();
        let found = Value::from(event.event_type().as_str());
        let clause = Clause::new(&["type"], "$in", &patterns.into(), Some(&found));
        Mismatch { reason: MismatchReason::EventTypes, clauses: vec![clause], more: false }
    }
}

impl Mismatch {
    /// Of a webhook that is disabled.
    pub fn disabled() -> Mismatch {
        Mismatch { reason: MismatchReason::Disabled, clauses: Vec::new(), more: false }
    }
}

/// What an event has in the places of a list, with the names as they were given; where it has nothing, that it has nothing in the first.
fn refusal_of(list: &AssetList, clauses: Vec<Clause>) -> Vec<Clause> {
    let names = Value::from(list.names.clone());
    let told = |(member, found): (&'static str, Option<&Value>)| Clause::new(&["data", member], "$in", &names, found);
    let there: Vec<Clause> = list
        .members
        .into_iter()
        .zip(&clauses)
        .filter(|(_, clause)| clause.found.is_some())
        .map(|(member, clause)| Clause { shortened: clause.shortened, ..told((member, clause.found.as_ref())) })
        .collect();
    if there.is_empty() { vec![told((list.members[0], None))] } else { there }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::EventType;

    fn judged(event_types: &[&str], assets: Value, filter: Value, data: Value) -> Result<(), Mismatch> {
        let patterns = event_types.iter().map(|text| TypePattern::parse(text).unwrap()).collect();
        let assets: Option<Assets> = serde_json::from_value(assets).unwrap();
        let filter: Option<Filter> = serde_json::from_value(filter).unwrap();
        let price = EventType::parse("price.alert").unwrap();
        Terms::new(patterns, assets.as_ref(), filter).judge(&Facts::new(&price, &data), 1, &mut { u64::MAX }).unwrap()
    }

    /// Place, operator, what is wanted and what is there.
    type Said = (String, &'static str, Value, Option<Value>);

    #[track_caller]
    fn said(judged: Result<(), Mismatch>) -> (MismatchReason, Vec<Said>) {
        let Mismatch { reason, clauses, .. } = judged.unwrap_err();
        let short = |clause: Clause| (clause.pointer(), clause.operator, clause.wanted, clause.found);
        (reason, clauses.into_iter().map(short).collect())
    }

    #[test]
    fn the_first_of_type_assets_and_filter_says_no() {
        let (assets, filter) = (json!({"symbols": ["aapl"]}), json!({"data": {"price": {"$gte": 5}}}));
        let other = judged(&["order.*", "trade"], assets.clone(), filter.clone(), json!(1));
        let clause = ("/type".into(), "$in", json!(["order.*", "trade"]), Some(json!("price.alert")));
        assert_eq!(said(other), (MismatchReason::EventTypes, vec![clause]));
        let cheap = judged(&["*"], assets.clone(), filter.clone(), json!({"symbol": "AAPL", "price": 2.36}));
        let clause = ("/data/price".into(), "$gte", json!(5), Some(json!(2.36)));
        assert_eq!(said(cheap), (MismatchReason::Filter, vec![clause]));
        assert_eq!(judged(&["price.*"], assets, filter, json!({"symbol": "AAPL", "price": 5})), Ok(()));
    }

    #[test]
    fn assets_are_told_as_they_were_given_where_the_event_has_something() {
        let assets = json!({"symbols": ["aapl", "MSFT"], "sectors": ["health care"]});
        let of = |data: Value| said(judged(&["*"], assets.clone(), json!(null), data));
        let symbols = json!(["aapl", "MSFT"]);
        let clause = |place: &str, found: Value| (place.to_owned(), "$in", symbols.clone(), Some(found));
        assert_eq!(of(json!({"symbol": "X"})).1, [clause("/data/symbol", json!("X"))]);
        assert_eq!(of(json!({"symbols": ["X"]})).1, [clause("/data/symbols", json!(["X"]))]);
        assert_eq!(of(json!({"symbol": "X", "symbols": []})).1.len(), 2);
        assert_eq!(of(json!({})).1, [("/data/symbol".into(), "$in", symbols.clone(), None)]);
        let sector = ("/data/sector".into(), "$in", json!(["health care"]), Some(json!("Energy")));
        assert_eq!(of(json!({"symbol": "AAPL", "sector": "Energy"})), (MismatchReason::Assets, vec![sector]));
    }
}
