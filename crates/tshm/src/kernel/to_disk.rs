//! Syncing a file: what was written is on the disk when the call returns. One attempt, not repeated when a signal comes: a failed sync may have
//! dropped what it could not write.
//!
//! macOS leaves what `fsync` writes in the cache of the disk; `F_FULLFSYNC` tells the disk to empty that too. (*fcntl(2)*: "currently
//! implemented on HFS, MS-DOS (FAT), Universal Disk Format (UDF) and APFS file systems".) Other file systems say that they do not know it, each
//! in the words of its own `ioctl`: ENOTSUP (`smbfs`, `ntfs`), EINVAL (`webdav`, FUSE) or ENOTTY (`zfs`, `exfat`). There `fsync` is what
//! there is. SQLite and libuv fall back after any error (`os_unix.c`, `full_fsync`; `src/unix/fs.c`, `uv__fs_fsync`). Here an
//! error of the disk stays one: the second sync may succeed because the first has forgotten what it could not write.

use std::fs::File;
use std::io;

#[cfg(any(test, target_vendor = "apple"))]
use nix::errno::Errno;

#[cfg(not(target_vendor = "apple"))]
pub fn sync(file: &File) -> io::Result<()> {
    Ok(nix::unistd::fdatasync(file)?)
}

#[cfg(target_vendor = "apple")]
pub fn sync(file: &File) -> io::Result<()> {
    use nix::fcntl::{FcntlArg, fcntl};
    let full = || fcntl(file, FcntlArg::F_FULLFSYNC).map(drop);
    Ok(full_or_plain(full, || nix::unistd::fsync(file))?)
}

#[cfg(any(test, target_vendor = "apple"))]
fn full_or_plain(
    full: impl FnOnce() -> nix::Result<()>,
    plain: impl FnOnce() -> nix::Result<()>,
) -> nix::Result<()> {
    // ENOTSUP and EOPNOTSUPP are one number on Linux, and two on macOS.
    const UNKNOWN: [Errno; 5] =
        [Errno::ENOTSUP, Errno::EOPNOTSUPP, Errno::EINVAL, Errno::ENOTTY, Errno::ENOSYS];
    match full() {
        Err(errno) if UNKNOWN.contains(&errno) => plain(),
        answer => answer,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(full: nix::Result<()>, plain: nix::Result<()>) -> (nix::Result<()>, bool) {
        let mut is_plain = false;
        let answer = full_or_plain(
            || full,
            || {
                is_plain = true;
                plain
            },
        );
        (answer, is_plain)
    }

    #[test]
    fn a_full_sync_that_succeeds_is_enough() {
        assert_eq!(after(Ok(()), Err(Errno::EIO)), (Ok(()), false));
    }

    #[test]
    fn where_a_volume_lacks_it_a_plain_sync_decides() {
        let lacking =
            [Errno::ENOTSUP, Errno::EOPNOTSUPP, Errno::EINVAL, Errno::ENOTTY, Errno::ENOSYS];
        for errno in lacking {
            assert_eq!(after(Err(errno), Ok(())), (Ok(()), true), "{errno}");
            assert_eq!(after(Err(errno), Err(Errno::EIO)), (Err(Errno::EIO), true), "{errno}");
        }
    }

    #[test]
    fn an_error_of_the_disk_is_not_covered_up_by_a_second_sync() {
        let failed = [
            Errno::EIO,
            Errno::ENOSPC,
            Errno::EDQUOT,
            Errno::EROFS,
            Errno::EINTR,
            Errno::EBADF,
            Errno::ENXIO,
        ];
        for errno in failed {
            assert_eq!(after(Err(errno), Ok(())), (Err(errno), false), "{errno}");
        }
    }

    #[test]
    fn a_file_is_synced() {
        let file = tempfile::tempfile().unwrap();
        sync(&file).unwrap();
    }
}
