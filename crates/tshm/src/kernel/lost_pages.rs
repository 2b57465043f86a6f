//! Mapped pages that are no longer there.
//!
//! When somebody cuts a file that is mapped, or the disk is full where the file has a hole, touching the page
//! raises SIGBUS, and the process would end in the middle of whatever it was doing: a whole server, because a
//! stranger ran `truncate`. So a handler puts a page of zeros in place, private to this process, and notes the loss.
//! What is read there is not true any more; whoever uses the memory looks at the note before he believes or
//! announces anything (`Memory::is_lost`), and refuses.
//!
//! A signal that is not about our mappings is handed to whoever handled it before, as he asked for it, and ours stays in place: the next
//! one may be about our mappings again. Only where nobody did, the process ends as it would have.
#![allow(unsafe_code)]

use std::ffi::{c_int, c_void};
use std::mem::MaybeUninit;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use nix::errno::Errno;
use nix::libc;

/// Ranges that can be watched at once: 65 for each database, of which few have more than two.
const RANGES: usize = 4096;

struct Range {
    /// 0: free.
    start: AtomicUsize,
    end: AtomicUsize,
    note: AtomicPtr<AtomicBool>,
}

static WATCHED: [Range; RANGES] = [const {
    Range {
        start: AtomicUsize::new(0),
        end: AtomicUsize::new(0),
        note: AtomicPtr::new(ptr::null_mut()),
    }
}; RANGES];
/// Ranges from here on have never been used.
static USED: AtomicUsize = AtomicUsize::new(0);
static CHANGING: Mutex<()> = Mutex::new(());

/// The handler that was there before, and the size of a page.
static BEFORE: OnceLock<(libc::sigaction, usize)> = OnceLock::new();

/// A range under watch, until it is dropped. Its memory must stay mapped for longer, and the note alive.
pub struct Watch(usize);

/// Watches a mapped range: when one of its pages is lost, `note` becomes true. None when too many are watched; such
/// a range is as good as any other mapping.
pub fn watch(start: *const u8, size: usize, note: &AtomicBool) -> Option<Watch> {
    install();
    let _changing = CHANGING.lock().unwrap_or_else(PoisonError::into_inner);
    let free = WATCHED.iter().position(|range| range.start.load(Ordering::Relaxed) == 0)?;
    let range = &WATCHED[free];
    range.end.store(start as usize + size, Ordering::Relaxed);
    range.note.store(ptr::from_ref(note).cast_mut(), Ordering::Relaxed);
    // Release: pairs with the acquire in the handler, which then finds end and note.
    range.start.store(start as usize, Ordering::Release);
    USED.fetch_max(free + 1, Ordering::Release);
    Some(Watch(free))
}

impl Drop for Watch {
    fn drop(&mut self) {
        WATCHED[self.0].start.store(0, Ordering::Release);
    }
}

fn install() {
    BEFORE.get_or_init(|| {
        let mut before = MaybeUninit::<libc::sigaction>::zeroed();
        // SAFETY: `sysconf` has no conditions. The new action is a whole, zeroed structure with a handler of the
        // kind that SA_SIGINFO asks for; the old one is filled by the call, and zeros are valid for it otherwise.
        unsafe {
            let page = usize::try_from(libc::sysconf(libc::_SC_PAGESIZE)).unwrap_or(4096);
            let mut action = MaybeUninit::<libc::sigaction>::zeroed().assume_init();
            let handler: extern "C" fn(c_int, *mut libc::siginfo_t, *mut c_void) = on_lost_page;
            action.sa_sigaction = handler as usize;
            action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
            libc::sigemptyset(&raw mut action.sa_mask);
            libc::sigaction(libc::SIGBUS, &raw const action, before.as_mut_ptr());
            (before.assume_init(), page)
        }
    });
}

/// Runs in the thread that touched the page, between two of its instructions: atomics and system calls only.
extern "C" fn on_lost_page(signal: c_int, info: *mut libc::siginfo_t, context: *mut c_void) {
    let errno = Errno::last_raw();
    // SAFETY: with SA_SIGINFO the kernel passes a valid `siginfo`.
    let (address, is_fault) = unsafe { ((*info).si_addr() as usize, (*info).si_code > 0) };
    if !(is_fault && replace(address)) {
        hand_on(signal, info, context, is_fault);
    }
    Errno::set_raw(errno);
}

