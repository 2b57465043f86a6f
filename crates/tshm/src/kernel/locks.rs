//! Byte-range locks of the kernel, the only thing that tells the living from the dead.
//!
//! Linux has *open-file-description* locks: they belong to a descriptor, end with it, and also hold
//! between two descriptors of one process. Elsewhere there are only classic locks, which belong to the
//! process, do not hold against it, and vanish when it closes *any* descriptor of the file. So one registry
//! owns the only descriptor of each file, and what goes on inside a process is excluded there, never here.
//!
//! The environment variable `CHORUSDB_LOCKS=classic` chooses classic locks on Linux too, so that the path that
//! macOS takes can be tested anywhere. Both kinds respect each other.
//!
//! Nothing here waits, but for `wait_for`, which a thread of its own calls.

use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::sync::OnceLock;
use std::time::Duration;

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, fcntl};
use nix::libc;

/// Between two attempts at a lock that the kernel refuses as a deadlock.
const DEADLOCK_PAUSE: Duration = Duration::from_millis(10);

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LockKind {
    Shared,
    Exclusive,
}

/// Bytes `start..start + len`; a length of 0 reaches to the end of the file, wherever that is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Range {
    pub start: u64,
    pub len: u64,
}

impl Range {
    pub const WHOLE: Range = Range { start: 0, len: 0 };

    pub const fn byte(start: u64) -> Range {
        Range { start, len: 1 }
    }
}

/// A lock of somebody else that a query met.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Conflict {
    pub kind: LockKind,
    pub range: Range,
    /// -1 for open-file-description locks.
    pub pid: i32,
}

/// Locks belong to the process and not to the descriptor.
pub fn is_classic() -> bool {
    static CLASSIC: OnceLock<bool> = OnceLock::new();
    let has_descriptor_locks = cfg!(any(target_os = "linux", target_os = "android"));
    *CLASSIC.get_or_init(|| {
        !has_descriptor_locks || std::env::var_os("CHORUSDB_LOCKS").is_some_and(|v| v == "classic")
    })
}

/// Offsets are small, but for those that damaged bytes in shared memory name.
fn off(value: u64) -> io::Result<libc::off_t> {
    libc::off_t::try_from(value).map_err(io::Error::other)
}

/// The kinds are a `c_int` on Linux and a `c_short` on macOS.
fn flock(kind: impl Into<libc::c_int>, range: Range) -> io::Result<libc::flock> {
    Ok(libc::flock {
        l_type: kind.into() as libc::c_short,
        l_whence: libc::SEEK_SET as libc::c_short,
        l_start: off(range.start)?,
        l_len: off(range.len)?,
        l_pid: 0,
    })
}

fn set(file: &(impl AsFd + ?Sized), lock: &libc::flock) -> io::Result<bool> {
    loop {
        #[cfg(any(target_os = "linux", target_os = "android"))]
        let answer = if is_classic() {
            fcntl(file, FcntlArg::F_SETLK(lock))
        } else {
            fcntl(file, FcntlArg::F_OFD_SETLK(lock))
        };
        #[cfg(not(any(target_os = "linux", target_os = "android")))]
        let answer = fcntl(file, FcntlArg::F_SETLK(lock));
        match answer {
            Ok(_) => return Ok(true),
            Err(Errno::EINTR) => {}
            Err(Errno::EAGAIN | Errno::EACCES) => return Ok(false),
            Err(errno) => return Err(errno.into()),
        }
    }
}

fn get(file: &(impl AsFd + ?Sized), lock: &mut libc::flock) -> io::Result<()> {
    loop {
        #[cfg(any(target_os = "linux", target_os = "android"))]
        let answer = if is_classic() {
            fcntl(file, FcntlArg::F_GETLK(lock))
        } else {
            fcntl(file, FcntlArg::F_OFD_GETLK(lock))
        };
        #[cfg(not(any(target_os = "linux", target_os = "android")))]
        let answer = fcntl(file, FcntlArg::F_GETLK(lock));
        match answer {
            Ok(_) => return Ok(()),
            Err(Errno::EINTR) => {}
            Err(errno) => return Err(errno.into()),
        }
    }
}

/// Takes, or converts to, a lock. False: somebody else's stands against it, and what was held stays.
pub fn try_lock(file: &(impl AsFd + ?Sized), kind: LockKind, range: Range) -> io::Result<bool> {
    let kind = match kind {
        LockKind::Shared => libc::F_RDLCK,
        LockKind::Exclusive => libc::F_WRLCK,
    };
    set(file, &flock(kind, range)?)
}

/// Takes an exclusive lock, however long that takes.
pub fn wait_for(file: &(impl AsFd + ?Sized), range: Range) -> io::Result<()> {
    let lock = flock(libc::F_WRLCK, range)?;
    loop {
        #[cfg(any(target_os = "linux", target_os = "android"))]
        let answer = if is_classic() {
            fcntl(file, FcntlArg::F_SETLKW(&lock))
        } else {
            fcntl(file, FcntlArg::F_OFD_SETLKW(&lock))
        };
        #[cfg(not(any(target_os = "linux", target_os = "android")))]
        let answer = fcntl(file, FcntlArg::F_SETLKW(&lock));
        match answer {
            Ok(_) => return Ok(()),
            Err(Errno::EINTR) => {}
            // Of classic locks the kernel believes that whole processes wait, where it is threads of theirs.
            Err(Errno::EDEADLK) => std::thread::sleep(DEADLOCK_PAUSE),
            Err(errno) => return Err(errno.into()),
        }
    }
}

