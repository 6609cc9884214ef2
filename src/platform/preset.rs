//! A platform's preset: what requests to it look like, and what its answers mean.

use std::{collections::BTreeMap, time::Duration};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde::{Deserialize, Serialize};

use super::{
    address::Address,
    answer::{Answers, Refusal},
    field::{self, Field},
    id::PlatformId,
    limit::Limits,
    url_template::{ALERT_KEY, IDEMPOTENCY_KEY, UrlTemplate},
};
use crate::model::{FieldError, RateLimit, TargetUrl, TypePattern};

const LONGEST_HEADER: usize = 2048;

/// A preset for a known receiver.
#[derive(Clone, Debug)]
pub struct Platform {
    /// Its name in settings: `slack`.
    pub id: PlatformId,
    /// Its name for people: `Slack`.
    pub name: String,
    /// What comes of an event there, in a line.
    pub description: String,
    /// What kind of receiver it is.
    pub category: Category,
    /// A character that stands for it.
    pub icon: String,
    /// Its colour, `#rrggbb`.
    pub color: String,
    /// Where the platform describes what is used here.
    pub documentation: String,
    /// What a user does to connect it, step by step.
    pub setup: Vec<String>,
    /// Which events it is fit for.
    pub supported_events: Vec<TypePattern>,
    /// How the payload is written.
    pub payload_format: PayloadFormat,
    /// The method of its requests.
    pub method: SendMethod,
    /// What it takes in a time, as it documents; a webhook that sets no rate of its own is best held to it.
    pub rate_limit: Option<RateLimit>,
    /// What its URLs look like.
    pub address: Address,
    /// What the user fills in besides the URL.
    pub fields: Vec<Field>,
    /// URL and headers made of the fields.
    pub recipe: Recipe,
    /// What it takes of a payload.
    pub limits: Limits,
    /// What its answers mean.
    pub answers: Answers,
    /// Its messages open alerts, which go on and end under a key; see [`alert_key`](super::alert_key()).
    pub alerts: Option<Alerts>,
    /// The payload, a template over `id`, `type`, `timestamp`, `data`, `card` and `fields`. Without one the webhook's
    /// own payload settings apply.
    pub template: Option<String>,
}

/// How a receiver keeps alerts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Alerts {
    /// How one is ended, where another request does that than the one that opens it.
    pub end: Option<AlertEnd>,
}

/// The request that ends an alert.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AlertEnd {
    /// What it adds to the URL's path; [`ALERT_KEY`](super::url_template::ALERT_KEY) names the alert.
    pub append: UrlTemplate,
    /// What it adds to the URL's query.
    pub query: Vec<(String, UrlTemplate)>,
    /// Its payload.
    pub template: String,
}

impl Alerts {
    /// Why an event is not sent that says that something is over, but not what.
    pub const ENDS_NOTHING: &str = "the event says that something is over but not what, so it would open an alert; give its data the key of the alert that it \
         ends, like `dedup_key` or `alert_id`";
}

/// URL and headers, with placeholders for what the user filled in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Recipe {
    /// Where requests go, for platforms with one address for everybody.
    pub default_url: Option<UrlTemplate>,
    /// What each delivery adds to the URL's path.
    pub append: Option<UrlTemplate>,
    /// What each delivery adds to the URL's query. One whose field is empty is left out.
    pub query: Vec<(String, UrlTemplate)>,
    /// Headers. One whose field is empty is left out.
    pub headers: Vec<(String, UrlTemplate)>,
    /// User name and password (RFC 7617).
    pub basic_auth: Option<(UrlTemplate, UrlTemplate)>,
}

/// What kind of receiver a platform is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Category {
    /// People read it in a channel.
    Chat,
    /// It wakes somebody.
    Alerting,
    /// A notification on a phone.
    Push,
    /// It keeps events for search.
    Logs,
    /// It does something else with them.
    Automation,
    /// Anything.
    Other,
}

/// How a payload is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PayloadFormat {
    /// `application/json`
    #[default]
    Json,
    /// `application/x-www-form-urlencoded`: the members of the rendered object, texts and numbers.
    Form,
}

/// The method of a request.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum SendMethod {
    /// POST
    #[default]
    Post,
    /// PUT
    Put,
}

impl Platform {
    /// Checks what the user filled in; the error's pointer begins at the fields: `/chat_id`.
    pub fn check_fields(&self, fields: &BTreeMap<String, String>) -> Result<(), FieldError> {
        field::check(&self.fields, fields)?;
        let complete = self.complete(fields);
        let made =
            self.recipe.headers.iter().filter_map(|(name, template)| Some((name, template, template.fill(&complete)?)));
        for (name, template, value) in made {
            if value.len() > LONGEST_HEADER || !value.bytes().all(|c| c == b' ' || c.is_ascii_graphic()) {
                let field = template.placeholders().next().unwrap_or_default();
                let message = format!("it goes into the header `{name}`, so it must be printable ASCII");
                return Err(FieldError::at(format!("/{field}"), message));
            }
        }
        if let Some(template) = &self.recipe.default_url
            && template.fill_url(&complete).is_some()
            && self.default_url(fields).is_none()
        {
            return Err(FieldError::at("", format!("these give no URL of {}", self.name)));
        }
        Ok(())
    }

