//! The server's settings as operators see them.

use serde::Serialize;
use utoipa::ToSchema;

/// A setting that is not at its default.
#[derive(Clone, Serialize, ToSchema)]
#[schema(as = SystemSetting)]
pub struct SettingView {
    /// As the settings' file calls it; of what the environment alone has, the variable.
    #[schema(example = "max_in_flight")]
    pub name: &'static str,
    #[schema(example = "4096")]
    pub value: String,
    /// Empty: nothing.
    #[schema(example = "2048")]
    pub default: String,
}
