fn main() {
    napi_build::setup();
    // Node unloads an addon with the last of its environments, and a worker thread is one. The registry and its threads
    // belong to the process, so the code stays. macOS never unloads a library that has thread-local values.
    let system = std::env::var("CARGO_CFG_TARGET_OS").unwrap_or_default();
    if system == "linux" || system == "android" {
        println!("cargo:rustc-cdylib-link-arg=-Wl,-z,nodelete");
    }
}