/// Puts zeros where a page of ours has gone.
fn replace(address: usize) -> bool {
    let Some((_, page)) = BEFORE.get() else { return false };
    let ranges = &WATCHED[..USED.load(Ordering::Acquire).min(RANGES)];
    let is_hit = |range: &&Range| {
        let start = range.start.load(Ordering::Acquire);
        start != 0 && start <= address && address < range.end.load(Ordering::Relaxed)
    };
    let Some(range) = ranges.iter().find(is_hit) else { return false };
    let at = (address & !(page - 1)) as *mut c_void;
    // SAFETY: the page belongs to a mapping of ours that the running thread is using, so it stays mapped meanwhile,
    // and all access to it is atomic. The new page is private to this process; its whole words are zero.
    let mapped = unsafe {
        libc::mmap(
            at,
            *page,
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_PRIVATE | libc::MAP_ANON | libc::MAP_FIXED,
            -1,
            0,
        )
    };
    if mapped == libc::MAP_FAILED {
        return false;
    }
    let note = range.note.load(Ordering::Relaxed);
    // SAFETY: the note outlives the watch, and the watch the use of the memory.
    unsafe { (*note).store(true, Ordering::Release) };
    true
}

/// Gives the signal to whoever had it before.
fn hand_on(signal: c_int, info: *mut libc::siginfo_t, context: *mut c_void, is_fault: bool) {
    let before = BEFORE.get().map(|(before, _)| before);
    let action = before.map_or(libc::SIG_DFL, |before| before.sa_sigaction);
    match (before, action) {
        // Nobody can ignore a fault.
        (_, libc::SIG_IGN) if !is_fault => {}
        (Some(before), handler) if handler != libc::SIG_DFL && handler != libc::SIG_IGN => {
            call(before, signal, info, context);
        }
        // A fault happens again as soon as we return.
        // SAFETY: both calls are safe in a handler.
        _ => unsafe {
            libc::signal(signal, libc::SIG_DFL);
            if !is_fault {
                libc::raise(signal);
            }
        },
    }
}

