//! The napi surface of `tshm`: small calls, plain values. No view of shared memory reaches JavaScript, which
//! has no fences for it. Nothing panics across the border: napi turns a panic into an exception.
mod codec;
mod coordinator;
mod error;
mod hot;
