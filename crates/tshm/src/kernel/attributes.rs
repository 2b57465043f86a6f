//! What a commit asks of a file: which one it is, its size, its names.
//!
//! Not its times. Who has asked for the times of a file gets finer ones with the next write (Linux from 6.13 on), and that makes each write change
//! the inode, which the next sync then has to write too: asking for them at every commit costs half a sync.

use std::ffi::OsStr;
use std::fs::{File, Metadata};
use std::io;
use std::os::fd::BorrowedFd;
use std::os::unix::fs::MetadataExt;

use nix::fcntl::AtFlags;
use nix::sys::stat::{FileStat, fstatat};

/// Device and inode: the identity of a file, whatever its name.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Debug)]
pub struct FileKey {
    device: u64,
    inode: u64,
}

impl FileKey {
    pub fn of(metadata: &Metadata) -> FileKey {
        FileKey { device: metadata.dev(), inode: metadata.ino() }
    }

    pub fn new(device: u64, inode: u64) -> FileKey {
        FileKey { device, inode }
    }

    pub fn device(self) -> u64 {
        self.device
    }

    pub fn inode(self) -> u64 {
        self.inode
    }

    /// Whether this is what `/proc/locks` calls `major:minor:inode`.
    pub fn is_named(self, name: &str) -> bool {
        let FileKey { device, inode } = self;
        let major = device >> 8 & 0xfff | device >> 32 & !0xfff;
        let minor = device & 0xff | device >> 12 & !0xff;
        name == format!("{major:02x}:{minor:02x}:{inode}")
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Attributes {
    pub key: FileKey,
    /// Bytes.
    pub size: u64,
    /// Names that lead to it; 0: deleted.
    pub links: u64,
}

impl Attributes {
    pub fn of_file(file: &File) -> io::Result<Attributes> {
        match narrow::of_file(file) {
            Some(answer) => answer,
            None => file.metadata().map(|all| Attributes::of(&all)),
        }
    }

    /// Of the file that a name in a folder leads to.
    pub fn of_name(folder: BorrowedFd<'_>, name: &OsStr) -> io::Result<Attributes> {
        match narrow::of_name(folder, name) {
            Some(answer) => answer,
            None => stat(folder, name).map(|all| Attributes::of_stat(&all)),
        }
    }

    // The fields are of other widths elsewhere.
    #[allow(clippy::unnecessary_cast, clippy::cast_lossless, clippy::cast_sign_loss)]
    fn of_stat(all: &FileStat) -> Attributes {
        let key = FileKey::new(all.st_dev as u64, all.st_ino as u64);
        Attributes { key, size: all.st_size as u64, links: all.st_nlink as u64 }
    }

    fn of(all: &Metadata) -> Attributes {
        Attributes { key: FileKey::of(all), size: all.len(), links: all.nlink() }
    }
}

/// All that the system says of the file that a name in a folder leads to.
pub fn stat(folder: BorrowedFd<'_>, name: &OsStr) -> io::Result<FileStat> {
    Ok(fstatat(folder, name, AtFlags::empty())?)
}

#[cfg(target_os = "linux")]
mod narrow {
    use std::ffi::OsStr;
    use std::fs::File;
    use std::io;
    use std::os::fd::BorrowedFd;

    use rustix::fs::{AtFlags, Statx, StatxFlags, makedev, statx};
    use rustix::io::Errno;

    use crate::kernel::attributes::{Attributes, FileKey};

    const WANTED: StatxFlags = StatxFlags::INO.union(StatxFlags::SIZE).union(StatxFlags::NLINK);

    /// None: the kernel cannot be asked so, or a sandbox forbids it.
    pub fn of_file(file: &File) -> Option<io::Result<Attributes>> {
        understood(&statx(file, c"", AtFlags::EMPTY_PATH, WANTED))
    }

    pub fn of_name(folder: BorrowedFd<'_>, name: &OsStr) -> Option<io::Result<Attributes>> {
        understood(&statx(folder, name, AtFlags::empty(), WANTED))
    }

    fn understood(answer: &Result<Statx, Errno>) -> Option<io::Result<Attributes>> {
        match answer {
            Ok(found) => Some(Ok(Attributes {
                key: FileKey::new(makedev(found.stx_dev_major, found.stx_dev_minor), found.stx_ino),
                size: found.stx_size,
                links: u64::from(found.stx_nlink),
            })),
            Err(Errno::NOSYS | Errno::PERM) => None,
            Err(error) => Some(Err((*error).into())),
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod narrow {
    use std::ffi::OsStr;
    use std::fs::File;
    use std::io;
    use std::os::fd::BorrowedFd;

    use crate::kernel::attributes::Attributes;

    pub fn of_file(_: &File) -> Option<io::Result<Attributes>> {
        None
    }

    pub fn of_name(_: BorrowedFd<'_>, _: &OsStr) -> Option<io::Result<Attributes>> {
        None
    }
}

#[cfg(test)]
mod tests {
    use nix::fcntl::AT_FDCWD;

    use super::*;

    #[test]
    fn both_ways_give_what_the_system_says() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::fs::write(&path, [7; 1234]).unwrap();
        let file = File::open(&path).unwrap();
        let all = Attributes::of(&file.metadata().unwrap());
        assert_eq!(all.size, 1234);
        assert_eq!(Attributes::of_file(&file).unwrap(), all);
        let name = path.as_os_str();
        assert_eq!(Attributes::of_name(AT_FDCWD, name).unwrap(), all);
        assert_eq!(Attributes::of_stat(&stat(AT_FDCWD, name).unwrap()), all);
        std::fs::hard_link(&path, folder.path().join("b")).unwrap();
        assert_eq!(Attributes::of_file(&file).unwrap().links, 2);
        std::fs::remove_file(folder.path().join("b")).unwrap();
        std::fs::remove_file(&path).unwrap();
        assert_eq!(Attributes::of_file(&file).unwrap().links, 0);
        assert_eq!(
            Attributes::of_name(AT_FDCWD, name).unwrap_err().kind(),
            io::ErrorKind::NotFound
        );
    }
}