pub fn unlock(file: &(impl AsFd + ?Sized), range: Range) -> io::Result<()> {
    set(file, &flock(libc::F_UNLCK, range)?).map(drop)
}

/// A lock of somebody else that would stand against this one. Takes nothing.
pub fn query(
    file: &(impl AsFd + ?Sized),
    kind: LockKind,
    range: Range,
) -> io::Result<Option<Conflict>> {
    let kind = match kind {
        LockKind::Shared => libc::F_RDLCK,
        LockKind::Exclusive => libc::F_WRLCK,
    };
    let mut lock = flock(kind, range)?;
    get(file, &mut lock)?;
    if lock.l_type == libc::F_UNLCK as libc::c_short {
        return Ok(None);
    }
    let kind = if lock.l_type == libc::F_RDLCK as libc::c_short {
        LockKind::Shared
    } else {
        LockKind::Exclusive
    };
    let range = Range { start: lock.l_start.cast_unsigned(), len: lock.l_len.cast_unsigned() };
    Ok(Some(Conflict { kind, range, pid: lock.l_pid }))
}

/// The locked bytes of one region: those of its file, or none, where the region belongs to one process.
#[derive(Clone, Copy)]
pub struct LockTable<'a> {
    file: Option<&'a File>,
}

impl<'a> LockTable<'a> {
    pub fn new(file: Option<&'a File>) -> LockTable<'a> {
        LockTable { file }
    }

    pub fn try_lock(&self, kind: LockKind, byte: u64) -> io::Result<bool> {
        self.file.map_or(Ok(true), |file| try_lock(file, kind, Range::byte(byte)))
    }

    /// A lock that cannot be given back is one that the kernel no longer knows.
    pub fn unlock(&self, byte: u64) {
        if let Some(file) = self.file {
            let _ = unlock(file, Range::byte(byte));
        }
    }

    /// Another process holds the byte.
    pub fn is_held_elsewhere(&self, byte: u64) -> io::Result<bool> {
        let Some(file) = self.file else { return Ok(false) };
        Ok(query(file, LockKind::Exclusive, Range::byte(byte))?.is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two_descriptors() -> (tempfile::TempDir, File, File) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        std::fs::write(&path, b"").unwrap();
        let open = || File::options().read(true).write(true).open(&path).unwrap();
        let (one, other) = (open(), open());
        (dir, one, other)
    }

    #[test]
    fn an_exclusive_lock_keeps_others_out_and_is_seen() {
        if is_classic() {
            return;
        }
        let (_dir, one, other) = two_descriptors();
        let byte = Range::byte(7);
        assert!(try_lock(&one, LockKind::Exclusive, byte).unwrap());
        assert!(!try_lock(&other, LockKind::Shared, byte).unwrap());
        let conflict = query(&other, LockKind::Shared, byte).unwrap().unwrap();
        assert_eq!((conflict.kind, conflict.range), (LockKind::Exclusive, byte));
        assert!(query(&one, LockKind::Exclusive, byte).unwrap().is_none());
        assert!(try_lock(&other, LockKind::Exclusive, Range::byte(8)).unwrap());
        unlock(&one, byte).unwrap();
        assert!(try_lock(&other, LockKind::Shared, byte).unwrap());
    }

    #[test]
    fn converting_in_place_keeps_what_was_held_when_it_fails() {
        if is_classic() {
            return;
        }
        let (_dir, one, other) = two_descriptors();
        let byte = Range::byte(0);
        assert!(try_lock(&one, LockKind::Exclusive, byte).unwrap());
        assert!(try_lock(&one, LockKind::Shared, byte).unwrap());
        assert!(try_lock(&other, LockKind::Shared, byte).unwrap());
        assert!(!try_lock(&one, LockKind::Exclusive, byte).unwrap());
        assert!(!try_lock(&other, LockKind::Exclusive, byte).unwrap());
        unlock(&other, byte).unwrap();
        assert!(try_lock(&one, LockKind::Exclusive, byte).unwrap());
    }

    #[test]
    fn a_lock_ends_with_its_descriptor() {
        if is_classic() {
            return;
        }
        let (_dir, one, other) = two_descriptors();
        assert!(try_lock(&one, LockKind::Exclusive, Range::WHOLE).unwrap());
        drop(one);
        assert!(try_lock(&other, LockKind::Exclusive, Range::WHOLE).unwrap());
    }

    #[test]
    fn memory_of_one_process_has_no_locks() {
        let table = LockTable::new(None);
        assert!(table.try_lock(LockKind::Exclusive, 1).unwrap());
        assert!(!table.is_held_elsewhere(1).unwrap());
        table.unlock(1);
    }

    #[test]
    fn a_byte_beyond_all_files_is_an_error() {
        let (_dir, one, _) = two_descriptors();
        assert!(query(&one, LockKind::Shared, Range::byte(u64::MAX)).is_err());
        assert!(try_lock(&one, LockKind::Exclusive, Range::byte(1 << 63)).is_err());
    }
}
