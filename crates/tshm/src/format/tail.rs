//! Where the log ends for the next writer: behind what was appended, published or not. (See `connection::group`.)

use crate::format::layout as at;
use crate::format::snapshot::Snapshot;
use crate::format::words::Words;

/// The end of what was appended: frame, and the low half of the transaction count there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Tail {
    pub frame: u64,
    pub count: u32,
}

impl Tail {
    pub fn of(snapshot: &Snapshot) -> Tail {
        Tail { frame: snapshot.max_frame, count: snapshot.transaction_count as u32 }
    }

    pub fn load(words: &impl Words) -> Tail {
        let word = words.load64(at::TAIL);
        Tail { frame: word >> 32, count: word as u32 }
    }

    pub fn store(self, words: &impl Words) {
        words.store64(at::TAIL, self.frame << 32 | u64::from(self.count));
    }
}
