use serde_json::json;

use super::*;

fn store(dir: &Path) -> CheckpointStore {
    CheckpointStore::new(dir.join("checkpoints"), dir.join("staging"), "59eb3129a697580a")
}

fn checkpoint(step: u64) -> Checkpoint {
    let weights = Tensor { shape: vec![2, 2], data: TensorData::F32(vec![1.0, -0.0, f32::MIN_POSITIVE, step as f32]) };
    let moment = Tensor { shape: vec![3], data: TensorData::F64(vec![0.1, f64::NAN, 1e300]) };
    let empty = Tensor { shape: vec![0, 4], data: TensorData::F32(vec![]) };
    Checkpoint {
        tensors: [("net/0.weight", weights), ("moment", moment), ("empty", empty)]
            .map(|(name, tensor)| (name.to_owned(), tensor))
            .into(),
        state: json!({"step": step, "rng": u64::MAX, "lr": 0.1}),
    }
}

fn bits(checkpoint: &Checkpoint) -> String {
    // NaN is not equal to itself, but its text is.
    format!("{checkpoint:?}")
}

#[test]
fn a_checkpoint_comes_back_to_the_bit_and_its_file_is_always_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let path = store(dir.path()).save("learned/discover", &checkpoint(1)).unwrap();
    assert_eq!(path.file_name().unwrap(), "learned-discover.safetensors");
    let first = fs::read(&path).unwrap();
    let loaded = store(dir.path()).load("learned/discover");
    assert_eq!(bits(&loaded.checkpoint.unwrap()), bits(&checkpoint(1)));
    assert!(loaded.warnings.is_empty());
    store(dir.path()).save("learned/discover", &checkpoint(1)).unwrap();
    assert_eq!(fs::read(&path).unwrap(), first);
    assert_eq!(fs::read_dir(dir.path().join("staging")).unwrap().count(), 0);
}

#[test]
fn every_damaged_byte_and_every_cut_is_noticed_and_the_one_before_is_taken() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(dir.path());
    store.save("m", &checkpoint(1)).unwrap();
    let path = store.save("m", &checkpoint(2)).unwrap();
    let whole = fs::read(&path).unwrap();
    for at in 0..whole.len() {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x11;
        // Padding of the header may change without harm; nothing else may.
        if let Ok(found) = decode("m", "59eb3129a697580a", &damaged) {
            assert_eq!(bits(&found), bits(&checkpoint(2)), "byte {at}");
        }
        assert!(decode("m", "59eb3129a697580a", &whole[..at]).is_err(), "cut at {at}");
    }
    fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    let loaded = store.load("m");
    assert_eq!(loaded.checkpoint.unwrap().state["step"], 1);
    assert!(loaded.warnings[0].contains("m.safetensors"), "{:?}", loaded.warnings);
    fs::write(dir.path().join("checkpoints/m.prev.safetensors"), b"").unwrap();
    let loaded = store.load("m");
    assert!(loaded.checkpoint.is_none());
    assert_eq!(loaded.warnings.len(), 2);
}

#[test]
fn a_kill_between_the_two_renames_leaves_the_one_before() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(dir.path());
    let path = store.save("m", &checkpoint(1)).unwrap();
    fs::rename(&path, dir.path().join("checkpoints/m.prev.safetensors")).unwrap();
    assert_eq!(store.load("m").checkpoint.unwrap().state["step"], 1);
    store.remove("m").unwrap();
    assert!(store.load("m").checkpoint.is_none());
    store.remove("m").unwrap();
}

#[test]
fn a_checkpoint_of_another_name_or_owner_and_a_wrong_shape_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(dir.path());
    let path = store.save("a/b", &checkpoint(1)).unwrap();
    fs::copy(&path, dir.path().join("checkpoints/a-c.safetensors")).unwrap();
    let loaded = store.load("a/c");
    assert!(loaded.checkpoint.is_none() && loaded.warnings[0].contains("`a/b`"), "{:?}", loaded.warnings);
    for (owner, words) in
        [("d0db68ca6e1aec8d", "another member (59eb3129a697580a)"), ("", "another member (59eb3129a697580a)")]
    {
        let other = CheckpointStore { owner: owner.to_owned(), ..store.clone() };
        let loaded = other.load("a/b");
        assert!(loaded.checkpoint.is_none() && loaded.warnings[0].contains(words), "{:?}", loaded.warnings);
    }
    // One that says nothing, and one whose owner was exchanged.
    write_model(dir.path(), &dir.path().join("staging"), "a/d", &checkpoint(1)).unwrap();
    fs::copy(model_path(dir.path(), "a/d"), dir.path().join("checkpoints/a-d.safetensors")).unwrap();
    assert!(store.load("a/d").warnings[0].contains("does not say to which member"));
    let forged = fs::read(&path).unwrap();
    let at = forged.windows(16).position(|part| part == b"59eb3129a697580a").unwrap();
    let forged = [&forged[..at], b"d0db68ca6e1aec8d", &forged[at + 16..]].concat();
    assert!(decode("a/b", "d0db68ca6e1aec8d", &forged).unwrap_err().contains("checksum"));
    let wrong = Tensor { shape: vec![3], data: TensorData::F32(vec![1.0]) };
    let wrong = Checkpoint { tensors: [("w".to_owned(), wrong)].into(), state: Value::Null };
    assert!(store.save("w", &wrong).unwrap_err().to_string().contains("tensor `w`"));
}
