//! The napi surface of `tshm`: small calls, plain values. No view of shared memory reaches JavaScript, which
//! has no fences for it. Nothing panics across the border: napi turns a panic into an exception.
// Public, because nothing in Rust calls what JavaScript calls.
pub mod across;
pub mod codec;
pub mod coordinator;
mod error;
pub mod faults;
mod hot;
mod inner;
mod later;
pub mod status;
