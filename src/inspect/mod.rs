//! Inspectors: receivers of one's own, in the server, to see what a webhook's receiver would see.
//!
//! A tenant makes one and says what it answers: a status, headers, a body, and after which delay. A webhook of the same tenant whose
//! URL leads to it goes the way of any other, through its lane, rendered, signed, judged and recorded; only the last step differs:
//! [`Inspectors::visit`] takes the request over in the process, so no address is looked up or judged and no socket opened.
//! Another tenant's inspector is not found.
//!
//! They are for trying, so they are in memory only: a restart forgets them, and a webhook that leads to one of before fails with a
//! sentence that says so. What they hold is bounded: how many there are, requests of each, bytes of each request, and bytes of all,
//! of which a tenant has no more than it leaves. One that nobody uses for a day is forgotten.
//!
//! What is kept of a delivery is what its attempt shows: no credentials.

mod answering;
mod bins;
mod request;
mod signature;
#[cfg(test)]
mod tests;

pub use self::{
    answering::{Answering, AnsweringInput},
    bins::{Inspector, Inspectors, NotMade, Visited},
    request::{Arrival, Given, Received, Source},
    signature::{Checked, WhichSecret, check},
};
