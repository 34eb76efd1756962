//! Paths in JSON: as text, or as bytes where they are not UTF-8.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Written {
    Text(String),
    Bytes { bytes: Vec<u8> },
}

pub(super) fn serialize<S: Serializer>(path: &Path, to: S) -> Result<S::Ok, S::Error> {
    let bytes = || Written::Bytes { bytes: path.as_os_str().as_encoded_bytes().to_vec() };
    path.to_str().map_or_else(bytes, |text| Written::Text(text.to_owned())).serialize(to)
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<PathBuf, D::Error> {
    match Written::deserialize(from)? {
        Written::Text(text) => Ok(text.into()),
        Written::Bytes { bytes } => {
            of_bytes(bytes).ok_or_else(|| serde::de::Error::custom("not a path of this system"))
        }
    }
}

#[cfg(unix)]
fn of_bytes(bytes: Vec<u8>) -> Option<PathBuf> {
    use std::os::unix::ffi::OsStringExt;
    Some(std::ffi::OsString::from_vec(bytes).into())
}

#[cfg(not(unix))]
fn of_bytes(bytes: Vec<u8>) -> Option<PathBuf> {
    String::from_utf8(bytes).ok().map(PathBuf::from)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Holder(#[serde(with = "super")] PathBuf);

    #[test]
    fn every_path_comes_back() {
        for bytes in [&b"/data/a b"[..], b"/data/\xff\xfe", b"/\n'%", b""] {
            let path = Holder(of_bytes(bytes.to_vec()).unwrap());
            let text = serde_json::to_string(&path).unwrap();
            assert_eq!(serde_json::from_str::<Holder>(&text).unwrap(), path, "{text}");
        }
        assert_eq!(serde_json::to_string(&Holder("/a".into())).unwrap(), "\"/a\"");
    }
}
