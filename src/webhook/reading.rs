//! Settings as JSON, and back: every way in reads them here, so each refuses the same things with the same pointers. Pure.

use serde_json::{Map, Value};

use super::{
    by_platform::{check_fields, default_url, instead_of_url},
    filter::Filter,
    ignored::nothing_ignored,
    settings::WebhookSettings,
    unknown,
};
use crate::model::{FieldError, read_json, read_json_fully};

/// As callers would send them.
pub fn as_json(settings: &WebhookSettings) -> Result<Map<String, Value>, FieldError> {
    let text = serde_json::to_vec(settings).map_err(|error| FieldError::at("", error.to_string()))?;
    read_json(&text)
}

/// Reads settings.
///
/// # Errors
/// Everything that is wrong with them.
pub fn settings(mut fields: Map<String, Value>) -> Result<WebhookSettings, Vec<FieldError>> {
    // Read by itself, for the place inside of it, and but once: it can be long.
    let filter = fields.remove("filter").filter(|filter| !filter.is_null());
    let below = |error: FieldError| FieldError::at(format!("/filter{}", error.pointer), error.message);
    let filter = filter.map(|filter| Filter::parse(&filter)).transpose().map_err(|error| below(error.into()));
    let mut made_of = Ok(());
    if fields.get("url").is_none_or(Value::is_null) {
        match default_url(&fields) {
            Some(url) => drop(fields.insert("url".into(), url.into())),
            None => made_of = check_fields(&fields),
        }
    }
    let text = serde_json::to_vec(&fields).map_err(|error| FieldError::at("", error.to_string()))?;
    let mut read = read_json_fully::<WebhookSettings>(&text);
    if let Err(errors) = &mut read {
        unknown::explain(errors);
        let url = errors.iter().position(|error| error.pointer == "/url" && error.message == "missing field `url`");
        match url.map(|place| errors.remove(place)) {
            // What it would be made of is to blame if it is wrong.
            Some(_) if made_of.is_ok() => errors.push(FieldError::at(
                "/url",
                match instead_of_url(&fields) {
                    Some(instead) => format!("is missing; give it, or {instead}, of which it is made"),
                    None => "missing field `url`".into(),
                },
            )),
            _ => {}
        }
    }
    match (filter, made_of, read) {
        (Ok(filter), Ok(()), Ok(settings)) => {
            let all_read = as_json(&settings)?;
            nothing_ignored(&fields, &all_read)?;
            Ok(WebhookSettings { filter, ..settings })
        }
        (filter, made_of, read) => {
            let mut errors = read.err().unwrap_or_default();
            errors.extend(made_of.err());
            errors.extend(filter.err());
            Err(errors)
        }
    }
}
