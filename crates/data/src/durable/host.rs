//! The host name of this machine.

use rustix::system::uname;

/// The host's name, or a placeholder if the system does not report it.
pub fn host() -> String {
    let system = uname();
    let name = system.nodename().to_string_lossy();
    if name.trim().is_empty() { "this-machine".to_owned() } else { name.trim().to_owned() }
}
