//! Events: publishing them, and looking at what was published.

pub mod handlers;
pub mod publish;
pub mod receipts;
pub mod webhooks;
