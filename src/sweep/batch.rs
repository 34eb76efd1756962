//! A job array as arguments of `sbatch` and a batch script.
//!
//! Options are arguments, not `#SBATCH` lines: no shell and no parser of comments reads them. The script holds what a shell
//! has to read, quoted so that any path works, and nothing but ASCII, which every version of Slurm stores as it is.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use super::slurm::{SlurmOptions, Work};

/// The name of a log; Slurm replaces `%A` and `%a`.
const LOG: &str = "slurm-%A_%a.log";

/// Longest part of a name that goes into a job's name.
const LONGEST_NAME: usize = 100;

impl SlurmOptions {
    /// Checks the values before anything is submitted.
    ///
    /// # Errors
    /// The first unusable option, in words.
    pub fn check(&self) -> Result<(), String> {
        let named = [
            ("partition", &self.partition),
            ("account", &self.account),
            ("qos", &self.qos),
            ("time", &self.time),
            ("mem", &self.memory),
        ];
        for (option, value) in named.iter().filter_map(|(option, value)| value.as_ref().map(|value| (option, value))) {
            let odd = |c: char| c.is_control() || c.is_whitespace();
            if value.is_empty() || value.contains(odd) || value.starts_with('-') {
                return Err(format!("--{option} {value:?}: a value without spaces and line ends is needed"));
            }
        }
        self.extra.iter().try_for_each(|option| words(option).map(drop))
    }
}

/// An `--sbatch` option as arguments: `--nice=100`, or `--comment 'two words'`.
fn words(option: &str) -> Result<Vec<String>, String> {
    let wrong = |why: &str| Err(format!("--sbatch={option:?}: {why}, such as --sbatch=--nice=100"));
    if option.contains(char::is_control) {
        return wrong("give one option of sbatch on one line");
    }
    match shell_words::split(option) {
        Ok(words) if words.first().is_some_and(|word| word.starts_with('-') && word.len() > 1 && word != "--") => {
            Ok(words)
        }
        Ok(_) => wrong("give an option of sbatch"),
        Err(_) => wrong("a quote is not closed; give an option of sbatch"),
    }
}

/// The arguments of `sbatch` for an array of so many elements; the script comes last.
pub(super) fn arguments(
    logs: &Path,
    script: &Path,
    work: Work,
    elements: usize,
    options: &SlurmOptions,
) -> Result<Vec<OsString>, String> {
    options.check()?;
    let throttle = options.throttle.map_or_else(String::new, |t| format!("%{t}"));
    let output = if is_pattern_safe(logs) { logs.join(LOG).into_os_string() } else { "/dev/null".into() };
    // All paths are absolute; the directory of the submission may not exist on the node.
    let mut all: Vec<OsString> = vec!["--parsable".into(), "--chdir=/".into(), joined("--output=", &output)];
    let mut put = |option: &str, value: Option<String>| all.extend(value.map(|v| format!("--{option}={v}").into()));
    put("job-name", Some(format!("semola-{}", plain(work.name))));
    put("array", Some(format!("0-{}{throttle}", elements.saturating_sub(1))));
    put("open-mode", Some("append".to_owned()));
    put("cpus-per-task", Some(work.threads.to_string()));
    put("signal", Some(format!("B:USR1@{}", options.warn)));
    put("partition", options.partition.clone());
    put("account", options.account.clone());
    put("qos", options.qos.clone());
    put("time", options.time.clone());
    put("mem", options.memory.clone());
    put("gpus-per-task", options.gpus.map(|g| g.to_string()));
    all.push("--requeue".into());
    for option in &options.extra {
        all.extend(words(option)?.into_iter().map(OsString::from));
    }
    all.push(script.into());
    Ok(all)
}

/// Whether Slurm takes the directory of logs as it is: in the name of an output `%` and `\` have a meaning, in the directory
/// that it is relative to as well. Elsewhere the script opens the log itself, without Slurm's own remarks in it.
fn is_pattern_safe(logs: &Path) -> bool {
    logs.as_os_str().as_encoded_bytes().iter().all(|b| (b' '..=b'~').contains(b) && !b"%\\".contains(b))
}

/// The batch script. It ends in `exec`, so that signals reach the worker and not a shell.
pub(super) fn script(list: &Path, logs: &Path, work: Work) -> String {
    let log = quoted(logs.join("slurm-").as_os_str());
    let log = match is_pattern_safe(logs) {
        true => String::new(),
        false => format!("exec >>{log}\"${{SLURM_ARRAY_JOB_ID}}_${{SLURM_ARRAY_TASK_ID}}.log\" 2>&1\n"),
    };
    let command: Vec<String> = std::iter::once(work.program.as_os_str())
        .chain(work.arguments.iter().map(OsString::as_os_str))
        .map(quoted)
        .collect();
    format!(
        "#!/bin/bash\n{log}members=$(sed -n \"$((SLURM_ARRAY_TASK_ID + 1))p\" {}) || exit 1\nexec {} {} \"$members\"\n",
        quoted(list.as_os_str()),
        command.join(" "),
        work.list
    )
}

/// `option` followed by a value that need not be UTF-8.
pub fn joined(option: &str, value: &OsStr) -> OsString {
    let mut all = OsString::from(option);
    all.push(value);
    all
}

/// A name as part of a job's name, in which Slurm's own patterns and lists give other characters a meaning.
fn plain(name: &str) -> String {
    let safe = |c: char| if c.is_ascii_alphanumeric() || "_-.".contains(c) { c } else { '-' };
    name.chars().map(safe).take(LONGEST_NAME).collect()
}