    /// Every field of the platform, as the template sees them: as given, else its default, else empty.
    pub fn complete(&self, fields: &BTreeMap<String, String>) -> BTreeMap<String, String> {
        field::complete(&self.fields, fields)
    }

    /// The credentials among the fields, and the login that is made of them.
    pub fn credentials(&self, fields: &BTreeMap<String, String>) -> Vec<String> {
        let secret = self.fields.iter().filter(|field| field.secret).filter_map(|field| fields.get(&field.id));
        secret.cloned().chain(self.login(&self.complete(fields))).collect()
    }

    /// User and password as the header has them (RFC 7617).
    fn login(&self, values: &BTreeMap<String, String>) -> Option<String> {
        let (user, password) = self.recipe.basic_auth.as_ref()?;
        Some(BASE64_STANDARD.encode(format!("{}:{}", user.fill(values)?, password.fill(values)?)))
    }

    /// The credentials in a URL of its requests.
    pub fn url_credentials(&self, url: &TargetUrl) -> Vec<String> {
        self.address.credentials(url)
    }

    /// Whether requests for this platform can go to this URL. The host is left alone if `any_host`, as for a receiver
    /// on the same machine.
    pub fn check_url(&self, url: &TargetUrl, any_host: bool) -> Result<(), String> {
        self.address.check(&self.name, url, any_host)
    }

    /// Where requests go if the user gives no URL. `None` if the platform has no such address, or a field that it is
    /// made of is missing or leads elsewhere.
    pub fn default_url(&self, fields: &BTreeMap<String, String>) -> Option<String> {
        let text = self.recipe.default_url.as_ref()?.fill_url(&self.complete(fields))?;
        let url = TargetUrl::parse(&text).ok()?;
        self.check_url(&url, false).ok().map(|()| url.into())
    }

    /// The URL for logs and records, without the credentials in it.
    pub fn redact_url(&self, url: &TargetUrl) -> String {
        self.address.redact(url)
    }

    /// How an alert is ended, where another request does that than the one that opens it.
    pub fn alert_end(&self) -> Option<&AlertEnd> {
        self.alerts.as_ref()?.end.as_ref()
    }

    /// The URL of one delivery's requests: with what the platform adds to path and query.
    ///
    /// `key` is the same whenever the same delivery is sent again. `ended`: the key of the alert that the request ends, where
    /// there is an [`AlertEnd`] for that.
    pub fn request_url(
        &self,
        url: &TargetUrl,
        fields: &BTreeMap<String, String>,
        key: &str,
        ended: Option<&str>,
    ) -> url::Url {
        let mut values = self.values(fields, key);
        values.extend(ended.map(|key| (ALERT_KEY.into(), key.into())));
        let end = self.alert_end().filter(|_| ended.is_some());
        let mut url = url.url().clone();
        for template in self.recipe.append.iter().chain(end.map(|end| &end.append)) {
            if let Some(more) = template.fill_url(&values) {
                let path = format!("{}{more}", url.path().trim_end_matches('/'));
                url.set_path(&path);
            }
        }
        for (name, template) in self.recipe.query.iter().chain(end.iter().flat_map(|end| &end.query)) {
            if let Some(value) = template.fill(&values) {
                url.query_pairs_mut().append_pair(name, &value);
            }
        }
        url
    }

    /// The headers of one delivery's requests, names as in the file. `key` is as for [`Platform::request_url`].
    pub fn headers(&self, fields: &BTreeMap<String, String>, key: &str) -> Vec<(String, String)> {
        let values = self.values(fields, key);
        let named = self.recipe.headers.iter();
        let mut headers: Vec<(String, String)> =
            named.filter_map(|(name, template)| Some((name.clone(), template.fill(&values)?))).collect();
        headers.extend(self.login(&values).map(|login| ("authorization".into(), format!("Basic {login}"))));
        headers
    }

    fn values(&self, fields: &BTreeMap<String, String>, key: &str) -> BTreeMap<String, String> {
        let mut values = self.complete(fields);
        values.insert(IDEMPOTENCY_KEY.into(), key.into());
        values
    }

    /// Whether the platform took the message. `body` may be cut short.
    pub fn success(&self, status: u16, body: &[u8]) -> Result<(), Refusal> {
        self.answers.judge(&self.name, status, body)
    }

    /// How long an answer's body asks to wait, at most a day. The header `Retry-After` is not looked at here.
    pub fn throttle_delay(&self, status: u16, url: &TargetUrl, body: &[u8]) -> Option<Duration> {
        self.answers.delay(status, url.as_str(), body)
    }
}
