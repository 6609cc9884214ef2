//! Counting: what a transaction counts is a row of `tallies`, written in it, and is added to the sums (`rollups`) later.
//!
//! One row for each commit is little work; a sum for each minute, owner and type would be much. So counts are gathered for about a
//! minute, in memory and in `tallies`, and then summed up as one portion ([`sum`]): sum by sum, in the writer's transactions, which
//! also note how far it has got, so that a crash neither loses one nor adds it twice. Until then whoever reads ([`series`]) adds
//! what is in memory ([`unsummed`]), on its own thread and in its own time: commits do not wait for readers ([`layers`]).

mod check;
mod form;
mod layers;
mod portion;
mod series;
mod sum;
mod unsummed;

pub(super) use self::{
    check::{look, mend},
    sum::write,
    unsummed::Unsummed,
};
