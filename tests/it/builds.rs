//! Members of another build of the program: they are not taken for those of this one.

use std::path::{Path, PathBuf};

use crate::project::Project;
use crate::rows::manifest;

const OTHER: &str = "0.1.0+0123456789ab";

/// Makes a member look as if another build had made it: its directory is called otherwise then.
fn made_by_another_build(member: &Path) -> PathBuf {
    let mut facts = manifest(member);
    facts["versions"]["semola-pipe"] = OTHER.into();
    facts["run_id"] = "0123456789abcdef".into();
    std::fs::write(member.join("manifest.json"), facts.to_string()).unwrap();
    let moved = member.with_file_name("0123456789abcdef");
    std::fs::rename(member, &moved).unwrap();
    moved
}

#[test]
fn a_member_of_another_build_is_named_and_not_reused() {
    let project = Project::new();
    let note = format!("made by another build ({OTHER}): not reused");
    let first = project.semola(&["run", "p.yaml", "--seed", "0", "--out", "out"]);
    assert!(!first.err.contains("another build"), "{}", first.err);
    let own = project.member("out");
    assert_eq!(manifest(&own)["versions"]["semola-pipe"], semola_pipe::VERSION);
    let moved = made_by_another_build(&own);

    let again = project.semola(&["run", "p.yaml", "--seed", "0", "--out", "out"]);
    assert!(
        again.err.contains(&note) && again.err.contains(moved.file_name().unwrap().to_str().unwrap()),
        "{}",
        again.err
    );
    assert!(!again.err.contains("already done"), "{}", again.err);
    assert_eq!(project.members("out").len(), 2);
    assert!(own.join("tables/runs.parquet").is_file(), "the member was made again, beside the old one");
    // Once it is done there is nothing to say any more; neither is there of another seed.
    let done = project.semola(&["run", "p.yaml", "--seed", "0", "--out", "out"]);
    assert!(done.err.contains("already done") && !done.err.contains("another build"), "{}", done.err);
    let other = project.semola(&["run", "p.yaml", "--seed", "1", "--out", "out"]);
    assert!(!other.err.contains("another build"), "{}", other.err);
}

#[test]
fn a_sweep_says_that_members_of_another_build_lie_there() {
    let project = Project::new();
    project.semola(&["sweep", "run", "p.yaml", "--seed", "0", "--out", "out", "--jobs", "1"]).succeeds();
    made_by_another_build(&project.member("out"));
    std::fs::remove_dir_all(project.path("out.work")).unwrap();
    let again = project.semola(&["sweep", "run", "p.yaml", "--seed", "0", "--out", "out", "--jobs", "1"]);
    assert!(again.err.contains(&format!("made by another build ({OTHER}): not reused")), "{}", again.err);
    assert_eq!(project.members("out").len(), 2);
}
