//! What this machine is called.

/// The host's name, or a stand-in where the system does not tell.
pub fn host() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    if name.trim().is_empty() { "this-machine".to_owned() } else { name.trim().to_owned() }
}
