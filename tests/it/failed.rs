//! Members that fail while they train: exit code 1, the reason in words and in the manifest, and no tables.

use crate::project::Project;
use crate::rows::manifest;

#[test]
fn a_member_that_diverges_fails_and_says_why() {
    let project = Project::new();
    let words = [
        "error: seed 0: training 'learned/discover' diverged at step",
        "error: seed 1: training 'learned/discover' diverged at step",
        "lower 'optimizer.lr'",
        "2 of 2 members failed (seed 0; seed 1)",
    ];
    let err = project.semola(&["run", "p.yaml", "--set", "learned.optimizer.lr=1e30"]).fails(1, &words);
    assert!(!err.contains("interrupted"), "{err}");
    let members = project.members("runs/tiny");
    assert_eq!(members.len(), 2);
    for member in &members {
        assert_eq!(manifest(member)["status"], "failed");
        assert!(manifest(member)["error"].as_str().unwrap().contains("diverged"));
        assert!(!member.join("tables").exists() && !member.join(".staging").exists());
    }
    assert!(project.semola(&["inspect", "runs/tiny"]).succeeds().contains("diverged"));
}

#[test]
fn too_few_rows_to_hold_some_out_are_refused() {
    let project = Project::new();
    project.write("train.parquet", &crate::project::rotating(3, 1));
    let done = project.semola(&["run", "p.yaml"]);
    assert!(matches!(done.code, Some(1..=3)) && done.err.contains("learned"), "{done:#?}");
    done.has_no_panic();
    assert!(project.members("runs/tiny").iter().all(|m| !m.join("tables").exists()));
}
