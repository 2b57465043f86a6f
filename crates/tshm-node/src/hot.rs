//! The calls of every transaction, without what napi-rs does around a method: finding the native object behind
//! `this` costs more than most of these calls do. Each is a function of its own for each connection, with a
//! pointer to the connection as its data. What each does and answers is said in `coordination/native.ts`, where they are declared.
//!
//! The pointer is a counted reference that the function's finalizer gives back, so that a function may outlive the
//! object it was taken from. All of it happens on the one JavaScript thread that made it.
#![allow(unsafe_code)]

use std::any::Any;
use std::cell::RefCell;
use std::ffi::{CStr, CString, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;
use std::rc::Rc;

use napi::sys;

use crate::error::{self, Result, misuse};
use crate::inner::Inner;

type Cell = RefCell<Inner>;
type Callback = unsafe extern "C" fn(sys::napi_env, sys::napi_callback_info) -> sys::napi_value;

const MOST_ARGUMENTS: usize = 3;
/// Numbers; 0 where one is not given.
type Arguments = [u32; MOST_ARGUMENTS];

/// What a call answers.
enum Answer {
    Nothing,
    Number(u32),
    Signed(i32),
    Truth(bool),
}

/// Puts the functions on the new object. False: not all of them are there.
pub fn attach(env: sys::napi_env, object: sys::napi_value, cell: &Rc<Cell>) -> bool {
    let calls: [(&CStr, Callback); 10] = [
        (c"beginRead", begin_read),
        (c"endRead", end_read),
        (c"isPinIntact", is_pin_intact),
        (c"findFrame", find_frame),
        (c"changedSince", changed_since),
        (c"beginTransaction", begin_transaction),
        (c"beginWrite", begin_write),
        (c"endWrite", end_write),
        (c"readFrame", read_frame),
        (c"commitFrames", commit_frames),
    ];
    for (name, callback) in calls {
        let data = Rc::into_raw(cell.clone()).cast::<c_void>().cast_mut();
        let mut function = ptr::null_mut();
        // SAFETY: `env` and `object` are those of the running call. `data` is a counted reference; its count goes
        // to the finalizer when that is registered, and is given back here otherwise.
        unsafe {
            let length = name.count_bytes().cast_signed();
            let made = sys::napi_create_function(
                env,
                name.as_ptr(),
                length,
                Some(callback),
                data,
                &raw mut function,
            );
            let is_owned = made == sys::Status::napi_ok
                && sys::napi_add_finalizer(
                    env,
                    function,
                    data,
                    Some(finalize),
                    ptr::null_mut(),
                    ptr::null_mut(),
                ) == sys::Status::napi_ok;
            if !is_owned {
                drop(Rc::from_raw(data.cast::<Cell>()));
                return false;
            }
            let set = sys::napi_set_named_property(env, object, name.as_ptr(), function);
            if set != sys::Status::napi_ok {
                return false;
            }
        }
    }
    true
}

unsafe extern "C" fn finalize(_env: sys::napi_env, data: *mut c_void, _hint: *mut c_void) {
    // SAFETY: the counted reference that `attach` made for this function, which runs no more.
    drop(unsafe { Rc::from_raw(data.cast::<Cell>()) });
}

/// Runs a call, and carries its answer, its error or its panic to JavaScript.
///
/// # Safety
/// `env` and `info` are those of a call of a function made by `attach`.
#[inline]
unsafe fn answer(
    env: sys::napi_env,
    info: sys::napi_callback_info,
    run: impl FnOnce(&mut Inner, Arguments) -> Result<Answer>,
) -> sys::napi_value {
    let mut arguments: Arguments = [0; MOST_ARGUMENTS];
    let mut count = MOST_ARGUMENTS;
    let mut given = [ptr::null_mut(); MOST_ARGUMENTS];
    let mut data = ptr::null_mut();
    // SAFETY: by the contract; the array has room for the arguments that are asked for. What is no number
    // leaves 0.
    let cell = unsafe {
        let asked = sys::napi_get_cb_info(
            env,
            info,
            &raw mut count,
            given.as_mut_ptr(),
            ptr::null_mut(),
            &raw mut data,
        );
        if asked != sys::Status::napi_ok || data.is_null() {
            throw(env, "SQLITE_INTERNAL", "the call did not say whose it is");
            return ptr::null_mut();
        }
        for (argument, value) in arguments.iter_mut().zip(given).take(count) {
            sys::napi_get_value_uint32(env, value, argument);
        }
        // Alive: the function that is running holds a count.
        &*data.cast::<Cell>()
    };
    let outcome = catch_unwind(AssertUnwindSafe(|| match cell.try_borrow_mut() {
        Ok(mut inner) => run(&mut inner, arguments),
        Err(_) => Err(misuse("a connection does one thing at a time")),
    }));
    let mut value = ptr::null_mut();
    // SAFETY: `env` is that of the running call.
    unsafe {
        match outcome {
            Ok(Ok(Answer::Nothing)) => {}
            Ok(Ok(Answer::Number(number))) => {
                sys::napi_create_uint32(env, number, &raw mut value);
            }
            Ok(Ok(Answer::Signed(number))) => {
                sys::napi_create_int32(env, number, &raw mut value);
            }
            Ok(Ok(Answer::Truth(truth))) => {
                sys::napi_get_boolean(env, truth, &raw mut value);
            }
            Ok(Err(error)) => throw(env, error.status, &error.reason),
            Err(panic) => throw(env, "SQLITE_INTERNAL", &panic_message(&*panic)),
        }
    }
    value
}

fn panic_message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "the native core failed".into())
}

