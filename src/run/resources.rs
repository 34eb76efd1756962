//! What this process has used so far.

use std::fs;

/// The kernel reports processor time to user space in ticks of 1/100 s, whatever its own clock is.
const TICKS_PER_SECOND: f64 = 100.0;

/// Processor time and memory of this process; `None` where the system does not tell.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Resources {
    /// Seconds of processor time in all threads, user and system.
    pub cpu_seconds: Option<f64>,
    /// Largest resident memory, bytes.
    pub peak_rss_bytes: Option<u64>,
}

impl Resources {
    /// Asks the system.
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

/// Memory that processes can still take, bytes; `None` where the system does not tell.
pub fn available_memory() -> Option<u64> {
    bytes(&fs::read_to_string("/proc/meminfo").ok()?, "MemAvailable:")
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
}
