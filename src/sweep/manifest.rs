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
    // Kubernetes replaces `$(NAME)`; two dollars are one.
    let literal = |argument: &String| argument.replace('$', "$$");
    let command: Vec<String> = std::iter::once("semola-pipe".to_owned()).chain(arguments.iter().map(literal)).collect();
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

/// Lower case letters, digits and dashes, at most 63. A name that has to be changed for that gets a hash: two pipelines never
/// share a job.
fn dns_name(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let whole = format!("semola-{}", name.chars().map(plain).collect::<String>());
    if whole.len() <= 63 && !whole.ends_with('-') && whole.strip_prefix("semola-") == Some(name) {
        return whole;
    }
    let short: String = whole.chars().take(54).collect();
    let hash = blake3::hash(name.as_bytes()).to_hex();
    format!("{}-{}", short.trim_end_matches('-'), hash.get(..8).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The fields of batch/v1 Job that are used here, with their types, from the API reference (v1.31).
    #[test]
    fn the_manifest_follows_the_schema_of_batch_v1() {
        let arguments = ["sweep".to_owned(), "task".to_owned(), "/w/$(HOME)/a b".to_owned()];
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
        let named = job["metadata"]["name"].as_str().unwrap();
        assert!(named.starts_with("semola-two-body-v2-"), "{named}");
        let spec = &job["spec"];
        assert_eq!(spec["completionMode"], "Indexed");
        assert_eq!(spec["completions"], 4, "ten members by three");
        for count in ["completions", "parallelism", "backoffLimitPerIndex", "maxFailedIndexes"] {
            assert!(spec[count].is_u64(), "{count}");
        }
        let pod = &spec["template"]["spec"];
        assert_eq!(pod["restartPolicy"], "Never", "backoffLimitPerIndex demands it");
        let container = &pod["containers"][0];
        assert_eq!(container["command"], json!(["semola-pipe", "sweep", "task", "/w/$$(HOME)/a b"]));
        assert_eq!(container["args"], json!(["--pack", "3", "--element", "$(JOB_COMPLETION_INDEX)"]));
        assert!(container["resources"]["requests"]["cpu"].is_string(), "quantities are texts");
        assert_eq!(container["volumeMounts"][0]["name"], pod["volumes"][0]["name"]);
    }

    #[test]
    fn names_are_valid_for_kubernetes_and_differ_where_the_pipelines_do() {
        let (long, longer) = ("a".repeat(80), "a".repeat(81));
        let names = ["two-body", "two_body", "Two-Body", "two body", "a", "a-", "-", "速度", "\n", &long, &longer];
        let found: std::collections::BTreeSet<String> = names.iter().map(|name| dns_name(name)).collect();
        assert_eq!(found.len(), names.len(), "{found:?}");
        assert_eq!(dns_name("two-body"), "semola-two-body");
        for name in found {
            assert!(name.len() <= 63 && !name.ends_with('-'), "{name}");
            assert!(name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'), "{name}");
        }
    }
}
