//! The stored form of what a portal session permits.

use serde::{Deserialize, Serialize};

use super::Unreadable;
use crate::model::{Portal, TenantKey};

#[derive(Serialize, Deserialize)]
struct StoredPortal {
    tenant: i64,
    manage: bool,
    #[serde(default)]
    origins: Vec<String>,
    lasts: u64,
    #[serde(default)]
    mark: String,
}

/// As it is written.
pub fn write_portal(portal: &Portal) -> String {
    let Portal { tenant, manage, origins, lasts, mark } = portal;
    let stored =
        StoredPortal { tenant: tenant.0, manage: *manage, origins: origins.clone(), lasts: *lasts, mark: mark.clone() };
    // Numbers, texts and lists of them can always be written.
    serde_json::to_string(&stored).unwrap_or_default()
}

/// As it was written.
pub fn read_portal(text: &str) -> Result<Portal, Unreadable> {
    let stored: StoredPortal = serde_json::from_str(text).map_err(|error| Unreadable::Form(error.to_string()))?;
    let StoredPortal { tenant, manage, origins, lasts, mark } = stored;
    Ok(Portal { tenant: TenantKey(tenant), manage, origins, lasts, mark })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_portal_comes_back_as_it_was_written() {
        let portal = Portal {
            tenant: TenantKey(7),
            manage: true,
            origins: vec!["https://app.example.com".into()],
            lasts: 3_600_000,
            mark: "0a".into(),
        };
        assert_eq!(read_portal(&write_portal(&portal)), Ok(portal));
        assert!(read_portal("{}").is_err());
    }
}
