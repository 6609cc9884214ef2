//! The audit trail: who did what, as a list, as a webhook's changes, and as an export.

mod export;
mod filter;
mod handlers;
mod rows;
mod view;

pub use self::{
    export::{__path_export, export},
    handlers::{__path_changes, __path_list, changes, list},
};
