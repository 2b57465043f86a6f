//! What the calls of a connection answer.

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ReadStart {
    Same,
    Changed,
    Busy,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WriteStart {
    Ok,
    Busy,
    Stale,
    /// Granted, and bytes may stand behind the committed end of the log.
    Leftover,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FrameRead {
    /// The database file has the page.
    InDatabase,
    /// The frame is in the room.
    Found,
    /// Not what it should be, or the transaction is lost: to be looked into.
    Doubtful,
}

/// What `begin_transaction` has done.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Begun {
    /// The time was up.
    No,
    /// The writer's lock is reserved, and no reader slot was free.
    Reserved,
    Both(ReadStart, WriteStart),
}

/// How far a commit came.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Stage {
    #[default]
    Begun,
    /// In the log, perhaps in part; nobody knows of it.
    Written,
    /// Whether it counts is no longer for its author to decide.
    Publishing,
}
