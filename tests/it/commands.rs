//! Every command and option: what goes to stdout, what to stderr, what is written.

use std::io::Read;
use std::process::Stdio;

use serde_json::Value;

use crate::project::{Done, PIPELINE, Project, files};
use crate::rows::{manifest, table, tables_of_every_run};

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|e| panic!("{e} in:\n{text}"))
}

#[test]
fn check_prints_the_plan_and_writes_nothing() {
    let project = Project::new();
    let before = files(&project.path(""));
    let done = project.semola(&["check", "p.yaml"]);
    assert_eq!(done.err, "");
    let out = done.succeeds();
    for line in [
        "tiny: 6 stages, seed 0, pipeline ",
        "[0] read train: 600 rows from train.parquet",
        "[3] train learned on train (about 540 rows)",
        "mlp 2 → 16 → 2, 82 parameters",
        "2 generators in a space of 4 dimensions",
        "train: 600 rows, 100 groups",
    ] {
        assert!(out.contains(line), "`{line}` is not in\n{out}");
    }
    assert_eq!(files(&project.path("")), before);
    let out = project.semola(&["check", "p.yaml", "--seed", "5", "--set", "learned.epochs=7"]).succeeds();
    assert!(out.contains("seed 5") && out.contains("7 epochs"), "{out}");
}

#[test]
fn the_schema_in_the_documentation_is_the_programs_own() {
    let project = Project::with_pipeline(PIPELINE);
    let schema = project.semola(&["schema"]).succeeds();
    assert_eq!(json(&schema)["type"], "object");
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/schema.json");
    let documented = std::fs::read_to_string(path).unwrap_or_default();
    assert!(schema == documented, "write it again with: semola-pipe schema > docs/schema.json");
}

#[test]
fn the_environment_is_told_in_words_and_as_json() {
    let project = Project::with_pipeline(PIPELINE);
    let facts = json(&project.semola(&["env", "--json"]).succeeds());
    assert_eq!(facts["versions"]["semola-pipe"], semola_pipe::VERSION);
    assert!(facts["threads"].as_u64().unwrap() > 0);
    assert!(facts["cuda_available"].is_boolean());
    assert!(project.semola(&["env"]).succeeds().starts_with("arrow"));
}

#[test]
fn completions_know_every_command_in_every_shell() {
    let project = Project::with_pipeline(PIPELINE);
    for shell in ["bash", "zsh", "fish"] {
        let script = project.semola(&["completions", shell]).succeeds();
        for word in ["semola-pipe", "check", "inspect", "schema", "threads", "fresh"] {
            assert!(script.contains(word), "{shell}: `{word}` is missing");
        }
    }
}

#[test]
fn manual_pages_name_the_commands_and_their_options() {
    let project = Project::with_pipeline(PIPELINE);
    let page = |of: &[&str]| project.semola(&[&["man"], of].concat()).succeeds().replace("\\-", "-");
    assert!(page(&[]).contains("semola-pipe-run(1)") && page(&[]).contains(".SH SUBCOMMANDS"));
    let run = page(&["run"]);
    for word in [".SH OPTIONS", "--threads", "--set", "PIPELINE"] {
        assert!(run.contains(word), "{word}: {run}");
    }
    assert!(page(&["sweep", "run"]).contains("--jobs"));
    project.semola(&["man", "rnu"]).fails(2, &["there is no command 'rnu'", "run"]);
}

#[test]
fn help_and_version_are_data() {
    let project = Project::with_pipeline(PIPELINE);
    for args in [&["--help"][..], &["run", "--help"], &["help", "check"]] {
        assert!(project.semola(args).succeeds().contains("Usage: semola-pipe"));
    }
    assert_eq!(project.semola(&["--version"]).succeeds(), format!("semola-pipe {}\n", semola_pipe::VERSION));
}

#[test]
fn the_version_names_the_package_and_the_sources() {
    let (package, sources) = semola_pipe::VERSION.split_once('+').unwrap();
    assert_eq!(package, env!("CARGO_PKG_VERSION"));
    assert!(sources.len() == 12 && sources.bytes().all(|b| b.is_ascii_hexdigit()), "{sources}");
}

#[test]
fn a_file_is_inspected_in_words_and_as_json() {
    let project = Project::new();
    let text = project.semola(&["inspect", "train.parquet"]).succeeds();
    assert!(text.contains("600 rows") && text.contains("float32"), "{text}");
    let found = json(&project.semola(&["inspect", "train.parquet", "--json"]).succeeds());
    assert!(found.to_string().contains("\"rows\":600"), "{found}");
}

