//! Faults for tests: which calls on the files of a database fail from here on. The package exports nothing of this.

use std::fs::File;
use std::sync::Arc;

use napi::bindgen_prelude::Uint8ArraySlice;
use napi_derive::napi;
use tshm::log::faults::{self, Call, Fault, Faults, Role, Rule};

use crate::error::{Result, misuse};

/// Call number `at` of those meant meets the fault, then each `every`-th, if that is not 0.
#[napi(object)]
pub struct FaultRule {
    /// `db`, `wal`; either when left out.
    pub file: Option<String>,
    /// `read`, `write`, `sync`, `cut`, `size`; all that change a file or sync it when left out.
    pub call: Option<String>,
    pub at: u32,
    pub every: u32,
    /// The number of a system's error; 0: half is done, and that is no error; -1: the process does nothing any more; less:
    /// the call takes so many milliseconds.
    pub fault: i32,
}

/// Files that are opened from here on have faults. What is written, cut and synced is appended to the file `ledger`.
#[napi(catch_unwind)]
pub fn install_faults(rules: Vec<FaultRule>, ledger: Option<String>) -> Result<()> {
    let open = |path| File::options().append(true).create(true).open(path);
    let ledger = ledger.map(open).transpose().map_err(|_| misuse("a ledger can be opened"))?;
    faults::install(rules_of(rules)?, ledger);
    Ok(())
}

/// Files that are opened from here on have none.
#[napi(catch_unwind)]
pub fn uninstall_faults() {
    faults::uninstall();
}

/// A call on a descriptor that is lent, as the core would make it. `position` is the length after a cut. -1: the file has no faults.
/// Else what was written; an error has the system's number as its message.
#[napi(catch_unwind)]
#[allow(
    clippy::needless_pass_by_value,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss
)]
pub fn call_with_faults(
    descriptor: i32,
    call: String,
    bytes: Uint8ArraySlice<'_>,
    position: f64,
) -> Result<f64> {
    let Some((faults, role)) = faults::of_descriptor(descriptor) else { return Ok(-1.0) };
    let done = faults.lent(descriptor, role, call_of(&call)?, &bytes, position as u64);
    match done {
        Ok(count) => Ok(count as f64),
        Err(error) => {
            let number = error.raw_os_error().unwrap_or(0);
            Err(napi::Error::new("SYSTEM_ERROR", number.to_string()))
        }
    }
}

/// Calls that have changed or synced files of this file's faults; negative once the process has been stopped.
#[napi(catch_unwind)]
#[allow(clippy::cast_precision_loss)]
pub fn count_with_faults(descriptor: i32) -> f64 {
    let counts = faults::of_descriptor(descriptor).map(|(faults, _)| counts_of(&faults));
    counts.unwrap_or(0.0)
}

#[allow(clippy::cast_precision_loss)]
fn counts_of(faults: &Arc<Faults>) -> f64 {
    let (calls, is_stopped) = faults.counts();
    if is_stopped { -(calls as f64) } else { calls as f64 }
}

fn rules_of(rules: Vec<FaultRule>) -> Result<Vec<Rule>> {
    rules
        .into_iter()
        .map(|FaultRule { file, call, at, every, fault }| {
            let role = match file.as_deref() {
                None => None,
                Some("db") => Some(Role::Database),
                Some("wal") => Some(Role::Log),
                Some(_) => return Err(misuse("a fault is of db or wal")),
            };
            let fault = match fault {
                -1 => Fault::Stop,
                0 => Fault::Short,
                slow if slow < 0 => Fault::Slow(slow.unsigned_abs()),
                number => Fault::Error(number),
            };
            let call = call.as_deref().map(call_of).transpose()?;
            Ok(Rule { role, call, at: at.into(), every: every.into(), fault })
        })
        .collect()
}

fn call_of(name: &str) -> Result<Call> {
    match name {
        "read" => Ok(Call::Read),
        "write" => Ok(Call::Write),
        "sync" => Ok(Call::Sync),
        "cut" => Ok(Call::Cut),
        "size" => Ok(Call::Size),
        _ => Err(misuse("no such call")),
    }
}
