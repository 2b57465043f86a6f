//! Locks that are given back when a scope is left, whichever way: with an answer, an error, or a panic that somebody further
//! up catches. A lock that stays with a thread that knows nothing of it would keep everybody out until its process ends.

use crate::shared::entry::Entry;

/// Does what it was given when it is dropped.
pub(crate) struct OnLeave<'a> {
    entry: &'a Entry,
    act: fn(&Entry),
}

impl Entry {
    pub(crate) fn on_leave(&self, act: fn(&Entry)) -> OnLeave<'_> {
        OnLeave { entry: self, act }
    }
}

impl OnLeave<'_> {
    /// Somebody else gives it back from here on.
    pub(crate) fn stay(self) {
        std::mem::forget(self);
    }
}

impl Drop for OnLeave<'_> {
    fn drop(&mut self) {
        (self.act)(self.entry);
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::path::Path;

    use super::*;
    use crate::kernel::attributes::FileKey;
    use crate::kernel::names::Names;
    use crate::region::region::Region;

    #[test]
    fn a_panic_gives_back_what_it_passes() {
        let names = Names::of(Path::new("a.db"));
        let entry = Entry::new(names, FileKey::default(), false, true, Region::heap());
        for _ in 0..2 {
            let unwound = catch_unwind(AssertUnwindSafe(|| {
                assert!(entry.try_writer(true).unwrap().is_some());
                let _turn = entry.on_leave(Entry::release_writer);
                assert!(entry.take_sync(true).unwrap());
                let _sync = entry.on_leave(Entry::end_sync);
                panic!("on the way");
            }));
            assert!(unwound.is_err());
        }
        assert!(entry.try_writer(true).unwrap().is_some());
        entry.on_leave(Entry::release_writer).stay();
        assert!(entry.try_writer(true).unwrap().is_none());
    }
}
