//! What this machine is called.

use rustix::system::uname;

/// The host's name, or a stand-in where the system does not tell.
pub fn host() -> String {
    let system = uname();
    let name = system.nodename().to_string_lossy();
    if name.trim().is_empty() { "this-machine".to_owned() } else { name.trim().to_owned() }
}
