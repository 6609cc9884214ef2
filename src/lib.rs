//! lanehook takes events in, keeps them, and delivers each one, signed, to every webhook that asked for it.
//!
//! The modules in the order in which an event meets them. Stages do not import one another: what there is to do, each
//! asks the store. ARCHITECTURE.md follows an event, a failure and a crash through them.

/// The nouns: ids, time, tenant, event, delivery, attempt, actor.
pub mod model;

/// Webhooks: what can be set, and what follows from it for a request.
pub mod webhook;

/// Presets for known receivers.
pub mod platform;

/// Event types: what each means, and whether an event is what its type says.
pub mod catalogue;

/// Time, passed in.
pub mod clock;

/// What is measured, for Prometheus.
pub mod metrics;

/// Where the log's lines go.
pub mod log;

/// What is short, shared: memory, places, send slots.
pub mod budget;

/// Whose turn is next, where tenants wait for the same few threads or connections.
pub mod turns;

/// That the server cannot go on, from threads that nobody awaits.
pub mod failure;

/// Random bytes.
pub mod random;

/// Numbers in few bytes.
pub mod varint;

/// JSON merge patches.
pub mod merge_patch;

/// Texts as long as receivers take them.
pub mod text;

/// JSON whose whole numbers keep their digits.
pub mod exact;

/// Jinja templates and expressions, as this project's users write them.
pub mod template;

/// Work that may take long, by turns of tenants, beside the threads that serve everybody.
pub mod work;

/// Who may do what, and how often: tenants, API keys, quotas.
pub mod access;

/// How an event enters: read, checked, enriched, matched with webhooks, handed to the store.
pub mod publish;

/// What is counted of events and deliveries, so that nothing is looked through to be shown.
pub mod observe;

/// Receivers of one's own, in the server: what webhooks send them, and what they answer.
pub mod inspect;

/// Keeps events and what is owed, durably; tells the lanes when to look.
pub mod store;

/// What may go now: per webhook its order, rate, concurrency, breaker and retries.
pub mod lane;

/// The exact bytes for a webhook.
pub mod render;

/// Signs them, guards the address, sends, reads a bounded answer.
pub mod deliver;

/// The lanes' courier: renders, then delivers.
pub mod courier;

/// What happens to webhooks, deliveries, quotas, keys and the server, told as events.
pub mod notice;

/// Notices by mail.
pub mod mail;

/// Many deliveries sent again, made due or given up, at a pace.
pub mod replay;

/// Everything periodic: retention, self-heal.
pub mod upkeep;

/// What people change: webhooks, event types, deliveries.
pub mod manage;

/// The pages for people, which ask the API.
pub mod dashboard;

/// The HTTP edge.
pub mod api;

/// Settings: flags, environment, file.
pub mod config;

/// Puts the parts together and runs them.
pub mod serve;

/// The command line.
pub mod cli;
