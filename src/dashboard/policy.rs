//! What browsers are told that pages may do: nothing but what they need, all of it from here.

use http::{HeaderMap, HeaderName, HeaderValue, header::CONTENT_SECURITY_POLICY};

macro_rules! of_pages {
    () => {
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
         worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors "
    };
}

/// Of pages that nobody shows in a frame. Content Security Policy Level 3.
pub const OF_PAGES: &str = concat!(of_pages!(), "'none'");

/// Of the portal's page, which these origins may show in a frame; nothing if there are none.
pub fn of_portal(origins: &[String]) -> Option<String> {
    (!origins.is_empty()).then(|| format!("{}{}", of_pages!(), origins.join(" ")))
}

/// Says it, and what else keeps pages apart from other sites'.
pub fn write(policy: &str, headers: &mut HeaderMap) {
    const REST: [(&str, &str); 4] = [
        ("x-content-type-options", "nosniff"),
        // Paths of pages hold ids.
        ("referrer-policy", "no-referrer"),
        ("cross-origin-resource-policy", "same-origin"),
        ("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    ];
    headers
        .insert(CONTENT_SECURITY_POLICY, HeaderValue::try_from(policy).unwrap_or(HeaderValue::from_static(OF_PAGES)));
    for (name, value) in REST {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
}
