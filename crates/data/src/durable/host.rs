//! The host name of this machine.

use rustix::system::uname;

/// The host's name, or a placeholder if the system does not report it. It becomes part of file names: what does not belong
/// there is a dash.
pub fn host() -> String {
    let plain = |c: char| if c.is_alphanumeric() || "-_.".contains(c) { c } else { '-' };
    let name: String = uname().nodename().to_string_lossy().trim().chars().map(plain).collect();
    if name.is_empty() { "this-machine".to_owned() } else { name }
}
