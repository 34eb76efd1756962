//! What a record states, compared with what it holds, before it is parsed: the parser takes counts on trust, allocates for
//! them, and reads a charge that it does not understand as none.

use std::collections::HashSet;

/// The beginning of the lines of V3000.
const V30: &str = "M  V30 ";

/// A line of the record, from 0, and what is wrong there.
type Wrong = (u64, String);

/// Checks the counts and charges of a record.
///
/// # Errors
/// The line, counted from the record's first, and what is wrong with it.
pub fn check(text: &str) -> Result<(), Wrong> {
    match text.lines().nth(3) {
        Some(counts) if counts.contains("V3000") => v3000(text),
        Some(counts) => v2000(text, counts),
        None => Ok(()),
    }
}

/// Characters `from..to` of a line as a number; `None`: they are none.
fn field(line: &str, from: usize, to: usize) -> Option<usize> {
    line.get(from..to.min(line.len())).map(str::trim).filter(|text| !text.is_empty()).and_then(|text| text.parse().ok())
}

/// The counts are in columns of three characters, so that there are at most 999 atoms: with more, the columns shift, and
/// what they then say is less than what follows.
fn v2000(text: &str, counts: &str) -> Result<(), Wrong> {
    // What cannot be read is told by the parser.
    let (Some(atoms), Some(bonds)) = (field(counts, 0, 3), field(counts, 3, 6)) else { return Ok(()) };
    let more = field(counts, 6, 9).unwrap_or(0) + 2 * field(counts, 15, 18).unwrap_or(0);
    let is_property = |line: &str| {
        ["M  ", "A  ", "V  ", "G  ", "S  SKP", super::record::END].iter().any(|start| line.starts_with(start))
    };
    let block = || text.lines().skip(4).take_while(|line| !is_property(line));
    let found = block().filter(|line| !line.trim().is_empty()).count();
    if found > atoms + bonds + more {
        let what = format!(
            "the counts say {atoms} atoms and {bonds} bonds, but {found} lines follow; V2000 has three columns for each \
             count: write more than 999 atoms or bonds as V3000"
        );
        return Err((3, what));
    }
    // Lines of their own take the place of the atoms' charges.
    if text.lines().any(|line| line.starts_with("M  CHG") || line.starts_with("M  RAD")) {
        return Ok(());
    }
    for (offset, line) in (4..).zip(block().take(atoms)) {
        let code = line.get(36..39.min(line.len())).map(str::trim).filter(|code| !code.is_empty());
        if let Some(code) = code.filter(|code| code.parse::<u8>().map_or(true, |code| code > 7)) {
            return Err((
                offset,
                format!("`{code}` is not a code of a charge, 0 to 7; write `M  CHG` lines for others"),
            ));
        }
    }
    Ok(())
}

/// As many lines must follow as atoms and bonds are stated; numbers of atoms are theirs alone, and charges fit the column.
fn v3000(text: &str) -> Result<(), Wrong> {
    let there = text.lines().filter(|line| line.starts_with(V30)).count();
    let mut numbers = HashSet::new();
    let mut in_atoms = false;
    for (offset, line) in logical_lines(text) {
        let mut words = line.split_whitespace();
        match (words.next(), words.next()) {
            (Some("COUNTS"), atoms) => {
                let stated = |word: Option<&str>| word.and_then(|word| word.parse::<usize>().ok()).unwrap_or(0);
                let (atoms, bonds) = (stated(atoms), stated(words.next()));
                if atoms.saturating_add(bonds) > there {
                    let what = format!(
                        "the counts say {atoms} atoms and {bonds} bonds, but there are {there} lines of V3000 in all"
                    );
                    return Err((offset, what));
                }
            }
            (Some("BEGIN"), Some("ATOM")) => in_atoms = true,
            (Some("END"), Some("ATOM")) => in_atoms = false,
            (Some(number), _) if in_atoms => {
                if !numbers.insert(number.to_owned()) {
                    return Err((offset, format!("two atoms have the number {number}")));
                }
                // Three coordinates and a mapping come before.
                for word in words.skip(4) {
                    charge(word).map_err(|what| (offset, what))?;
                }
            }
            _ => {}
        }
    }
    Ok(())
}

fn charge(word: &str) -> Result<(), String> {
    match word.split_once('=') {
        Some((key, value)) if key.eq_ignore_ascii_case("CHG") && value.parse::<i8>().is_err() => {
            Err(format!("`{word}` is not a charge: an integer from -128 to 127 is needed"))
        }
        _ => Ok(()),
    }
}

/// The lines of V3000, those that end in `-` joined with the next, with the line where each begins.
fn logical_lines(text: &str) -> Vec<(u64, String)> {
    let mut lines: Vec<(u64, String)> = Vec::new();
    let mut open = false;
    for (offset, line) in (0..).zip(text.lines()) {
        let Some(rest) = line.strip_prefix(V30) else {
            open = false;
            continue;
        };
        let (part, more) = rest.strip_suffix('-').map_or((rest, false), |part| (part, true));
        match lines.last_mut().filter(|_| open) {
            Some((_, line)) => line.push_str(part),
            None => lines.push((offset, part.to_owned())),
        }
        open = more;
    }
    lines
}
