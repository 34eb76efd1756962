//! What this process has used so far.

use std::fs;
use std::path::{Path, PathBuf};

use rustix::process::{Resource, getrlimit};

/// The kernel reports processor time to user space in ticks of 1/100 s, whatever its own clock is.
const TICKS_PER_SECOND: f64 = 100.0;

/// Processor time and memory of this process; `None` if the system does not report it.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Resources {
    /// Seconds of processor time in all threads, user and system.
    pub cpu_seconds: Option<f64>,
    /// Largest resident memory, bytes.
    pub peak_rss_bytes: Option<u64>,
}

impl Resources {
    /// Queries the system.
    pub fn now() -> Self {
        let stat = fs::read_to_string("/proc/self/stat").ok();
        let status = fs::read_to_string("/proc/self/status").ok();
        Self {
            cpu_seconds: stat.as_deref().and_then(cpu_seconds),
            peak_rss_bytes: status.as_deref().and_then(peak_rss_bytes),
        }
    }
}

/// Fields 14 and 15, `utime` and `stime`. Field 2, the program's name, may hold spaces and parentheses.
fn cpu_seconds(stat: &str) -> Option<f64> {
    let (_, after_name) = stat.rsplit_once(')')?;
    let mut fields = after_name.split_ascii_whitespace().skip(11);
    let user: f64 = fields.next()?.parse().ok()?;
    let system: f64 = fields.next()?.parse().ok()?;
    Some((user + system) / TICKS_PER_SECOND)
}

fn peak_rss_bytes(status: &str) -> Option<u64> {
    bytes(status, "VmHWM:")
}

/// Memory still available to processes, bytes; `None` if the system does not report it.
pub fn available_memory() -> Option<u64> {
    bytes(&fs::read_to_string("/proc/meminfo").ok()?, "MemAvailable:")
}

/// Maximal memory of this process, bytes: that of the machine, or what its control groups or limits allow, if that is
/// less; `None` if the system does not report it.
pub fn machine_memory() -> Option<u64> {
    let installed = bytes(&fs::read_to_string("/proc/meminfo").ok()?, "MemTotal:")?;
    let groups = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let groups = limit_files(&groups).iter().filter_map(|file| limit(file)).fold(installed, u64::min);
    // What the shell allows (`ulimit -v`).
    Some(getrlimit(Resource::As).current.map_or(groups, |own| own.min(groups)))
}

/// A limit in bytes; `None` if there is none (version 2 writes `max`, version 1 a number that no machine has).
fn limit(file: &Path) -> Option<u64> {
    fs::read_to_string(file).ok()?.trim().parse().ok()
}

/// The files that may hold a limit for the groups of a `/proc/self/cgroup`, and for those above them.
fn limit_files(groups: &str) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for line in groups.lines() {
        let mut parts = line.splitn(3, ':').skip(1);
        let (Some(controllers), Some(group)) = (parts.next(), parts.next()) else { continue };
        let (root, name) = match controllers {
            "" => ("/sys/fs/cgroup", "memory.max"),
            c if c.split(',').any(|c| c == "memory") => ("/sys/fs/cgroup/memory", "memory.limit_in_bytes"),
            _ => continue,
        };
        let above = Path::new(group.trim_start_matches('/')).ancestors();
        files.extend(above.map(|group| Path::new(root).join(group).join(name)));
    }
    files
}

/// The number of a line `NAME: N kB`.
fn bytes(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kibibytes.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_behind_an_odd_name() {
        let stat = "12 (a) b (c)) S 1 2 3 4 5 6 7 8 9 10 250 50 0 0 20 0 1 0 99";
        assert_eq!(cpu_seconds(stat), Some(3.0));
        assert_eq!(cpu_seconds("12 (cut"), None);
        assert_eq!(peak_rss_bytes("Name:\tx\nVmHWM:\t    2048 kB\nVmRSS:\t 1 kB\n"), Some(2_097_152));
        assert_eq!(peak_rss_bytes("Name:\tx\n"), None);
    }

    #[test]
    fn limits_of_both_versions_and_of_the_groups_above_count() {
        let files = limit_files("12:cpu:/a\n4:memory:/job/step\n0::/slice\nbroken\n");
        let wanted = [
            "/sys/fs/cgroup/memory/job/step/memory.limit_in_bytes",
            "/sys/fs/cgroup/memory/job/memory.limit_in_bytes",
            "/sys/fs/cgroup/memory/memory.limit_in_bytes",
            "/sys/fs/cgroup/slice/memory.max",
            "/sys/fs/cgroup/memory.max",
        ];
        assert_eq!(files, wanted.map(PathBuf::from));
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("memory.max");
        for (text, value) in [("max\n", None), ("1048576\n", Some(1 << 20))] {
            fs::write(&file, text).unwrap();
            assert_eq!(limit(&file), value);
        }
        assert!(machine_memory().is_none_or(|bytes| bytes > 1 << 20));
    }
}
