//! Reading the log, where the core itself must: to repair an authority that lost commits or died in mid-word.
//! Otherwise the log belongs to storage. (*Database File Format §4.1 WAL File Format*; TSHM v1 §6.2.)

use std::io;

use crate::error::{DiskOperation, Error, Result};
use crate::format::pending::{self, Pending};
use crate::format::snapshot::{Generation, Snapshot};
use crate::format::words::Words;
use crate::log::checksum::wal_checksum;
use crate::log::frame::{FRAME_HEADER_SIZE, FrameHeader, WAL_HEADER_SIZE, frame_offset, word};
use crate::log::stored::{Permission, Source, Stored};

pub(crate) const MAGIC: u32 = 0x377F_0682;
pub(crate) const FORMAT_VERSION: u32 = 3_007_000;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct WalHeader {
    pub big_endian_words: bool,
    pub page_size: u32,
    pub checkpoint_seq: u32,
    pub salt1: u32,
    pub salt2: u32,
    pub checksum: (u32, u32),
}

impl WalHeader {
    pub fn generation(&self) -> Generation {
        let WalHeader { checkpoint_seq, salt1, salt2, .. } = *self;
        Generation { checkpoint_seq, salt1, salt2 }
    }

    /// The log with this header is of the snapshot's generation.
    pub fn is_of(&self, snapshot: &Snapshot) -> bool {
        self.generation() == snapshot.generation()
    }
}

/// Committed frames that follow a known point of the chain.
#[derive(Default, PartialEq, Eq, Debug)]
pub struct Scan {
    pub pgnos: Vec<u32>,
    pub commits: u64,
    /// Of the last commit frame, or of the starting point.
    pub checksum: (u32, u32),
}

impl Scan {
    /// Leaves out what follows frame `last`, which ends a commit.
    pub fn end_at(&mut self, log: &Stored, header: &WalHeader, last: u64) -> io::Result<()> {
        if self.pgnos.len() as u64 <= last {
            return Ok(());
        }
        self.checksum = match last {
            0 => header.checksum,
            _ => read_frame_header(log, last, header.page_size)?
                .map_or(self.checksum, |frame| frame.checksum),
        };
        self.pgnos.truncate(usize::try_from(last).unwrap_or(usize::MAX));
        Ok(())
    }
}

/// The header, if it holds.
pub fn read_header(file: &dyn Source) -> io::Result<Option<WalHeader>> {
    let mut bytes = [0; WAL_HEADER_SIZE as usize];
    if file.read_all(&mut bytes, 0)? < bytes.len() {
        return Ok(None);
    }
    let magic = word(&bytes, 0);
    let page_size = word(&bytes, 8);
    let is_page_size = (512..=65536).contains(&page_size) && page_size.is_power_of_two();
    if magic & !1 != MAGIC || word(&bytes, 4) != FORMAT_VERSION || !is_page_size {
        return Ok(None);
    }
    let big_endian_words = magic & 1 == 1;
    let checksum = wal_checksum(&bytes[..24], big_endian_words, (0, 0));
    if checksum != (word(&bytes, 24), word(&bytes, 28)) {
        return Ok(None);
    }
    Ok(Some(WalHeader {
        big_endian_words,
        page_size,
        checkpoint_seq: word(&bytes, 12),
        salt1: word(&bytes, 16),
        salt2: word(&bytes, 20),
        checksum,
    }))
}

/// None: the log ends before it.
pub fn read_frame_header(
    file: &dyn Source,
    frame: u64,
    page_size: u32,
) -> io::Result<Option<FrameHeader>> {
    let mut bytes = [0; FRAME_HEADER_SIZE];
    if file.read_all(&mut bytes, frame_offset(frame, page_size))? < bytes.len() {
        return Ok(None);
    }
    Ok(Some(FrameHeader::decode(&bytes)))
}

/// What the header of a pending frame says.
pub fn pending_frame(
    words: &impl Words,
    log: &Stored,
    frame: u64,
    now: &Snapshot,
) -> Result<Pending> {
    if let Some(pending) = pending::load(words, now.checkpoint_seq, frame) {
        return Ok(pending);
    }
    let read = read_frame_header(log, frame, now.page_size);
    match read.map_err(Error::io("reading the log"))? {
        Some(header) if header.pgno != 0 && header.salts == (now.salt1, now.salt2) => {
            let FrameHeader { pgno, page_count, checksum, .. } = header;
            Ok(Pending { pgno, page_count, checksum })
        }
        _ => Err(Error::Corrupt(format!("the log does not hold frame {frame}"))),
    }
}

