//! Space on the disk.

use std::fs::File;
use std::io;

use crate::kernel::attributes::Attributes;

/// Makes a file longer, with space on the disk behind it where the file system can promise that: to store in a page
/// for which there is no space would end the process.
pub fn extend(file: &File, size: u64) -> io::Result<()> {
    if reserve(file, size)? { Ok(()) } else { file.set_len(size) }
}

/// The same for all that a file has already.
pub fn allocate(file: &File) -> io::Result<()> {
    reserve(file, Attributes::of_file(file)?.size).map(drop)
}

/// Space on the disk for the first `size` bytes. False: the file system promises nothing.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn reserve(file: &File, size: u64) -> io::Result<bool> {
    use nix::errno::Errno;
    use nix::fcntl::{FallocateFlags, fallocate};
    let length = nix::libc::off_t::try_from(size).map_err(io::Error::other)?;
    loop {
        match fallocate(file, FallocateFlags::empty(), 0, length) {
            Ok(()) => return Ok(true),
            // A signal came first. What was reserved already stays so.
            Err(Errno::EINTR) => {}
            Err(Errno::EOPNOTSUPP | Errno::ENOSYS | Errno::EINVAL) => return Ok(false),
            Err(errno) => return Err(errno.into()),
        }
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
#[expect(clippy::unnecessary_wraps, reason = "elsewhere the system may refuse")]
fn reserve(_: &File, _: u64) -> io::Result<bool> {
    Ok(false)
}