/// # Safety
/// `env` is that of the running call.
unsafe fn throw(env: sys::napi_env, code: &str, message: &str) {
    // A NUL in a message comes from a path, and paths with one do not open.
    let code = CString::new(code).unwrap_or_default();
    let message = CString::new(message.replace('\0', "")).unwrap_or_default();
    // SAFETY: by the contract; both strings end with a NUL and live until the call returns.
    unsafe { sys::napi_throw_error(env, code.as_ptr(), message.as_ptr()) };
}

macro_rules! call {
    ($name:ident, $body:expr) => {
        unsafe extern "C" fn $name(
            env: sys::napi_env,
            info: sys::napi_callback_info,
        ) -> sys::napi_value {
            // SAFETY: only `attach` makes functions of this.
            unsafe { answer(env, info, $body) }
        }
    };
}

call!(begin_read, |inner, _| inner.begin_read().map(Answer::Number));
call!(end_read, |inner, _| {
    inner.connection.end_read();
    Ok(Answer::Nothing)
});
call!(is_pin_intact, |inner, _| {
    let is_intact = inner.connection.is_pin_intact();
    match inner.connection.damage().filter(|_| !is_intact) {
        Some(damage) => Err(error::from_core(damage)),
        None => Ok(Answer::Truth(is_intact)),
    }
});
call!(find_frame, |inner, [pgno, ..]| {
    let frame = inner.connection.find_frame(pgno);
    // Frames have 32 bits; see `snapshot_of` and the recovery of the log.
    u32::try_from(frame).map(Answer::Number).map_err(|_| {
        error::from_core(tshm::Error::Corrupt("a frame number is out of range".into()))
    })
});
call!(begin_write, |inner, _| inner.begin_write().map(Answer::Number));
call!(changed_since, |inner, [frame, ..]| Ok(Answer::Signed(inner.changed_since(frame))));
call!(end_write, |inner, _| {
    inner.connection.end_write().map(|()| Answer::Nothing).map_err(error::from_core)
});
call!(begin_transaction, |inner, [timeout_us, joins, seen_frame]| {
    inner.begin_transaction(timeout_us, joins != 0, seen_frame).map(Answer::Signed)
});
call!(read_frame, |inner, [pgno, ..]| inner.read_frame(pgno).map(Answer::Number));
call!(commit_frames, |inner, [count, page_count, flags]| {
    inner.commit_frames(count as usize, page_count, flags).map(Answer::Truth)
});