/// Reads committed frames from `first` on, whose predecessor has checksum `chain`.
pub fn scan(
    file: &dyn Source,
    header: &WalHeader,
    first: u64,
    chain: (u32, u32),
) -> io::Result<Scan> {
    let mut found = Scan { pgnos: Vec::new(), commits: 0, checksum: chain };
    let mut pgnos = Vec::new();
    let mut chain = chain;
    let mut frame = vec![0; FRAME_HEADER_SIZE + header.page_size as usize];
    for number in first.. {
        let size = file.read_all(&mut frame, frame_offset(number, header.page_size))?;
        let (head, page) = frame.split_at(FRAME_HEADER_SIZE);
        let salts = (word(head, 8), word(head, 12));
        if size < frame.len() || word(head, 0) == 0 || salts != (header.salt1, header.salt2) {
            break;
        }
        chain = wal_checksum(&head[..8], header.big_endian_words, chain);
        chain = wal_checksum(page, header.big_endian_words, chain);
        if chain != (word(head, 16), word(head, 20)) {
            break;
        }
        pgnos.push(word(head, 0));
        if word(head, 4) != 0 {
            found.pgnos.append(&mut pgnos);
            found.commits += 1;
            found.checksum = chain;
        }
    }
    Ok(found)
}

/// The log still has its header and the last frame of the snapshot: nobody has cut it, or written over it.
pub fn holds(log: &Stored, now: &Snapshot) -> Result<bool> {
    if now.max_frame == 0 {
        return Ok(true);
    }
    let header = read_header(log).map_err(Error::disk(DiskOperation::Read))?;
    if !header.is_some_and(|header| header.is_of(now)) {
        return Ok(false);
    }
    let last = read_frame_header(log, now.max_frame, now.page_size);
    let last = last.map_err(Error::disk(DiskOperation::Read))?;
    Ok(last.is_some_and(|last| last.checksum == (now.checksum1, now.checksum2)))
}

/// A frame of the snapshot's generation stands behind its last one.
pub fn goes_on(log: &Stored, now: &Snapshot) -> Result<bool> {
    let next = read_frame_header(log, now.max_frame + 1, now.page_size);
    let next = next.map_err(Error::disk(DiskOperation::Read))?;
    Ok(next.is_some_and(|next| next.pgno != 0 && next.salts == (now.salt1, now.salt2)))
}

/// Cuts the log to its committed part.
pub fn cut(permit: &impl Permission, log: &Stored, now: &Snapshot) -> Result<()> {
    let size = frame_offset(now.max_frame + 1, now.page_size);
    if log.attributes().map_err(Error::io("reading the log's attributes"))?.size > size {
        log.cut(permit, size)?;
    }
    Ok(())
}

/// Cuts the log to its committed part, and writes that again, as it is. Syncing is left to the caller.
pub fn rewrite(permit: &impl Permission, log: &Stored, now: &Snapshot) -> Result<()> {
    const PART: usize = 1 << 20;
    cut(permit, log, now)?;
    let end = frame_offset(now.max_frame + 1, now.page_size);
    let mut part = vec![0; PART];
    let mut done = 0;
    while done < end {
        let wanted = PART.min(usize::try_from(end - done).unwrap_or(PART));
        let size = log.read_all(&mut part[..wanted], done);
        let size = size.map_err(Error::disk(DiskOperation::Read))?;
        if size == 0 {
            return Err(Error::Corrupt("the log ends before its last commit".into()));
        }
        log.write(permit, &part[..size], done)?;
        done += size as u64;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::FileExt;

    use super::*;
    use crate::testing::{PAGE, compose};

    fn scan_bytes(bytes: &[u8]) -> Option<Scan> {
        let file = tempfile::tempfile().unwrap();
        file.write_all_at(bytes, 0).unwrap();
        let header = read_header(&file).unwrap()?;
        Some(scan(&file, &header, 1, header.checksum).unwrap())
    }

    #[test]
    fn frames_after_the_last_commit_do_not_count() {
        let bytes = compose(0, (1, 2), &[(1, 0), (2, 2), (3, 3), (4, 0)]);
        let found = scan_bytes(&bytes).unwrap();
        assert_eq!((found.pgnos.as_slice(), found.commits), ([1, 2, 3].as_slice(), 2));
    }

    #[test]
    fn any_damage_ends_the_log_before_it() {
        let bytes = compose(0, (1, 2), &[(1, 1), (2, 2), (3, 3)]);
        let second = frame_offset(2, PAGE as u32) as usize;
        for at in [second, second + 9, second + 17, second + 24, second + 24 + PAGE - 1] {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1;
            assert_eq!(scan_bytes(&damaged).unwrap().pgnos, [1], "byte {at}");
        }
        assert_eq!(scan_bytes(&bytes[..second + 30]).unwrap().pgnos, [1]);
        assert_eq!(scan_bytes(&bytes[..31]), None);
        let mut damaged = bytes;
        damaged[25] ^= 1;
        assert_eq!(scan_bytes(&damaged), None);
    }

    #[test]
    fn a_scan_continues_from_a_known_point() {
        let file = tempfile::tempfile().unwrap();
        file.write_all_at(&compose(0, (1, 2), &[(1, 1), (2, 2), (3, 3)]), 0).unwrap();
        let header = read_header(&file).unwrap().unwrap();
        let all = scan(&file, &header, 1, header.checksum).unwrap();
        let mut word = [0; 8];
        file.read_exact_at(&mut word, frame_offset(2, header.page_size) + 16).unwrap();
        let chain = (super::word(&word, 0), super::word(&word, 4));
        let rest = scan(&file, &header, 3, chain).unwrap();
        assert_eq!((rest.pgnos, rest.commits, rest.checksum), (vec![3], 1, all.checksum));
    }
}
