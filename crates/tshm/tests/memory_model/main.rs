//! The protocol under every order that the memory model permits, as far as loom can tell.
//!
//! The code under test is that of the crate; only the words are loom's. Words that a model does not name are
//! constant, to keep the number of orders small.
#![allow(clippy::unwrap_used)]

mod model;
mod publication;
mod sharing;
mod turns;