#[test]
fn what_is_no_run_is_bad_usage_to_all_who_look_at_runs() {
    let project = Project::new();
    std::fs::create_dir(project.path("empty")).unwrap();
    for command in ["inspect", "report"] {
        project.semola(&[command, "nothing"]).fails(2, &["nothing: there is no such file or directory"]);
        project.semola(&[command, "empty"]).fails(2, &["empty: not a run directory"]);
    }
    project.semola(&["report", "train.parquet"]).fails(2, &["train.parquet: not a run directory"]);
}

#[test]
fn numbers_below_zero_are_told_the_range_of_the_option() {
    let project = Project::with_pipeline("");
    for (option, value, words) in [
        ("--dial", "-5", "use a number from 0 to 1000"),
        ("--seed", "-1", "give a whole number from 0 to 18446744073709551615"),
        ("--rows", "-1", "give a whole number from 10 to 10000000"),
        ("--rows", "9", "use 10 to 10000000"),
    ] {
        let done = project.semola(&["generate", "near-rotation", "--out", "g", option, value]);
        let err = done.fails(2, &[words]);
        assert!(!err.contains("unexpected argument") && !project.path("g").exists(), "{err}");
    }
}

#[test]
fn a_run_writes_every_table_and_its_directory_can_be_inspected() {
    let project = Project::new();
    let done = project.semola(&["run", "p.yaml", "--out", "out"]);
    assert!(done.out.contains("mse of test, shift rotate uniform") && done.out.contains("seed 1  "), "{done:#?}");
    assert!(done.err.contains("seed 0: out/") && !done.err.contains("mse of test"), "{done:#?}");
    done.succeeds();
    let members = project.members("out");
    assert_eq!(members.len(), 2);
    for (seed, member) in [0u64, 1].into_iter().flat_map(|seed| members.iter().map(move |m| (seed, m))) {
        if manifest(member)["seed"] != seed {
            continue;
        }
        assert_eq!(manifest(member)["status"], "done");
        for name in tables_of_every_run() {
            let batch = table(member, name);
            for identity in ["run_id", "pipeline_hash", "data_hash", "code_version", "seed"] {
                assert!(batch.column_by_name(identity).is_some(), "{name} has no {identity}");
            }
        }
        assert!(table(member, "evaluation").num_rows() > 0 && table(member, "predictions").num_rows() > 0);
        assert!(member.join("report.html").metadata().unwrap().len() > 1000);
        assert!(!member.join(".staging").exists());
        let path = member.to_str().unwrap();
        assert!(project.semola(&["inspect", path]).succeeds().contains("done"));
        assert_eq!(json(&project.semola(&["inspect", path, "--json"]).succeeds())["members"][0]["status"], "done");
    }
    assert!(project.semola(&["inspect", "out"]).succeeds().contains("done"));
    assert!(json(&project.semola(&["inspect", "out", "--json"]).succeeds()).to_string().contains("done"));
    let pages = project.semola(&["report", "out"]).succeeds();
    assert_eq!(
        (pages.lines().count(), pages.lines().last()),
        (3, Some("out/report.html")),
        "each member's, and the run's"
    );
    assert!(std::fs::read_to_string(project.path("out/report.html")).unwrap().contains("2 members in out"));
}

#[test]
fn json_of_a_run_is_all_there_is_on_stdout() {
    let project = Project::new();
    let done = project.semola(&["run", "p.yaml", "--member", "0", "--json"]);
    let summary = json(&done.succeeds());
    assert_eq!(summary[0]["seed"], 0);
    assert_eq!(summary[0]["groups"][0]["model"], "learned");
    assert!(summary[0]["evaluation"][0]["value"].is_number());
}

#[test]
fn quiet_says_nothing_but_the_summary() {
    let project = Project::new();
    let done = project.semola(&["run", "p.yaml", "--member", "0", "-q"]);
    assert_eq!(done.err, "");
    assert!(done.succeeds().starts_with("seed 0"));
}

#[test]
fn seed_and_member_choose_one_and_the_same_member_is_not_run_twice() {
    let project = Project::new();
    project.semola(&["run", "p.yaml", "--member", "1"]).succeeds();
    let member = project.member("runs/tiny");
    assert_eq!(manifest(&member)["seed"], 1);
    let again = project.semola(&["run", "p.yaml", "--seed", "1"]);
    assert!(again.err.contains("already done"), "{again:#?}");
    again.succeeds();
    project.semola(&["run", "p.yaml", "--seed", "12345678901234567890"]).succeeds();
    assert_eq!(project.members("runs/tiny").len(), 2);
}

