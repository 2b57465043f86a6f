//! Chance.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};

/// Bits that nobody can foresee: the standard library seeds each of its hashers from the system.
pub fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}
