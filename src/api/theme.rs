//! How a tenant's portal looks.

use axum::{Json, extract::State};
use http::StatusCode;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use crate::{
    api::{
        app::Shared,
        edge::{
            extract::{Body, NoParams},
            problem::Problem,
            scopes::{Allowed, InPortal, Tenants, WebhooksRead},
        },
    },
    model::{Accent, FieldError, Logo, SavedKind, SavedName, SavedWhat, Theme, ThemeMode, Timestamp, field_error},
};

/// How the portal is to look. What is left out is as lanehook has it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ThemeInput {
    /// The colour of the main button, the logo's tile and the selected tab: `#` and six hex digits. Of it hue and chroma are kept; how light
    /// it is follows from what is read on it.
    #[schema(value_type = Option<String>, pattern = "^#[0-9A-Fa-f]{6}$", example = "#2456d6")]
    accent: Option<Accent>,
    /// The image beside the title: a data URL of a PNG, JPEG or WebP image in base64, at most 65,536 characters. No SVG.
    #[schema(
        value_type = Option<String>, max_length = 65536, pattern = "^data:image/(png|jpeg|webp);base64,[A-Za-z0-9+/]+={0,2}$",
        example = "data:image/png;base64,iVBORw0KGgo="
    )]
    logo: Option<Logo>,
    /// Light, dark, or as the reader's system has it.
    #[serde(default)]
    #[schema(default = "auto")]
    mode: ThemeMode,
    /// How round corners are, in pixels: 0 to 12.
    #[serde(default, deserialize_with = "radius")]
    #[schema(maximum = 12)]
    radius: Option<u8>,
    /// Whose portal it is, for its readers: up to 100 characters.
    #[serde(default)]
    #[schema(max_length = 100, pattern = r"^[^\u0000-\u001F\u007F-\u009F]*$", example = "Acme Trading")]
    name: String,
}

fn radius<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u8>, D::Error> {
    field_error::checked(deserializer, |radius: &Option<u8>| {
        radius.map_or(Ok(()), |radius| field_error::within("a radius", radius, 0..=Theme::LARGEST_RADIUS))
    })
}

/// How a tenant's portal looks.
#[derive(Serialize, ToSchema)]
#[schema(as = Theme)]
pub struct ThemeView {
    /// Null: lanehook's own.
    #[schema(value_type = Option<String>, example = "#2456d6")]
    accent: Option<Accent>,
    /// A data URL; null: none.
    #[schema(value_type = Option<String>)]
    logo: Option<Logo>,
    mode: ThemeMode,
    /// In pixels; null: as lanehook has them.
    radius: Option<u8>,
    /// Whose portal it is; may be empty.
    name: String,
    /// When it was last saved; null: never.
    #[schema(value_type = Option<String>, format = DateTime)]
    updated_at: Option<Timestamp>,
}

impl ThemeView {
    fn of(theme: Theme, updated_at: Option<Timestamp>) -> ThemeView {
        let Theme { accent, logo, mode, radius, name } = theme;
        ThemeView { accent, logo, mode, radius, name, updated_at }
    }
}

/// Read the theme
///
/// How the tenant's portal looks: what was saved, or else nothing but the defaults.
#[utoipa::path(
    get, path = "/api/v1/theme", tag = "tenants", operation_id = "readTheme",
    responses((status = 200, description = "The theme", body = ThemeView))
)]
pub async fn read(
    Allowed { tenant, .. }: Allowed<InPortal<WebhooksRead>>,
    State(app): State<Shared>,
    _: NoParams,
) -> Result<Json<ThemeView>, Problem> {
    let saved = app.store.saved(tenant, SavedKind::Theme, SavedName::none()).await?;
    Ok(Json(match saved.map(|saved| (saved.what, saved.updated_at)) {
        Some((SavedWhat::Theme(theme), updated_at)) => ThemeView::of(theme, Some(updated_at)),
        _ => ThemeView::of(Theme::default(), None),
    }))
}

/// Save the theme
///
/// The whole of it: what is left out is as lanehook has it. For the tenant that the header `Tenant` names. It counts in the tenant's
/// quota `event_bytes`.
#[utoipa::path(
    put, path = "/api/v1/theme", tag = "tenants", operation_id = "putTheme",
    request_body = ThemeInput,
    responses(
        (status = 200, description = "As it is now", body = ThemeView),
        (status = 507, description = "The disk is nearly full (`disk_full`): nothing was saved"),
    )
)]
pub async fn put(
    Allowed { tenant, caller, .. }: Allowed<Tenants>,
    State(app): State<Shared>,
    _: NoParams,
    Body(input, _): Body<ThemeInput>,
) -> Result<Json<ThemeView>, Problem> {
    let theme = input.read()?;
    let what = SavedWhat::Theme(theme.clone());
    let (saved, _) = app.store.save(tenant, SavedName::none(), what, &caller.actor()).await?;
    Ok(Json(ThemeView::of(theme, Some(saved.updated_at))))
}

/// Delete the theme
///
/// The portal looks as lanehook has it.
#[utoipa::path(
    delete, path = "/api/v1/theme", tag = "tenants", operation_id = "deleteTheme",
    responses((status = 204, description = "There is none any more"))
)]
pub async fn delete(
    Allowed { tenant, caller, .. }: Allowed<Tenants>,
    State(app): State<Shared>,
    _: NoParams,
) -> Result<StatusCode, Problem> {
    app.store.forget_saved(tenant, SavedKind::Theme, SavedName::none(), &caller.actor()).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl ThemeInput {
    fn read(self) -> Result<Theme, FieldError> {
        let ThemeInput { accent, logo, mode, radius, name } = self;
        if name.chars().count() > Theme::LONGEST_NAME || name.chars().any(char::is_control) {
            let message = format!("has at most {} characters, and no control characters", Theme::LONGEST_NAME);
            return Err(FieldError::at("/name", message));
        }
        Ok(Theme { accent, logo, mode, radius, name })
    }
}
