//! Mistakes in the pipeline file and on the command line: exit code 2, the place, and nothing written.

use crate::project::{Column, PIPELINE, Project, rotating, texts};

/// The pipeline with one piece replaced is refused with these words.
#[track_caller]
fn refused(from: &str, to: &str, words: &[&str]) {
    Project::edited(from, to).refuses(2, words);
}

#[track_caller]
fn text_refused(text: impl AsRef<[u8]>, words: &[&str]) {
    let project = Project::new();
    project.put("p.yaml", text);
    project.refuses(2, words);
}

#[test]
fn an_unknown_key_is_named_with_its_place_and_the_key_that_was_meant() {
    refused("epochs: 2", "epoch: 2", &["p.yaml:20:7: error: unknown key 'epoch'; did you mean 'epochs'?"]);
    refused("  - evaluate:", "  - evalute:", &["p.yaml:22:5:", "'evalute'", "did you mean 'evaluate'?"]);
}

#[test]
fn all_mistakes_of_a_file_are_told_in_one_go() {
    let text = PIPELINE.replacen("epochs: 2", "epochs: 0", 1).replacen("gl: 2", "gl: 3", 1);
    let text = text.replacen("bootstrap: 50", "bootstrap: 0", 1).replacen("models: [learned", "models: [lerned", 1);
    let words = [
        "p.yaml:19:39: error: the matrices of the space act on R^3",
        "p.yaml:20:15: error: `epochs` is 0",
        "p.yaml:22:25: error: there is no model 'lerned'; did you mean 'learned'?",
        "error: `bootstrap` is 0",
    ];
    text_refused(text, &words);
}

#[test]
fn a_mistake_of_the_form_does_not_hide_another() {
    let text = PIPELINE.replacen("epochs: 2", "epochs: many", 1).replacen("action: vector", "action: vektor", 1);
    text_refused(text, &["p.yaml:9:21: error:", "'vektor'", "p.yaml:20:15: error: expected a whole number from 0"]);
}

#[test]
fn values_of_the_wrong_type_are_named() {
    refused(
        "epochs: 2",
        "epochs: many",
        &["p.yaml:20:15: error: expected a whole number from 0, found the text 'many'"],
    );
    refused("epochs: 2", "epochs: -2", &["p.yaml:20:15: error:", "-2"]);
    refused("epochs: 2", "epochs: 1.5", &["p.yaml:20:15: error:", "1.5"]);
    refused("hidden: [16]", "hidden: {a: 1}", &["p.yaml:18:29: error: expected a list"]);
    refused("name: tiny", "name: [tiny]", &["p.yaml:1:7: error:"]);
    refused("seed: [0, 1]", "seed: one", &["p.yaml:2:7: error:"]);
}

#[test]
fn duplicate_keys_are_refused() {
    refused("epochs: 2\n", "epochs: 2\n      epochs: 3\n", &["p.yaml:21:7: error: duplicate key 'epochs'"]);
    refused("y: {action", "x: {action", &["p.yaml:10:9: error: duplicate key 'x'"]);
}

#[test]
fn tabs_are_refused() {
    text_refused("name: a\n\tstages: []\n", &["p.yaml:", "error: not valid YAML", "tab"]);
    text_refused("name: a\nstages:\n\t- read: {}\n", &["p.yaml:", "error: not valid YAML"]);
}

#[test]
fn empty_files_and_other_texts_are_refused() {
    text_refused("", &["p.yaml:1:1: error: the file is empty; a pipeline has a name and stages"]);
    text_refused("# only a comment\n", &["p.yaml:1:1: error: the file is empty"]);
    text_refused("just words", &["p.yaml:1:1: error:"]);
    text_refused("[1, 2]", &["p.yaml:1:1: error:"]);
    text_refused("name: [a\n", &["p.yaml:", "error: not valid YAML"]);
    text_refused("name: a\n", &["p.yaml:1:1: error:", "'stages'"]);
    text_refused("name: a\nstages: []\n", &["p.yaml:2:9: error:"]);
}

#[test]
fn bytes_that_are_not_utf8_are_refused_with_their_place() {
    text_refused(b"name: \xff\xfe\nstages: []\n", &["p.yaml:1:7: error: not UTF-8 text: byte 0xff"]);
    text_refused(b"PAR1\0\0\x15\x04\x90", &["p.yaml:1:", "error:"]);
}

