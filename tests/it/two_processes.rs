//! Two processes on one member: the second says so and leaves it alone.

use crate::interrupted::{Long, wait_until};
use crate::project::{Done, Project};
use crate::rows::{assert_same_tables, manifest};

#[test]
fn a_second_process_is_told_who_works_there() {
    let project = Project::new();
    let long = Long::new(&project, 1500);
    let first = long.start("out");
    wait_until("the manifest", || project.members("out").first().is_some_and(|m| m.join("manifest.json").exists()));
    let holder = format!("process {}", first.id());
    let words = ["another process is using this directory", &holder, "--out"];
    for extra in [&[][..], &["--fresh"]] {
        project.semola(&[&long.args("out")[..], extra].concat()).fails(1, &words);
    }
    let member = project.member("out");
    assert_eq!(manifest(&member)["status"], "running");
    let told = project.semola(&["inspect", member.to_str().unwrap()]).succeeds();
    assert!(told.contains("running"), "{told}");
    let done = Done::new(first.wait_with_output().unwrap());
    done.succeeds();
    assert_eq!(manifest(&member)["attempts"], 1);
    assert_same_tables(&long.reference(), &member);
    assert!(long.finish("out").err.contains("already done"));
}
