//! Why no probe goes, with the cure.

use crate::model::{DeliveryId, Timestamp, WebhookId};

/// Why no probe goes now, and what to do instead.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NoProbe {
    /// There is nothing to send.
    #[error(
        "the webhook is owed nothing that a probe could send; send a sample with POST …/test, which closes its breaker if it arrives"
    )]
    NothingOwed,
    /// It is held on purpose.
    #[error(
        "the webhook is paused; resume it with PATCH /api/v1/webhooks/{0} {{\"status\":\"active\"}}, or send a sample with POST …/test"
    )]
    Paused(WebhookId),
    /// Its rate limit holds for probes, too.
    #[error("the webhook's rate_limit lets nothing go before {0}; ask again then, or raise the limit with PATCH")]
    Rate(Timestamp),
    /// Something is under way, and tells as much as a probe.
    #[error(
        "the delivery {0} is under way already, and its answer tells what a probe would; read it with GET /api/v1/deliveries/{0}"
    )]
    UnderWay(DeliveryId),
    /// One at a time.
    #[error("a probe is under way already; its answer tells whether the receiver works again")]
    ProbeUnderWay,
    /// Order holds for probes, too.
    #[error("the delivery {id} is kept in order behind {before}; send or cancel that one first")]
    Order {
        /// What would be sent.
        id: DeliveryId,
        /// What comes before it.
        before: DeliveryId,
    },
}