#[test]
fn a_pipeline_that_is_not_there_or_is_a_directory_is_refused() {
    let project = Project::new();
    std::fs::create_dir(project.path("d.yaml")).unwrap();
    project.semola(&["run", "nope.yaml"]).fails(2, &["nope.yaml: error: cannot open the pipeline file"]);
    project.semola(&["run", "d.yaml"]).fails(2, &["d.yaml: error: is a directory, not a pipeline file"]);
}

#[test]
fn deep_nesting_and_aliases_that_explode_are_refused_quickly() {
    text_refused(format!("name: {}{}", "[".repeat(5000), "]".repeat(5000)), &["p.yaml:1:", "error:"]);
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for i in 1..9 {
        let before = format!("*a{}", i - 1);
        text += &format!("a{i}: &a{i} [{}]\n", [before.as_str(); 10].join(", "));
    }
    text_refused(text, &["p.yaml:", "error:"]);
}

#[test]
fn an_action_that_does_not_fit_the_column_is_refused() {
    let place = "p.yaml:9:34: error: field 'x': a row is [2], which action `vector` cannot cut into blocks of 3";
    refused("x: {action: vector, dim: 2}", "x: {action: vector, dim: 3}", &[place]);
    refused("x: {action: vector, dim: 2}", "x: {action: tensor, dim: 2}", &["p.yaml:9:", "blocks of 2×2"]);
    refused("x: {action: vector, dim: 2}", "x: {action: vector}", &["p.yaml:9:", "say with `dim`"]);
    refused("x: {action: vector, dim: 2}", "x: {dim: 2}", &["p.yaml:9:", "`dim` has no meaning for scalar field 'x'"]);
}

#[test]
fn shifts_that_need_a_missing_field_are_refused() {
    let sector = "{sector: {field: z, degrees: [0, 90]}}";
    refused("{rotate: uniform}", sector, &["p.yaml:22:78: error:", "no field 'z'"]);
    refused("{rotate: uniform}", "{rotate: {plane: [0, 2], degrees: 10}}", &["p.yaml:22:", "there is no axis 2"]);
}

#[test]
fn fields_data_sets_and_models_that_are_missing_are_refused() {
    refused("input: x", "input: z", &["p.yaml:16:14: error: data set 'train' has no field 'z'"]);
    refused("from: train\n", "from: trian\n", &["p.yaml:15:13: error:", "'trian'", "did you mean 'train'?"]);
    refused("like: learned", "like: lerned", &["p.yaml:21:", "'lerned'", "did you mean 'learned'?"]);
    refused("on: test", "on: tset", &["p.yaml:22:", "'tset'", "did you mean 'test'?"]);
}

#[test]
fn search_spaces_of_the_wrong_size_are_refused() {
    refused(
        "gl: 2",
        "gl: 3",
        &["p.yaml:19:39: error: the matrices of the space act on R^3, but field 'x' has dimension 2"],
    );
    refused("gl: 2", "gl: 0", &["p.yaml:19:39: error:"]);
    refused("{gl: 2}", "{mask: [[1, 1], [1]]}", &["p.yaml:19:", "row 1 has 1 entries"]);
    refused("generators: 2", "generators: 5", &["p.yaml:19:", "1 to 4"]);
}

#[test]
fn unknown_groups_are_refused() {
    let place = "p.yaml:21:56: error: there is no group `sq(2)` (did you mean `so(2)`?)";
    refused("augment: none", "augment: {known: sq(2)}", &[place]);
    refused("augment: none", "augment: {known: so(7)}", &["p.yaml:21:56: error: `so(7)` acts on 7 coordinates"]);
    refused("augment: none", "augment: {known: t(2)}", &["p.yaml:21:56: error:", "`points`"]);
    refused("{rotate: uniform}", "{group: {group: so(9)}}", &["p.yaml:22:", "so(9)"]);
}