/// Calls a handler as the kernel would, with the signals blocked that it asked for. When ours returns, the mask is what it was.
fn call(before: &libc::sigaction, signal: c_int, info: *mut libc::siginfo_t, context: *mut c_void) {
    // SAFETY: the action is one that `sigaction` answered, so its address is that of a handler of the kind that its flags say; the
    // other calls are safe in a handler.
    unsafe {
        libc::pthread_sigmask(libc::SIG_BLOCK, &raw const before.sa_mask, ptr::null_mut());
        if before.sa_flags & libc::SA_NODEFER != 0 {
            let mut own = MaybeUninit::<libc::sigset_t>::zeroed().assume_init();
            libc::sigemptyset(&raw mut own);
            libc::sigaddset(&raw mut own, signal);
            libc::pthread_sigmask(libc::SIG_UNBLOCK, &raw const own, ptr::null_mut());
        }
        if before.sa_flags & libc::SA_SIGINFO != 0 {
            let handler: extern "C" fn(c_int, *mut libc::siginfo_t, *mut c_void) =
                std::mem::transmute(before.sa_sigaction);
            handler(signal, info, context);
        } else {
            let handler: extern "C" fn(c_int) = std::mem::transmute(before.sa_sigaction);
            handler(signal);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::FileExt;

    use memmap2::MmapOptions;

    use super::*;
    use crate::format::layout::{MAX_FRAME, block_offset, file_size};
    use crate::format::words::Words;
    use crate::kernel::mapping::Memory;
    use crate::region::image::initialise;

    #[test]
    fn a_file_that_is_cut_while_mapped_is_noticed_and_ends_nobody() {
        for size in [0, 4096] {
            let file = tempfile::tempfile().unwrap();
            initialise(&file).unwrap();
            let memory = Memory::mapped(file.try_clone().unwrap()).unwrap();
            memory.ensure_block(0).unwrap();
            memory.store64(MAX_FRAME, 7);
            assert!(!memory.is_lost());
            file.set_len(size).unwrap();
            assert_eq!(memory.load64(block_offset(0)), 0);
            assert_eq!(memory.load64(MAX_FRAME), if size == 0 { 0 } else { 7 });
            memory.store64(block_offset(0) + 8, 1);
            assert!(memory.is_lost());
        }
    }

    #[test]
    fn a_file_that_is_cut_and_filled_up_again_is_noticed_without_a_signal() {
        let file = tempfile::tempfile().unwrap();
        initialise(&file).unwrap();
        let memory = Memory::mapped(file.try_clone().unwrap()).unwrap();
        file.set_len(0).unwrap();
        file.set_len(file_size(1)).unwrap();
        assert!(memory.is_lost());
        file.write_all_at(b"TSHMWAL\0", 0).unwrap();
        assert!(!memory.is_lost(), "only the bytes tell");
    }

    static FOREIGN: AtomicUsize = AtomicUsize::new(0);
    static CALLS: AtomicUsize = AtomicUsize::new(0);

    /// Puts a page where the foreign one has gone, and counts.
    extern "C" fn on_foreign(_: c_int, info: *mut libc::siginfo_t, _: *mut c_void) {
        // SAFETY: with SA_SIGINFO the kernel passes a valid `siginfo`. The page is one of the mapping that the test makes for this.
        unsafe {
            let page = FOREIGN.load(Ordering::Relaxed);
            assert_eq!((*info).si_addr() as usize, page);
            let rights = libc::PROT_READ | libc::PROT_WRITE;
            let kind = libc::MAP_PRIVATE | libc::MAP_ANON | libc::MAP_FIXED;
            libc::mmap(page as *mut c_void, 4096, rights, kind, -1, 0);
        }
        CALLS.fetch_add(1, Ordering::Relaxed);
    }

    /// A page of a mapped file that is cut, touched.
    fn fault() {
        let file = tempfile::tempfile().unwrap();
        file.set_len(4096).unwrap();
        let map = MmapOptions::new().len(4096).map_raw(&file).unwrap();
        file.set_len(0).unwrap();
        FOREIGN.store(map.as_ptr() as usize, Ordering::Relaxed);
        // SAFETY: the address is mapped; what is not there `on_foreign` puts in place.
        let byte = unsafe { map.as_ptr().read_volatile() };
        assert_eq!(byte, 0);
    }

    fn lose_ours() {
        let file = tempfile::tempfile().unwrap();
        initialise(&file).unwrap();
        let memory = Memory::mapped(file.try_clone().unwrap()).unwrap();
        file.set_len(0).unwrap();
        assert_eq!(memory.load64(MAX_FRAME), 0);
        assert!(memory.is_lost());
    }

    /// Signals belong to the process, and other tests run in this one: so this runs in another.
    #[test]
    fn faults_of_others_go_to_their_handler_and_ours_are_still_caught() {
        const CHILD: &str = "TSHM_TEST_OF_SIGNALS";
        if std::env::var_os(CHILD).is_none() {
            let (_, module) = module_path!().split_once("::").unwrap();
            let name =
                format!("{module}::faults_of_others_go_to_their_handler_and_ours_are_still_caught");
            let program = std::env::current_exe().unwrap();
            let mut command = std::process::Command::new(program);
            let ran = command.args(["--exact", &name]).env(CHILD, "1").output().unwrap();
            let output = String::from_utf8_lossy(&ran.stdout);
            assert!(ran.status.success() && output.contains("1 passed"), "{ran:?}");
            return;
        }
        // SAFETY: a whole, zeroed action with a handler of the kind that SA_SIGINFO asks for.
        unsafe {
            let mut action = MaybeUninit::<libc::sigaction>::zeroed().assume_init();
            let handler: extern "C" fn(c_int, *mut libc::siginfo_t, *mut c_void) = on_foreign;
            action.sa_sigaction = handler as usize;
            action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
            libc::sigaction(libc::SIGBUS, &raw const action, ptr::null_mut());
        }
        lose_ours();
        assert_eq!(CALLS.load(Ordering::Relaxed), 0);
        for calls in 1..4 {
            fault();
            assert_eq!(CALLS.load(Ordering::Relaxed), calls);
            lose_ours();
        }
    }

    #[test]
    fn watches_end_with_their_memory() {
        for _ in 0..2 * RANGES {
            let file = tempfile::tempfile().unwrap();
            initialise(&file).unwrap();
            let memory = Memory::mapped(file.try_clone().unwrap()).unwrap();
            file.set_len(0).unwrap();
            assert_eq!(memory.load64(MAX_FRAME), 0);
        }
    }
}
