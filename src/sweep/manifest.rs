//! A Kubernetes Indexed Job for the members of a sweep, as JSON (which is YAML too). It was never run on a cluster.

use serde_json::{Value, json};

/// What a job runs, and where.
#[derive(Debug, Clone, Copy)]
pub struct IndexedJob<'a> {
    /// Name of the sweep.
    pub name: &'a str,
    /// The container's image.
    pub image: &'a str,
    /// The volume with data and results, and where it is mounted.
    pub claim: &'a str,
    pub mount: &'a str,
    pub members: usize,
    /// Members per index.
    pub pack: usize,
    /// Indexes that run at the same time.
    pub parallelism: usize,
    /// Threads per member.
    pub threads: u32,
}

/// The manifest of a job whose containers run the program with these arguments.
pub fn kubernetes(job: IndexedJob<'_>, arguments: &[String]) -> Value {
    let IndexedJob { name, image, claim, mount, members, pack, parallelism, threads } = job;
    let command: Vec<&str> = std::iter::once("semola-pipe").chain(arguments.iter().map(String::as_str)).collect();
    // The name of a pod differs at each attempt; the index is put in by Kubernetes.
    let more =
        ["--pack".to_owned(), pack.max(1).to_string(), "--element".to_owned(), "$(JOB_COMPLETION_INDEX)".to_owned()];
    json!({
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {
            "name": dns_name(name),
            "annotations": { "semola-pipe/note": "generated, checked against the schema, not run on a cluster" },
        },
        "spec": {
            "completionMode": "Indexed",
            "completions": members.div_ceil(pack.max(1)).max(1),
            "parallelism": parallelism.max(1),
            "backoffLimitPerIndex": 5,
            "maxFailedIndexes": members.div_ceil(pack.max(1)).max(1),
            "podReplacementPolicy": "Failed",
            "template": {
                "spec": {
                    "restartPolicy": "Never",
                    // Time to save the state after SIGTERM.
                    "terminationGracePeriodSeconds": 120,
                    "containers": [{
                        "name": "member",
                        "image": image,
                        "command": command,
                        "args": more,
                        "resources": { "requests": { "cpu": threads.to_string() } },
                        "volumeMounts": [{ "name": "work", "mountPath": mount }],
                    }],
                    "volumes": [{ "name": "work", "persistentVolumeClaim": { "claimName": claim } }],
                },
            },
        },
    })
}

/// Lower case letters, digits and dashes, at most 63.
fn dns_name(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let text: String = format!("semola-{}", name.chars().map(plain).collect::<String>()).chars().take(63).collect();
    text.trim_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The fields of batch/v1 Job that are used here, with their types, from the API reference (v1.31).
    #[test]
    fn the_manifest_follows_the_schema_of_batch_v1() {
        let arguments = ["sweep".to_owned(), "task".to_owned(), "/w/runs/a b".to_owned()];
        let job = IndexedJob {
            name: "Two_Body.v2",
            image: "registry/semola:1",
            claim: "claim",
            mount: "/w",
            members: 10,
            pack: 3,
            parallelism: 4,
            threads: 2,
        };
        let job = kubernetes(job, &arguments);
        assert_eq!((&job["apiVersion"], &job["kind"]), (&json!("batch/v1"), &json!("Job")));
        assert_eq!(job["metadata"]["name"], "semola-two-body-v2");
        let spec = &job["spec"];
        assert_eq!(spec["completionMode"], "Indexed");
        assert_eq!(spec["completions"], 4, "ten members by three");
        for count in ["completions", "parallelism", "backoffLimitPerIndex", "maxFailedIndexes"] {
            assert!(spec[count].is_u64(), "{count}");
        }
        let pod = &spec["template"]["spec"];
        assert_eq!(pod["restartPolicy"], "Never", "backoffLimitPerIndex demands it");
        let container = &pod["containers"][0];
        assert_eq!(container["command"], json!(["semola-pipe", "sweep", "task", "/w/runs/a b"]));
        assert_eq!(container["args"], json!(["--pack", "3", "--element", "$(JOB_COMPLETION_INDEX)"]));
        assert!(container["resources"]["requests"]["cpu"].is_string(), "quantities are texts");
        assert_eq!(container["volumeMounts"][0]["name"], pod["volumes"][0]["name"]);
    }
}