#[test]
fn broken_set_arguments_are_refused() {
    let project = Project::new();
    let cases: [(&str, &[&str]); 15] = [
        ("learned.epochz=3", &["--set learned.epochz=3: error: unknown key 'epochz'", "did you mean 'epochs'?"]),
        ("lerned.epochs=3", &["--set lerned.epochs=3: error: there is no stage 'lerned'", "'learned'"]),
        ("stages[9].train.epochs=3", &["there is no stage 9"]),
        ("learned.epochs", &["there is no '=' in it", "--set PATH=VALUE"]),
        ("=3", &["--set =3: error:"]),
        ("learned.epochs=lots", &["--set learned.epochs=lots", "expected a whole number"]),
        ("learned.epochs=[1", &["--set learned.epochs=[1", "not valid YAML"]),
        ("learned.optimizer.lr=.nan", &["--set learned.optimizer.lr=.nan: error: expected a number, found NaN"]),
        ("learned.epochs=", &["--set learned.epochs=: error: expected a whole number from 0", "after the `=`"]),
        ("seed=", &["--set seed=: error: expected a whole number from 0", "after the `=`"]),
        ("name=", &["--set name=: error: expected a text, found nothing"]),
        ("train.path=", &["--set train.path=: error: expected a text"]),
        ("train.where=x > 3", &["--set train.where=x > 3: error:", "column `x`", "an expression needs"]),
        ("train.group=x", &["--set train.group=x: error:", "column `x`", "a key needs"]),
        ("train.select={q: g + h}", &["--set train.select={q: g + h}: error: the expression `g + h`", "`h`"]),
    ];
    for (set, words) in cases {
        for command in ["check", "run"] {
            project.semola(&[command, "p.yaml", "--set", set]).fails(2, words);
        }
    }
    assert!(!project.path("runs").exists());
}

#[test]
fn devices_members_and_threads_that_do_not_exist_are_refused() {
    let project = Project::new();
    let cases: [(&[&str], &[&str]); 6] = [
        (&["--device", "gpu"], &["--device 'gpu' is none of auto, cpu, cuda, cuda:N"]),
        (&["--device", "cuda:x"], &["--device 'cuda:x' is none of"]),
        (&["--device", "cuda:99"], &["--device cuda:99"]),
        (&["--member", "2"], &["--member 2: the pipeline has 2 members, counted from 0"]),
        (&["--threads", "0"], &["'0'", "--threads"]),
        (&["--seed", "x"], &["'x'", "--seed"]),
    ];
    for (args, words) in cases {
        project.semola(&[&["run", "p.yaml"], args].concat()).fails(2, words);
    }
    assert!(!project.path("runs").exists());
    project.semola(&[]).fails(2, &["Usage: semola-pipe"]);
    project.semola(&["frobnicate"]).fails(2, &["'frobnicate'"]);
    project.semola(&["run"]).fails(2, &["PIPELINE"]);
    project.semola(&["completions", "tcl"]).fails(2, &["'tcl'", "bash"]);
}

#[test]
fn a_name_that_leaves_the_output_directory_is_refused() {
    refused("name: tiny", "name: ../elsewhere", &["p.yaml:1:7: error:"]);
    refused("as: plain", "as: a/b", &["p.yaml:21:", "'a/b' cannot be a name"]);
}

#[test]
fn numbers_that_are_not_finite_are_refused_with_their_place() {
    refused("epochs: 2", "optimizer: {lr: .nan}", &["p.yaml:20:23: error: expected a number, found NaN", "finite"]);
    refused("epochs: 2", "epochs: .inf", &["p.yaml:20:15: error: expected a whole number from 0, found infinity"]);
}

#[test]
fn an_error_in_a_computed_column_points_at_its_expression() {
    let select = "group: g\n      select: {a: 2 * g, b: g + h}";
    refused("group: g", select, &["p.yaml:8:29: error: the expression `g + h`: there is no column `h`"]);
}

#[test]
fn an_evaluation_without_any_model_before_it_says_so() {
    let text = PIPELINE.lines().filter(|l| !l.contains("train: {as: plain")).collect::<Vec<_>>().join("\n");
    let (head, rest) = text.split_once("  - train:\n").unwrap();
    let evaluate = rest.lines().last().unwrap();
    text_refused(
        format!("{head}{evaluate}\n"),
        &["there is no model 'learned'", "no stage before this one trains a model"],
    );
}

/// `train` with these settings, without groups, and the exit code.
#[track_caller]
fn too_few(settings: &str, code: i32, words: &[&str]) {
    let project = Project::edited("      group: g\n", settings);
    project.refuses(code, words);
}

