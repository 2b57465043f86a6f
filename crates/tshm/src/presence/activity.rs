//! What a connection is doing at this moment, for whoever asks from outside.
//!
//! The hot path pays a few stores: it makes no call and takes no lock. The sampler looks ten times a second, and what
//! looks the same twice has been going on for as long.
//!
//! | word | written by | meaning |
//! |---|---|---|
//! | `lent[0]` | the connection's thread | number of the running statement's text; 0: none |
//! | `lent[1]` | the connection's thread | statements begun |
//! | `transaction` | the core, on that thread | none, reading, writing |
//! | `transactions` | the core, on that thread | transactions begun |
//!
//! The lent words are an array of the connection's own thread, which stores into them without fences. A glance may
//! therefore pair a number with the count before it; the next glance sets that right, a tenth of a second later.
//!
//! Texts are registered once for each statement, not for each execution. The last `TEXTS` of a connection are kept;
//! whoever runs an older one registers it anew.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::presence::process_file::Transaction;
use crate::presence::sampler;

/// Texts kept for one connection.
pub const TEXTS: usize = 1024;
pub const LENT_WORDS: usize = 2;
/// Words that the thread of a connection writes. They live as long as anybody has them.
pub type Lent = Arc<[AtomicU32; LENT_WORDS]>;

#[derive(Default)]
struct Texts {
    /// Texts dropped; the first one kept has the number after that.
    dropped: u32,
    kept: VecDeque<String>,
}

#[derive(Default)]
pub struct Activity {
    pub readonly: bool,
    lent: Lent,
    transaction: AtomicU32,
    transactions: AtomicU32,
    texts: Mutex<Texts>,
}

/// One look at an activity.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Glance {
    pub statement: u32,
    pub statements: u32,
    pub transaction: Transaction,
    pub transactions: u32,
}

impl Activity {
    pub fn new(readonly: bool) -> Activity {
        Activity { readonly, ..Activity::default() }
    }

    pub fn lent(&self) -> Lent {
        self.lent.clone()
    }

    // Relaxed throughout: only this one thread stores, and the sampler may be late.

    #[inline]
    pub fn begin_transaction(&self) {
        self.transaction.store(Transaction::Read as u32, Ordering::Relaxed);
        let count = self.transactions.load(Ordering::Relaxed);
        self.transactions.store(count.wrapping_add(1), Ordering::Relaxed);
        sampler::wake();
    }

    #[inline]
    pub fn begin_writing(&self) {
        self.transaction.store(Transaction::Write as u32, Ordering::Relaxed);
    }

    #[inline]
    pub fn end_transaction(&self) {
        self.transaction.store(Transaction::None as u32, Ordering::Relaxed);
    }

    /// Keeps a statement's text, and answers its number.
    pub fn register(&self, text: &str) -> u32 {
        let mut texts = self.texts.lock().unwrap_or_else(PoisonError::into_inner);
        if texts.kept.len() == TEXTS {
            texts.kept.pop_front();
            texts.dropped += 1;
        }
        texts.kept.push_back(text.to_owned());
        texts.dropped + texts.kept.len() as u32
    }

    /// The text of a number; none when it is not kept any more.
    pub fn text(&self, number: u32) -> Option<String> {
        let texts = self.texts.lock().unwrap_or_else(PoisonError::into_inner);
        let index = number.checked_sub(texts.dropped + 1)?;
        texts.kept.get(index as usize).cloned()
    }

    pub fn glance(&self) -> Glance {
        Glance {
            statement: self.lent[0].load(Ordering::Relaxed),
            statements: self.lent[1].load(Ordering::Relaxed),
            transaction: Transaction::of_code(self.transaction.load(Ordering::Relaxed)),
            transactions: self.transactions.load(Ordering::Relaxed),
        }
    }
}

impl Glance {
    pub fn is_idle(&self) -> bool {
        self.statement == 0 && self.transaction == Transaction::None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::presence::process_file::Transaction;

    #[test]
    fn the_last_texts_are_kept_under_their_numbers() {
        let activity = Activity::new(false);
        assert_eq!(activity.text(0), None);
        let first = activity.register("SELECT 1");
        assert_eq!((first, activity.text(first).as_deref()), (1, Some("SELECT 1")));
        for index in 0..TEXTS {
            activity.register(&index.to_string());
        }
        assert_eq!(activity.text(first), None);
        assert_eq!(activity.text(2).as_deref(), Some("0"));
        let last = activity.register("last");
        assert_eq!(activity.text(last).as_deref(), Some("last"));
        assert_eq!(activity.text(last + 1), None);
    }

    #[test]
    fn a_transaction_is_seen_with_its_kind() {
        let activity = Activity::new(false);
        assert!(activity.glance().is_idle());
        activity.begin_transaction();
        activity.begin_writing();
        let glance = activity.glance();
        assert_eq!((glance.transaction, glance.transactions), (Transaction::Write, 1));
        activity.end_transaction();
        assert!(activity.glance().is_idle());
    }
}
