//! The findings of an inspection in words.

use semola_document::visible;
use serde_json::Value;

use crate::words::align;
use crate::words::number::short;

/// What [`inspect`](super::inspect) found, as text of several lines.
pub fn describe(found: &Value) -> String {
    if found["kind"] == "file" { describe_file(found) } else { describe_run(found) }
}

fn describe_file(file: &Value) -> String {
    let mut text = format!(
        "{}: {} rows in {} row groups, {} bytes\n",
        word(&file["path"]),
        word(&file["rows"]),
        word(&file["row_groups"]),
        word(&file["bytes"])
    );
    let header = ["column", "type", "unit", "nulls", "lengths", "min", "max", "remark"].map(str::to_owned);
    let mut rows = vec![header.to_vec()];
    rows.extend(list(&file["columns"]).iter().map(describe_column));
    text.push_str(&align(&rows, &[]));
    for (name, reason) in file["unreadable"].as_object().into_iter().flatten() {
        text.push_str(&format!("{name}: of a type that is not known here ({})\n", word(reason)));
    }
    text
}

fn describe_column(column: &Value) -> Vec<String> {
    let lengths = match (&column["shortest"], &column["longest"]) {
        (Value::Null, _) => String::new(),
        (shortest, longest) if shortest == longest => word(shortest),
        (shortest, longest) => format!("{}..{}", word(shortest), word(longest)),
    };
    let remark = match column["not_finite"].as_u64() {
        Some(count) => format!("{count} not finite"),
        None => describe_pictures(&column["pictures"]),
    };
    let [name, kind, unit, nulls, low, high] =
        ["name", "type", "unit", "nulls", "min", "max"].map(|key| word(&column[key]));
    vec![name, kind, unit, nulls, lengths, low, high, remark]
}

/// `png 28×28×1`, with what differs from row to row.
fn describe_pictures(pictures: &Value) -> String {
    if pictures.is_null() {
        return String::new();
    }
    let span = |key: &str| match (word(&pictures[key]["min"]), word(&pictures[key]["max"])) {
        (low, high) if low == high => low,
        (low, high) => format!("{low}..{high}"),
    };
    let formats: Vec<String> = list(&pictures["formats"]).iter().map(word).collect();
    let size = ["height", "width", "channels"].map(span).join("×");
    match pictures["unreadable"].as_u64() {
        None | Some(0) => format!("{} {size}", formats.join(", ")),
        Some(bad) => format!("{} {size}, {bad} unreadable", formats.join(", ")),
    }
}

fn describe_run(run: &Value) -> String {
    let members = list(&run["members"]);
    let mut text =
        format!("{}: {} member{}\n", word(&run["path"]), members.len(), if members.len() == 1 { "" } else { "s" });
    members.iter().for_each(|member| text.push_str(&describe_member(member)));
    text
}

fn describe_member(member: &Value) -> String {
    let mut text = format!(
        "\n{}  {}  {} seed {}\n",
        word(&member["member"]),
        word(&member["status"]),
        word(&member["name"]),
        word(&member["seed"])
    );
    let mut facts: Vec<(&str, String)> =
        ["holder", "error", "device", "started", "finished", "attempts"].map(|key| (key, word(&member[key]))).into();
    // Time is written down when an attempt ends: 0 says that none has.
    let seconds = |key: &str| member[key].as_f64().filter(|s| *s > 0.0).map(|s| format!("{s:.1}")).unwrap_or_default();
    let running = seconds("running_seconds");
    facts.push(("running", if running.is_empty() { running } else { format!("for {running} seconds") }));
    facts.push(("seconds", seconds("seconds")));
    facts.push(("cpu_seconds", seconds("cpu_seconds")));
    facts.push((
        "memory",
        member["peak_rss_bytes"].as_u64().map(|bytes| format!("{} MiB", bytes >> 20)).unwrap_or_default(),
    ));
    facts.push(("tables", list(&member["tables"]).iter().map(describe_table).collect::<Vec<_>>().join(", ")));
    facts.push(("checkpoints", list(&member["checkpoints"]).iter().map(word).collect::<Vec<_>>().join(", ")));
    for (label, fact) in facts.into_iter().filter(|(_, fact)| !fact.is_empty()) {
        text.push_str(&format!("  {label:<12} {fact}\n"));
    }
    let events = list(&member["events"]);
    if !events.is_empty() {
        text.push_str("  last events\n");
        events.iter().for_each(|event| text.push_str(&format!("    {event}\n")));
    }
    text
}

fn describe_table(table: &Value) -> String {
    match table["error"].as_str() {
        Some(error) => format!("{} (damaged: {error})", word(&table["table"])),
        None => format!("{} {}", word(&table["table"]), word(&table["rows"])),
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

/// A scalar as it is said; nothing for null.
fn word(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => visible(text).into_owned(),
        Value::Number(number) if number.is_f64() => number.as_f64().map(|value| short(value, 6)).unwrap_or_default(),
        other => other.to_string(),
    }
}