#[test]
fn too_few_rows_are_told_before_anything_is_trained() {
    too_few(
        "      limit: 2\n",
        2,
        &["data set 'train' has 2 rows; training and validation need at least 3", "`limit`"],
    );
    too_few("      where: g = 1 AND g < 0\n", 3, &["no row is left"]);
    too_few("      where: g = 0\n      limit: 2\n", 2, &["p.yaml:16:13: error: data set 'train' has 2 rows"]);
    // At another point than the first.
    let project =
        Project::edited("seed: [0, 1]", "grid: {learned.validate: [0.1, test, 0.9999], plain.epochs: [1, 2]}");
    project.put("p.yaml", std::fs::read_to_string(project.path("p.yaml")).unwrap().replacen("      group: g\n", "", 1));
    project.refuses(2, &["p.yaml:2:38: error: `validate` is 0.9999, which leaves 1 of 600 rows to train on"]);
    let validate = "epochs: 2\n      validate: 0.9999";
    // Six rows of one group are left, which only reading shows.
    let project = Project::edited("group: g\n", "group: g\n      where: g = 0\n");
    project.refuses(2, &["all rows of data set 'train' are of one group"]);
    let project = Project::new();
    project.put("p.yaml", PIPELINE.replacen("      group: g\n", "", 1).replacen("epochs: 2", validate, 1));
    project.refuses(2, &["p.yaml:20:17: error: `validate` is 0.9999, which leaves 1 of 600 rows to train on"]);

    let project = Project::new();
    project.write("train.parquet", &rotating(1, 1));
    project.refuses(3, &["data set 'train' has 1 row;", "more rows are needed"]);
    let split = "steps: [{split: {of: test, into: {a: 0.999, b: 0.001}}}, {scale";
    let text = PIPELINE.replacen("      group: g\n", "", 1).replacen("steps: [{scale", split, 1);
    let project = Project::new();
    project.put("p.yaml", text.replacen("on: test", "on: a", 1));
    project.refuses(2, &["p.yaml:11:83: error: part 'b' gets no row of 200", "larger fraction"]);
}

#[test]
fn parts_that_a_column_names_are_known_once_it_was_read() {
    let split = "steps: [{split: {of: test, by: part}}, {scale";
    let project = Project::edited("steps: [{scale", split);
    let text = PIPELINE.replacen("steps: [{scale", split, 1);
    let mut columns = rotating(200, 2);
    columns.push(Column("part", texts((0..200).map(|i| if i < 60 { "near" } else { "far" })), None));
    project.write("test.parquet", &columns);
    project.put("p.yaml", text.replacen("on: test", "on: nera", 1));
    let place = "p.yaml:22:46: error: there is no data set 'nera'; did you mean 'near'?";
    project.refuses(2, &[place, "the data sets before this stage are 'far', 'near', 'train'"]);
    // Also where some of the rows are gone before the split.
    let fewer = "steps: [{subsample: {rows: 100}}, {split";
    project.put("p.yaml", text.replacen("on: test", "on: nera", 1).replacen("steps: [{split", fewer, 1));
    project.refuses(2, &[place]);
    project.put("p.yaml", text.replacen("on: test", "on: near", 1));
    let plan = project.semola(&["check", "p.yaml"]).succeeds();
    assert!(plan.contains("→ near: 60 rows") && plan.contains("    on near: 60 rows"), "{plan}");
}

#[test]
fn the_plan_tells_the_rows_that_are_left() {
    let project = Project::edited("group: g\n", "where: g < 50\n");
    let plan = project.semola(&["check", "p.yaml", "--set", "test.where=g < 5"]).succeeds();
    for part in ["read train: 300 rows", "read test: 30 rows", "train learned on train (270 rows)", "on test: 30 rows"]
    {
        assert!(plan.contains(part), "{part} is not in\n{plan}");
    }
}

#[test]
fn no_more_memory_is_taken_than_is_allowed() {
    let project = Project::new();
    for command in ["check", "run"] {
        let done = project.semola(&[command, "p.yaml", "--set", "memory=60MB"]);
        done.fails(2, &["reading and preparing takes about ", "of memory, and `memory` allows 60.0 MB", "`limit`"]);
    }
    assert!(!project.path("runs").exists());
    project.semola(&["check", "p.yaml", "--set", "memory=2GiB"]).succeeds();
    project.semola(&["check", "p.yaml", "--set", "memory=[1]"]).fails(2, &["memory"]);
}

