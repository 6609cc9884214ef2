//! The platforms that webhooks can name: what they are, what a user fills in, and how to connect them.

use axum::Json;
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use crate::{
    api::edge::{
        extract::{FromQuery, Id, NoParams, Params, Query, one_of},
        page::{List, Page, PageParams},
        problem::{Code, Problem},
        scopes::{InPortal, Permitted, WebhooksRead},
    },
    model::{EventType, RateLimit, TypePattern},
    platform::{Category, PayloadFormat, Platform, PlatformId, SendMethod},
};

/// A preset for a known receiver.
#[derive(Serialize, ToSchema)]
#[schema(as = Platform)]
pub struct PlatformView {
    /// Its name in a webhook's `platform`.
    #[schema(example = "slack")]
    id: PlatformId,
    #[schema(example = "Slack")]
    name: &'static str,
    /// What comes of an event there.
    description: &'static str,
    category: Category,
    /// A character that stands for it.
    icon: &'static str,
    /// Its colour.
    #[schema(example = "#4a154b")]
    color: &'static str,
    /// Where the platform describes what is used here.
    documentation: &'static str,
    /// What to do to connect it, step by step.
    setup: &'static [String],
    /// Which events it is fit for.
    supported_events: &'static [TypePattern],
    payload_format: PayloadFormat,
    method: SendMethod,
    /// What it takes in a time. A webhook that sets no `rate_limit` is held to it.
    rate_limit: Option<RateLimit>,
    /// What its URLs look like.
    url: UrlView,
    /// What goes into a webhook's `fields`.
    fields: Vec<FieldView>,
    /// Its payload: a template over `id`, `type`, `timestamp`, `data`, `card`, `fields` and `webhook`. Null: the webhook's
    /// own payload settings apply.
    template: Option<&'static str>,
}

/// What a platform's URLs look like.
#[derive(Serialize, ToSchema)]
#[schema(as = PlatformUrl)]
pub struct UrlView {
    example: &'static str,
    /// A regular expression that the host must match, from its first character to its last. Null: any.
    host: Option<&'static str>,
    /// The same for the path.
    path: Option<&'static str>,
    /// Whether a webhook can leave its `url` out, because the address is fixed or made of the fields.
    optional: bool,
}

/// Something to fill in.
#[derive(Serialize, ToSchema)]
#[schema(as = PlatformField)]
pub struct FieldView {
    id: &'static str,
    title: &'static str,
    description: &'static str,
    required: bool,
    /// It is a credential: kept sealed, and never shown again.
    secret: bool,
    /// A regular expression that it must match, from its first character to its last.
    pattern: Option<&'static str>,
    default: Option<&'static str>,
}

impl PlatformView {
    fn of(platform: &'static Platform) -> PlatformView {
        let field = |field: &'static crate::platform::Field| FieldView {
            id: &field.id,
            title: &field.title,
            description: &field.description,
            required: field.required,
            secret: field.secret,
            pattern: field.pattern.as_ref().map(|pattern| pattern.as_str()),
            default: field.default.as_deref(),
        };
        PlatformView {
            id: platform.id.clone(),
            name: &platform.name,
            description: &platform.description,
            category: platform.category,
            icon: &platform.icon,
            color: &platform.color,
            documentation: &platform.documentation,
            setup: &platform.setup,
            supported_events: &platform.supported_events,
            payload_format: platform.payload_format,
            method: platform.method,
            rate_limit: platform.rate_limit,
            url: UrlView {
                example: &platform.address.example,
                host: platform.address.host.as_ref().map(|pattern| pattern.as_str()),
                path: platform.address.path.as_ref().map(|pattern| pattern.as_str()),
                optional: platform.recipe.default_url.is_some(),
            },
            fields: platform.fields.iter().map(field).collect(),
            template: platform.template.as_deref(),
        }
    }
}

/// Which platforms to list.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PlatformFilter {
    /// Only those of this kind.
    category: Option<Category>,
    /// Only those that are fit for events of this type.
    event_type: Option<EventType>,
    #[param(ignore)]
    page: Page,
}

impl FromQuery for PlatformFilter {
    fn read(query: &mut Query<'_>) -> Result<PlatformFilter, Problem> {
        Ok(PlatformFilter {
            category: query.take("category", one_of("chat, alerting, push, logs, automation, other"))?,
            event_type: query.take_either("event_type", "type", EventType::parse)?,
            page: Page::read(query)?,
        })
    }
}

/// List platforms
///
/// By id.
#[utoipa::path(
    get, path = "/api/v1/platforms", tag = "platforms", operation_id = "listPlatforms",
    params(PlatformFilter, PageParams),
    responses((status = 200, description = "A page of platforms", body = List<PlatformView>))
)]
pub async fn list(
    _: Permitted<InPortal<WebhooksRead>>,
    Params(mut filter): Params<PlatformFilter>,
) -> Result<Json<List<PlatformView>>, Problem> {
    let fits = |platform: &&Platform| {
        filter.category.is_none_or(|category| platform.category == category)
            && filter
                .event_type
                .as_ref()
                .is_none_or(|event_type| platform.supported_events.iter().any(|pattern| pattern.matches(event_type)))
    };
    let mut found: Vec<&'static Platform> = Platform::all().iter().filter(fits).collect();
    filter.page.cut(&mut found, |platform| &platform.id, |id| PlatformId::parse(id).ok())?;
    Ok(Json(filter.page.of(found, |last| last.id.to_string(), PlatformView::of)))
}

/// Read a platform
#[utoipa::path(
    get, path = "/api/v1/platforms/{id}", tag = "platforms", operation_id = "readPlatform",
    params(("id" = String, Path, description = "The platform's id")),
    responses((status = 200, description = "The platform", body = PlatformView))
)]
pub async fn read(
    _: Permitted<InPortal<WebhooksRead>>,
    Id(id): Id,
    _: NoParams,
) -> Result<Json<PlatformView>, Problem> {
    let unknown = || Problem::new(Code::UnknownPlatform, "there is no such platform; GET /api/v1/platforms lists them");
    Platform::find(&id).map(PlatformView::of).map(Json).ok_or_else(unknown)
}
