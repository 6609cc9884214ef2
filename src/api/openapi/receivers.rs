//! What lanehook sends to receivers, for the API's description: they are told in the same document.

use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::model::{CallerId, EventType, Timestamp};

/// What a receiver gets, unless its webhook says otherwise.
#[derive(ToSchema)]
#[schema(as = StandardPayload)]
#[allow(dead_code, reason = "describes what the render stage writes")]
pub struct Envelope {
    /// The event's id; the same in every request for it, so that a receiver can tell what it has already.
    id: CallerId,
    /// What happened.
    r#type: EventType,
    /// When it happened.
    #[schema(value_type = String, format = DateTime)]
    timestamp: Timestamp,
    /// The publisher's JSON, byte for byte.
    #[schema(value_type = Value)]
    data: (),
}

/// The request that a webhook's receiver gets, with the headers of the default dialect.
pub fn receivers() -> Value {
    let header = |name: &str, description: &str| {
        json!({
            "name": name, "in": "header", "required": true, "schema": {"type": "string"}, "description": description,
        })
    };
    json!({
        "post": {
            "operationId": "receiveEvent",
            "summary": "An event for a webhook",
            "description": "Sent to the webhook's URL for each event that it asked for, again and again by its retry \
                schedule until it is answered with 2xx. These are the headers of the dialect `standard` (Standard \
                Webhooks), the default; `hub`, `plain` and `timestamped` have their own. Verify the signature over the \
                bytes as they came, before you read them. The same event can come twice: compare `webhook-id`.",
            "security": [],
            "parameters": [
                header("webhook-id", "The event's id, the same each time"),
                header("webhook-timestamp", "When this request was made, in Unix seconds; refuse what is older than \
                    five minutes"),
                header("webhook-signature", "`v1,` and base64 of HMAC-SHA256 over `id.timestamp.body`, or `v1a,` and an \
                    Ed25519 signature; several, separated by spaces, while the secret is being rotated"),
            ],
            "requestBody": {
                "required": true,
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/StandardPayload"}}},
            },
            "responses": {
                "2XX": {"description": "Received. The body is not needed"},
                "410": {"description": "Send nothing more: the webhook is disabled"},
                "429": {"description": "Too fast: nothing is sent until `Retry-After`"},
                "default": {"description": "Not received: it is tried again"},
            },
        }
    })
}