#[test]
fn more_memory_than_the_machine_has_is_a_warning() {
    let project = Project::new();
    // Few weights, but many values between the layers.
    let hidden = ["1000000,1"; 100].join(",");
    let sets = ["--set", &format!("plain.model.mlp.hidden=[{hidden}]")];
    let done = project.semola(&[&["check", "p.yaml"], &sets[..]].concat());
    let warning = "p.yaml:21:5: warning: training 'plain' takes about ";
    assert!(done.err.contains(warning) && done.err.contains("of memory, and this machine has "), "{done:#?}");
    done.succeeds();
    // Batches are no larger than the data set.
    let plan = project.semola(&["check", "p.yaml", "--set", "plain.batch=1000000000"]);
    assert!(!plan.err.contains("of memory") && plan.out.contains(" MB, training "), "{plan:#?}");
}

#[test]
fn sizes_that_fit_nowhere_are_refused_without_building_anything() {
    let project = Project::new();
    let huge = u64::MAX;
    let sets = [
        ("plain.model.mlp.hidden=[1000000000]".to_owned(), "`hidden[0]` is 1000000000; it must be at most 1048576"),
        ("plain.model.mlp.hidden=[1000000,1000000]".into(), "the network has 1 000 006 000 002 parameters"),
        (
            "plain.model={transformer: {width: 1024, layers: 1024, heads: 4}}".into(),
            "`layers` is 1024; it must be at most 1000",
        ),
        ("plain.model={transformer: {width: 65536, layers: 900, heads: 4}}".into(), "parameters; at most 2147483647"),
        (format!("plain.model={{pair: {{width: 4, layers: 2, radial: {huge}}}}}"), "it must be at most 10000"),
        (format!("plain.model={{egnn: {{width: {huge}}}}}"), "it must be at most 1048576"),
        (format!("plain.model={{point_net: {{hidden: [8, {huge}]}}}}"), "`hidden[1]` is"),
        (format!("plain.model={{cnn: {{channels: [{huge}]}}}}"), "it must be at most"),
        (format!("plain.model={{group_cnn: {{channels: [2], kernel: {huge}}}}}"), "it must be below 256"),
        (
            "stages[5].evaluate.bootstrap=1000000000000".into(),
            "`bootstrap` is 1000000000000; it must be at most 1000000",
        ),
        (format!("plain.epochs={huge}"), "it must be at most 1000000000"),
        (format!("plain.batch={huge}"), "`batch` is"),
        ("learned.augment.learned.audit.networks=1000000000000".into(), "it must be at most 1000"),
        (format!("learned.augment.learned.steps={huge}"), "it must be at most 1000000000"),
    ];
    for (set, words) in &sets {
        for command in ["check", "run"] {
            let began = std::time::Instant::now();
            project.semola(&[command, "p.yaml", "--set", set]).fails(2, &[words]);
            assert!(began.elapsed().as_secs() < 20, "{command} {set}");
        }
    }
}

#[test]
fn a_wide_grid_is_checked_with_signs_of_life() {
    let project = Project::new();
    let values = (1..=50).map(|i| i.to_string()).collect::<Vec<_>>().join(", ");
    project.put("p.yaml", format!("{PIPELINE}grid: {{plain.epochs: [{values}], plain.batch: [{values}]}}\n"));
    let began = std::time::Instant::now();
    let done = project.semola(&["check", "p.yaml"]);
    assert!(began.elapsed().as_secs() < 60, "2500 points take 1 ms each");
    assert!(done.succeeds().contains("2500 points, 5000 members"));
}

#[test]
fn details_are_told_to_those_who_want_them() {
    let project = Project::new();
    let seed = ["run", "p.yaml", "--seed", "0"];
    let done = project.semola(&[&seed[..], &["--verbose", "--threads", "1"]].concat());
    for part in [
        "arrow ",
        "device cpu, 1 threads",
        "train plain on train",
        "stage 5 of 6, train plain: ",
        "stage 6 of 6, evaluate: ",
    ] {
        assert!(done.err.contains(part), "{part} is not in\n{}", done.err);
    }
    done.succeeds();
    let done = project.semola(&[&seed[..], &["--quiet", "--fresh"]].concat());
    assert_eq!(done.err, "");
    done.succeeds();
}