/// One word for bash, in printable ASCII.
fn quoted(word: &OsStr) -> String {
    let bytes = word.as_encoded_bytes();
    let harmless = |b: &u8| b.is_ascii_alphanumeric() || b"_-./,:=+@%".contains(b);
    let text = String::from_utf8_lossy(bytes);
    if !bytes.is_empty() && bytes.iter().all(harmless) {
        return text.into_owned();
    }
    if bytes.iter().all(|b| (b' '..=b'~').contains(b)) {
        return format!("'{}'", text.replace('\'', "'\\''"));
    }
    let escaped = |&b: &u8| match b {
        b'\\' | b'\'' => format!("\\{}", char::from(b)),
        b' '..=b'~' => char::from(b).to_string(),
        _ => format!("\\x{b:02x}"),
    };
    format!("$'{}'", bytes.iter().map(escaped).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options() -> SlurmOptions {
        SlurmOptions { warn: 90, pack: 1, ..SlurmOptions::default() }
    }

    fn work<'a>(program: &'a Path, arguments: &'a [OsString], name: &'a str) -> Work<'a> {
        Work { program, arguments, list: "--members", name, threads: 2 }
    }

    #[test]
    fn options_are_arguments_of_their_own_whatever_they_hold() {
        let options = SlurmOptions {
            partition: Some("gpu".into()),
            gpus: Some(1),
            throttle: Some(8),
            extra: vec!["--nice=100".into(), "--comment 'two words; rm -rf /'".into()],
            ..options()
        };
        let program = Path::new("/opt/semola");
        let (logs, script) = (Path::new("/data/it's %j\\ \"\n#x/logs"), Path::new("/data/o 3/job.sh"));
        let name = "a b\n#SBATCH --wrap='touch PWNED' %j \\";
        let found = arguments(logs, script, work(program, &[], name), 5, &options).unwrap();
        for argument in [
            "--array=0-4%8",
            "--partition=gpu",
            "--gpus-per-task=1",
            "--signal=B:USR1@90",
            "--cpus-per-task=2",
            "--output=/dev/null",
            "--nice=100",
            "two words; rm -rf /",
            "--chdir=/",
            "--job-name=semola-a-b--SBATCH---wrap--touch-PWNED---j--",
        ] {
            assert!(found.iter().any(|a| a == argument), "{argument}: {found:?}");
        }
        assert_eq!(found.last().unwrap(), script.as_os_str());
        let found = arguments(Path::new("/o 3/logs"), script, work(program, &[], "n"), 1, &options).unwrap();
        assert!(found.iter().any(|a| a == "--output=/o 3/logs/slurm-%A_%a.log"), "{found:?}");
    }

    #[test]
    fn values_that_are_no_values_are_refused() {
        for value in ["main\ntouch PWNED", "", "a b", "-x", "\t"] {
            let wrong = SlurmOptions { partition: Some(value.into()), ..options() };
            assert!(wrong.check().unwrap_err().starts_with("--partition "), "{value:?}");
            assert!(SlurmOptions { time: Some(value.into()), ..options() }.check().is_err());
        }
        for extra in ["nice", "", "--", "-", "x --nice=1", "--comment='open", "--nice=1\n--wrap=x"] {
            let wrong = SlurmOptions { extra: vec![extra.into()], ..options() };
            assert!(wrong.check().unwrap_err().contains("--sbatch="), "{extra:?}");
        }
        SlurmOptions { partition: Some("a,b".into()), time: Some("2-00:00:00".into()), ..options() }.check().unwrap();
    }

    /// bash says what it reads.
    #[cfg(unix)]
    #[test]
    fn every_word_comes_out_of_a_shell_as_it_went_in() {
        use std::os::unix::ffi::OsStrExt;
        let words: [&[u8]; 9] = [
            b"/plain/path-1.sh",
            b"",
            b"a b",
            b"it's \"$HOME\" `id` $(id) \\ %j #x; & | < >",
            b"line\nfeed\r\n\t",
            b"\xff\xfe/\x80",
            "ä/速度".as_bytes(),
            b"~",
            b"*?[a]{b,c}!",
        ];
        for word in words {
            let text = quoted(OsStr::from_bytes(word));
            assert!(text.bytes().all(|b| (b' '..=b'~').contains(&b)), "{text}");
            let said = std::process::Command::new("bash").args(["-c", &format!("printf %s {text}")]).output().unwrap();
            assert_eq!(said.stdout, word, "{text}");
        }
        let list = Path::new(OsStr::from_bytes(b"/d/\n#SBATCH --wrap=x/\xff"));
        let arguments = ["sweep".into(), "task".into(), OsString::from("a 'b'")];
        let program = Path::new("/opt/semola pipe");
        let text = script(list, Path::new("/d/logs"), work(program, &arguments, "n"));
        assert_eq!(text.lines().count(), 3, "{text}");
        assert!(text.lines().skip(1).all(|line| !line.starts_with('#')), "{text}");
        let own = script(list, Path::new("/d %j/it's/logs"), work(program, &arguments, "n"));
        let log = r#"exec >>'/d %j/it'\''s/logs/slurm-'"${SLURM_ARRAY_JOB_ID}_${SLURM_ARRAY_TASK_ID}.log" 2>&1"#;
        assert_eq!(own.lines().nth(1).unwrap(), log);
        assert_eq!(
            text.lines().last().unwrap(),
            "exec '/opt/semola pipe' sweep task 'a '\\''b'\\''' --members \"$members\""
        );
    }
}