#[test]
fn set_reaches_values_of_stages_and_makes_another_member() {
    let project = Project::new();
    let run = |sets: &[&str]| {
        let sets = sets.iter().flat_map(|s| ["--set", s]);
        let args: Vec<&str> = ["run", "p.yaml", "--member", "0"].into_iter().chain(sets).collect();
        project.semola(&args).succeeds();
    };
    run(&[]);
    run(&["learned.epochs=1", "plain.model.mlp.hidden=[8, 8]"]);
    let members = project.members("runs/tiny");
    assert_eq!(members.len(), 2);
    let settings: Vec<(Value, Value)> = members
        .iter()
        .map(|m| {
            let stages = manifest(m)["pipeline"]["stages"].clone();
            (stages[3]["train"]["epochs"].clone(), stages[4]["train"]["model"]["mlp"]["hidden"].clone())
        })
        .collect();
    assert!(settings.contains(&(2.into(), vec![16].into())), "{settings:?}");
    assert!(settings.contains(&(1.into(), vec![8, 8].into())), "{settings:?}");
}

#[test]
fn the_number_of_threads_and_what_multiplied_are_kept() {
    let project = Project::new();
    project.semola(&["run", "p.yaml", "--member", "0", "--threads", "3"]).succeeds();
    let facts = manifest(&project.member("runs/tiny"));
    assert_eq!(facts["threads"], 3);
    assert!(facts["products"].as_str().is_some_and(|products| !products.is_empty()), "{facts}");
}

#[test]
fn what_is_done_is_skipped_and_fresh_starts_over() {
    let project = Project::new();
    let run = |extra: &[&str]| project.semola(&[&["run", "p.yaml", "--member", "0"], extra].concat());
    let first = run(&[]).succeeds();
    let member = project.member("runs/tiny");
    let all_but_the_lock = || {
        let mut files = files(&member);
        files.remove(".lock");
        files
    };
    let before = all_but_the_lock();
    let began = std::time::Instant::now();
    let second = run(&[]);
    assert!(began.elapsed().as_secs() < 5);
    assert!(second.err.contains("already done") && second.err.contains("--fresh"), "{second:#?}");
    assert_eq!(second.succeeds(), first);
    assert!(all_but_the_lock() == before, "a run that skips changes nothing");
    std::fs::write(member.join("tables/foreign"), "x").unwrap();
    assert_eq!(run(&["--fresh"]).succeeds(), first);
    assert!(!member.join("tables/foreign").exists());
    assert_eq!(manifest(&member)["attempts"], 1);
    let predictions = "tables/predictions.parquet";
    assert!(all_but_the_lock()[predictions] == before[predictions]);
}

#[test]
fn a_changed_data_file_makes_another_member() {
    let project = Project::new();
    project.semola(&["run", "p.yaml", "--member", "0"]).succeeds();
    project.write("test.parquet", &crate::project::rotating(200, 9));
    project.semola(&["run", "p.yaml", "--member", "0"]).succeeds();
    assert_eq!(project.members("runs/tiny").len(), 2);
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let project = Project::new();
    for args in [&["schema"][..], &["check", "p.yaml"], &["--help"], &["run", "p.yaml", "--member", "0", "--json"]] {
        let mut child = project.command(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let done = Done::new(child.wait_with_output().unwrap());
        assert_eq!((done.code, done.err.contains("error")), (Some(0), false), "{args:?}: {done:#?}");
    }
    let mut child = project.command(&["schema"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut out = child.stdout.take().unwrap();
    out.read_exact(&mut [0; 10]).unwrap();
    drop(out);
    assert!(child.wait().unwrap().success());
}

#[test]
fn paths_are_relative_to_the_pipeline_file_and_the_output_to_where_one_stands() {
    let project = Project::new();
    std::fs::create_dir(project.path("elsewhere")).unwrap();
    let mut command = project.command(&["run", "../p.yaml", "--member", "0"]);
    Done::new(command.current_dir(project.path("elsewhere")).output().unwrap()).succeeds();
    assert!(project.path("elsewhere/runs/tiny").exists() && !project.path("runs").exists());
}

#[test]
fn an_output_directory_that_cannot_be_made_is_an_error_that_names_it() {
    let project = Project::new();
    project.put("blocked", "a file");
    project
        .semola(&["run", "p.yaml", "--member", "0", "--out", "blocked"])
        .fails(2, &["--out blocked: this is a file"]);
}
