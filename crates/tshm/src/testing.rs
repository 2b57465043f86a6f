//! What the tests of several files begin with.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::connection::connection::{Connection, open};
use crate::format::snapshot::Snapshot;
use crate::kernel::attributes::FileKey;
use crate::kernel::names::Names;
use crate::log::checksum::wal_checksum;
use crate::log::frame::{FRAME_HEADER_SIZE, FrameKind, encode_frame_header};
use crate::log::wal;
use crate::opening::options::OpenOptions;
use crate::region::image::initialise;
use crate::region::region::Region;
use crate::shared::entry::Entry;

pub const PAGE: usize = 512;

/// A log with the given frames: page and page count after commit.
pub fn compose(seq: u32, salts: (u32, u32), frames: &[(u32, u32)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for word in [wal::MAGIC, wal::FORMAT_VERSION, PAGE as u32, seq, salts.0, salts.1] {
        bytes.extend_from_slice(&word.to_be_bytes());
    }
    let mut chain = wal_checksum(&bytes, false, (0, 0));
    bytes.extend_from_slice(&chain.0.to_be_bytes());
    bytes.extend_from_slice(&chain.1.to_be_bytes());
    let kind = FrameKind { salt1: salts.0, salt2: salts.1, big_endian_words: false };
    for (index, (pgno, page_count)) in frames.iter().enumerate() {
        let page = vec![index as u8 + 1; PAGE];
        let mut header = [0; FRAME_HEADER_SIZE];
        chain = encode_frame_header(&mut header, *pgno, *page_count, &page, kind, chain);
        bytes.extend_from_slice(&header);
        bytes.extend_from_slice(&page);
    }
    bytes
}

/// An entry as another process would have it, with a descriptor of its own.
pub(crate) fn process(path: &Path) -> Arc<Entry> {
    let file = File::options().read(true).write(true).open(path).unwrap();
    let region = Region::mapped(file).unwrap();
    Arc::new(Entry::new(Names::of(path), FileKey::default(), true, true, region))
}

pub(crate) fn sidecar() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db-tshm");
    initialise(&File::create(&path).unwrap()).unwrap();
    (folder, path)
}

/// Opens a database of several processes, without waiting for anybody. The first to do so installs what it finds.
pub(crate) fn connect(path: &str) -> Connection {
    connect_as(path, true)
}

pub(crate) fn connect_as(path: &str, multiprocess: bool) -> Connection {
    let (path, timeout) = (path.to_owned(), Duration::ZERO);
    open(&OpenOptions { path, multiprocess, readonly: false, create: true, timeout }).unwrap()
}

/// The first connection to a new, empty database, and its path.
pub(crate) fn new_database(multiprocess: bool) -> (tempfile::TempDir, String, Connection) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db").display().to_string();
    let mut first = connect_as(&path, multiprocess);
    first.install(&Snapshot::default(), &[]).unwrap();
    first.finish_open().unwrap();
    (folder, path, first)
}

/// The salts of the log of a cluster.
pub(crate) const SALTS: (u32, u32) = (11, 12);

/// A database of several processes.
pub(crate) struct Cluster {
    _folder: tempfile::TempDir,
    pub(crate) path: String,
}

impl Cluster {
    /// One whose log has `frames`, page and page count after a commit, of which the first `published` are published; and a
    /// connection that knows those.
    pub(crate) fn new(frames: &[(u32, u32)], published: usize) -> (Cluster, Connection) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db").display().to_string();
        std::fs::write(&path, vec![1; PAGE * 9]).unwrap();
        let cluster = Cluster { _folder: folder, path };
        cluster.write_log(frames);
        let mut first = cluster.connect();
        let pgnos: Vec<u32> = frames[..published].iter().map(|frame| frame.0).collect();
        first.install(&cluster.state(&frames[..published]), &pgnos).unwrap();
        first.finish_open().unwrap();
        (cluster, first)
    }

    pub(crate) fn connect(&self) -> Connection {
        connect(&self.path)
    }

    pub(crate) fn log(&self) -> File {
        let path = format!("{}-wal", self.path);
        let mut options = File::options();
        options.read(true).write(true).create(true).truncate(false).open(path).unwrap()
    }

    /// What is longer keeps its end, as when a writer appends over it.
    pub(crate) fn write_log(&self, frames: &[(u32, u32)]) {
        self.log().write_all_at(&compose(0, SALTS, frames), 0).unwrap();
    }

    /// The checksum after a frame.
    pub(crate) fn checksum(&self, frame: u64) -> (u32, u32) {
        wal::read_frame_header(&self.log(), frame, PAGE as u32).unwrap().unwrap().checksum
    }

    /// The snapshot at the end of `frames`, which begin like those of the log.
    pub(crate) fn state(&self, frames: &[(u32, u32)]) -> Snapshot {
        let frame = frames.len() as u64;
        let commits = frames.iter().filter(|frame| frame.1 > 0).count() as u64;
        let checksum = self.checksum(frame);
        Snapshot {
            max_frame: frame,
            transaction_count: commits,
            visibility_generation: commits,
            page_size: PAGE as u32,
            salt1: SALTS.0,
            salt2: SALTS.1,
            checksum1: checksum.0,
            checksum2: checksum.1,
            ..Snapshot::default()
        }
    }
}
