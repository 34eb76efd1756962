//! `events.jsonl`: one JSON object a line, flushed, surviving restarts.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use semola_data::Event;
use serde_json::{Map, Value};

use super::error::RunError;
use semola_data::durable::clock;

/// Name of the event log in a member's directory.
pub const EVENTS_FILE: &str = "events.jsonl";

/// The event log, open for appending.
#[derive(Debug)]
pub struct Events {
    file: File,
}

impl Events {
    /// Opens the log of a member's directory. A last line truncated by a kill is removed.
    pub(super) fn open(member: &Path) -> Result<Self, RunError> {
        let path = member.join(EVENTS_FILE);
        let mut options = OpenOptions::new();
        let file = options.read(true).append(true).create(true).open(&path);
        let mut file = file.map_err(RunError::io(&path, "open the event log"))?;
        heal(&mut file).map_err(RunError::io(&path, "mend the event log"))?;
        Ok(Self { file })
    }

    /// Appends one event: the time, what happened, and, if given, the CPU seconds that this process has used.
    pub fn append(&mut self, event: &Event, cpu_seconds: Option<f64>) -> io::Result<()> {
        let mut line = Map::new();
        line.insert("time".to_owned(), clock::now().into());
        if let Value::Object(fields) = serde_json::to_value(event)? {
            line.extend(fields.into_iter().filter(|(key, _)| key != "time"));
        }
        if let Some(seconds) = cpu_seconds {
            line.insert("cpu_seconds".to_owned(), seconds.into());
        }
        // One write of the whole line, so that a kill seldom tears it.
        self.file.write_all(format!("{}\n", Value::Object(line)).as_bytes())
    }
}

/// Truncates the file after its last line feed.
fn heal(file: &mut File) -> io::Result<()> {
    let length = file.seek(SeekFrom::End(0))?;
    let mut end = length;
    let mut block = [0; 4096];
    while end > 0 {
        let start = end.saturating_sub(block.len() as u64);
        let part = &mut block[..(end - start) as usize];
        file.seek(SeekFrom::Start(start))?;
        file.read_exact(part)?;
        if let Some(at) = part.iter().rposition(|byte| *byte == b'\n') {
            end = start + at as u64 + 1;
            break;
        }
        end = start;
    }
    if end < length { file.set_len(end) } else { Ok(()) }
}

/// The last `count` whole events of a member's directory, oldest first. Lines that are not JSON are left out.
pub fn last_events(member: &Path, count: usize) -> Vec<Value> {
    let text = fs::read(member.join(EVENTS_FILE)).unwrap_or_default();
    let lines = text.split(|byte| *byte == b'\n').rev();
    let mut events: Vec<Value> = lines.filter_map(|line| serde_json::from_slice(line).ok()).take(count).collect();
    events.reverse();
    events
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_torn_line_is_removed_and_the_log_goes_on() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(EVENTS_FILE);
        let mut events = Events::open(dir.path()).unwrap();
        events.append(&Event::Warning { message: "two\nlines".to_owned() }, None).unwrap();
        events.append(&Event::Prepared(json!({"epoch": 0, "time": "ignored"})), Some(1.5)).unwrap();
        drop(events);
        let whole = fs::read(&path).unwrap();
        // Longer than one block of the search.
        let torn = [whole.as_slice(), b"{\"time\": \"2026", &[b'x'; 9000]].concat();
        fs::write(&path, torn).unwrap();

        let mut events = Events::open(dir.path()).unwrap();
        assert_eq!(fs::read(&path).unwrap(), whole);
        events.append(&Event::Prepared(json!({"value": 1})), None).unwrap();
        let found = last_events(dir.path(), 2);
        assert_eq!((&found[0]["epoch"], &found[1]["value"]), (&json!(0), &json!(1)));
        assert_eq!((&found[0]["event"], &found[0]["cpu_seconds"]), (&json!("prepared"), &json!(1.5)));
        assert!(found[0]["time"].as_str().unwrap().ends_with('Z'));
        assert_eq!(last_events(dir.path(), 9).len(), 3);
    }

    #[test]
    fn a_log_without_any_whole_line_is_emptied() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join(EVENTS_FILE), "{\"time\"").unwrap();
        Events::open(dir.path()).unwrap();
        assert_eq!(fs::read(dir.path().join(EVENTS_FILE)).unwrap(), b"");
    }
}
