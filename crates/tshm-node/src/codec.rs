//! Checksums and frame headers for storage: the loops that are slow in JavaScript.

use napi::bindgen_prelude::{Uint8ArraySlice, Uint32ArraySlice};
use napi_derive::napi;
use tshm::format::crc32c;
use tshm::log::checksum;
use tshm::log::frame::{FRAME_HEADER_SIZE, FrameKind, encode_frame_header};

use crate::error::{Result, misuse};

/// Continues the log's checksum in `chain` (in: the previous pair, out: the new one) over `data`.
#[napi(catch_unwind)]
pub fn wal_checksum(
    data: Uint8ArraySlice<'_>,
    big_endian_words: bool,
    mut chain: Uint32ArraySlice<'_>,
) -> Result<()> {
    if !data.len().is_multiple_of(8) {
        return Err(misuse("a checksum covers a multiple of eight bytes"));
    }
    let seed = read_chain(&chain)?;
    write_chain(&mut chain, checksum::wal_checksum(&data, big_endian_words, seed));
    Ok(())
}

/// Fills `headers`, 24 bytes for each frame, and continues `chain` over headers and pages. The last frame commits
/// when `page_count` is not 0.
#[napi(catch_unwind)]
#[allow(clippy::too_many_arguments, clippy::needless_pass_by_value)]
pub fn encode_frame_headers(
    mut headers: Uint8ArraySlice<'_>,
    pgnos: Uint32ArraySlice<'_>,
    pages: Vec<Uint8ArraySlice<'_>>,
    page_count: u32,
    salt1: u32,
    salt2: u32,
    big_endian_words: bool,
    mut chain: Uint32ArraySlice<'_>,
) -> Result<()> {
    let count = pages.len();
    if pgnos.len() != count || headers.len() < count * FRAME_HEADER_SIZE {
        return Err(misuse("every frame has a page number, a page and a header"));
    }
    let kind = FrameKind { salt1, salt2, big_endian_words };
    let mut pair = read_chain(&chain)?;
    let headers = bytes_of(&mut headers).as_chunks_mut::<FRAME_HEADER_SIZE>().0;
    for (index, (header, page)) in headers.iter_mut().zip(&pages).enumerate() {
        let page_count = if index + 1 == count { page_count } else { 0 };
        pair = encode_frame_header(header, pgnos[index], page_count, page, kind, pair);
    }
    write_chain(&mut chain, pair);
    Ok(())
}

/// CRC-32C, as the backfill proof uses it.
#[napi(js_name = "crc32c", catch_unwind)]
#[allow(clippy::needless_pass_by_value)]
pub fn crc32c(data: Uint8ArraySlice<'_>) -> u32 {
    crc32c::crc32c(&data)
}

fn read_chain(chain: &[u32]) -> Result<(u32, u32)> {
    match chain {
        [first, second] => Ok((*first, *second)),
        _ => Err(misuse("a checksum is a pair")),
    }
}

#[allow(unsafe_code)]
fn write_chain(chain: &mut Uint32ArraySlice<'_>, (first, second): (u32, u32)) {
    // SAFETY: the array belongs to the calling JavaScript thread, which is waiting for us; no other view
    // of it is alive here.
    unsafe { chain.as_mut() }.copy_from_slice(&[first, second]);
}

#[allow(unsafe_code)]
fn bytes_of<'a>(slice: &'a mut Uint8ArraySlice<'_>) -> &'a mut [u8] {
    // SAFETY: as in `write_chain`.
    unsafe { slice.as_mut() }
}
