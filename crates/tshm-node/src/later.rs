//! Commits whose sync runs on a thread of Node's pool, while the event loop goes on.

use std::sync::Arc;

use napi::bindgen_prelude::{AsyncTask, Uint32ArraySlice};
use napi::{Env, Task};
use napi_derive::napi;
use tshm::connection::log_sync::LogSync;

use crate::coordinator::Coordinator;
use crate::error::Result;

/// The promise is kept when it has run, whatever came of it.
pub struct SyncTask(Arc<LogSync>);

impl Task for SyncTask {
    type Output = ();
    type JsValue = ();

    fn compute(&mut self) -> napi::Result<()> {
        self.0.run();
        Ok(())
    }

    fn resolve(&mut self, _env: Env, _output: ()) -> napi::Result<()> {
        Ok(())
    }
}

#[napi]
impl Coordinator {
    /// As `commitFrames` at its flag 2, up to the sync, which another thread does. The promise is kept when that has ended, however;
    /// `finishCommit` tells, and does the rest.
    #[napi(catch_unwind, ts_return_type = "Promise<void>")]
    pub fn begin_commit(
        &self,
        count: u32,
        page_count: u32,
        big_endian_words: bool,
    ) -> Result<AsyncTask<SyncTask>> {
        let sync = self.inner().begin_commit(count as usize, page_count, big_endian_words)?;
        Ok(AsyncTask::new(SyncTask(sync)))
    }

    /// The same where the frames are written.
    #[napi(catch_unwind, ts_return_type = "Promise<void>")]
    #[allow(clippy::needless_pass_by_value)]
    pub fn begin_commit_of(
        &self,
        pgnos: Uint32ArraySlice<'_>,
        checksum1: u32,
        checksum2: u32,
    ) -> Result<AsyncTask<SyncTask>> {
        let sync = self.inner().begin_commit_of(&pgnos, (checksum1, checksum2))?;
        Ok(AsyncTask::new(SyncTask(sync)))
    }

    /// Waits for the sync where it is still under way, and answers and fails as `commitFrames`.
    #[napi(catch_unwind)]
    pub fn finish_commit(&self) -> Result<bool> {
        self.inner().finish_commit()
    }
}
