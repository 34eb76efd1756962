//! The formats, and how a file's format is recognised.

use std::io::Read;
use std::path::Path;

use super::error::ImportError;
use super::open;

/// A format that can be imported, by the name that pipelines give it.
pub use semola_data::settings::FormatName as Format;

/// Every format with its name and the extensions of its files.
const FORMATS: [(Format, &str, &[&str]); 10] = [
    (Format::Idx, "idx", &["idx"]),
    (Format::Npy, "npy", &["npy"]),
    (Format::Npz, "npz", &["npz"]),
    (Format::Extxyz, "extxyz", &["extxyz", "xyz"]),
    (Format::Xyz, "xyz", &["xyz"]),
    (Format::Sdf, "sdf", &["sdf", "sd", "mol", "csv"]),
    (Format::Off, "off", &["off"]),
    (Format::Ply, "ply", &["ply"]),
    (Format::Csv, "csv", &["csv", "tsv"]),
    (Format::Hdf5, "hdf5", &["h5", "hdf5", "hdf"]),
];

/// Its name on the command line.
pub fn name(format: Format) -> &'static str {
    FORMATS.iter().find(|f| f.0 == format).map_or("", |f| f.1)
}

/// Whether this is, by its name, a file of the format. For directories, which may hold other files too.
pub fn takes(format: Format, path: &Path) -> bool {
    let extension = extension(path);
    let known = FORMATS.iter().any(|f| f.0 == format && f.2.contains(&extension.as_str()));
    known || (format == Format::Idx && is_idx_name(path))
}

/// Whether some format accepts a file of this name.
pub fn any_takes(path: &Path) -> bool {
    FORMATS.iter().any(|f| takes(f.0, path))
}

/// The format of a file, from its name, or else from its first bytes.
///
/// # Errors
/// If the file cannot be read, or neither identifies the format.
pub fn of(path: &Path) -> Result<Format, ImportError> {
    let extension = extension(path);
    // `csv` beside an SDF file is noticed by the caller; the first format that has an extension is its own.
    let named = FORMATS.iter().filter(|f| f.0 != Format::Sdf || extension != "csv");
    let mut named = named.filter(|f| f.0 != Format::Extxyz || extension == "extxyz");
    if let Some(found) = named.find(|f| f.2.contains(&extension.as_str())) {
        return Ok(found.0);
    }
    if is_idx_name(path) {
        return Ok(Format::Idx);
    }
    let mut head = Vec::new();
    let mut file = std::fs::File::open(path).map_err(ImportError::read(path))?;
    file.by_ref().take(8).read_to_end(&mut head).map_err(ImportError::read(path))?;
    if open::is_gzip(&head) {
        head.clear();
        open::reader(path)?.take(8).read_to_end(&mut head).map_err(open::broken(path))?;
    }
    by_magic(&head).ok_or_else(|| {
        ImportError::Usage(format!("{}: its format is not known; say it in place of `auto`", path.display()))
    })
}

/// The format of this name.
///
/// # Errors
/// If there is none.
pub fn named(name: &str) -> Result<Format, ImportError> {
    let found = FORMATS.iter().find(|f| f.1 == name || (name == "h5" && f.0 == Format::Hdf5));
    found.map(|f| f.0).ok_or_else(|| {
        let hint = semola_document::hint(name, FORMATS.iter().map(|f| f.1));
        ImportError::Usage(format!("there is no format `{name}`{hint}"))
    })
}

/// All formats with the extensions of their files, in words.
pub fn all() -> String {
    let one = |f: &(Format, &str, &[&str])| {
        let own =
            f.2.iter().filter(|e| !((f.0 == Format::Sdf && **e == "csv") || (f.0 == Format::Extxyz && **e == "xyz")));
        format!("{} ({})", f.1, own.map(|e| format!(".{e}")).collect::<Vec<_>>().join(", "))
    };
    FORMATS.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// The extension in lower case, without that of gzip.
fn extension(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    name.rsplit_once('.').map_or(String::new(), |(_, extension)| extension.to_owned())
}

/// `train-images-idx3-ubyte`, also as `train-images.idx3-ubyte` and compressed.
fn is_idx_name(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    ["-idx", ".idx", "_idx"].iter().any(|mark| {
        let rest = name.split_once(mark).map(|(_, rest)| rest);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(|c: char| c.is_ascii_digit() || c == '.'))
    })
}

fn by_magic(head: &[u8]) -> Option<Format> {
    match head {
        [0x93, b'N', b'U', b'M', b'P', b'Y', ..] => Some(Format::Npy),
        [b'P', b'K', 3, 4, ..] => Some(Format::Npz),
        [b'p', b'l', b'y', b'\n' | b'\r', ..] => Some(Format::Ply),
        [0x89, b'H', b'D', b'F', ..] => Some(Format::Hdf5),
        [0, 0, 8..=14, rank, ..] if *rank > 0 => Some(Format::Idx),
        [b'O', b'F', b'F', ..] | [_, b'O', b'F', b'F', ..] => Some(Format::Off),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_formats() {
        let of = |name: &str| of(Path::new(name)).unwrap();
        assert_eq!(of("a/train-images-idx3-ubyte.gz"), Format::Idx);
        assert_eq!(of("t10k-labels.idx1-ubyte"), Format::Idx);
        assert_eq!((of("a.XYZ"), of("a.extxyz"), of("a.xyz.gz")), (Format::Xyz, Format::Extxyz, Format::Xyz));
        assert_eq!((of("a.csv"), of("a.sdf"), of("a.h5")), (Format::Csv, Format::Sdf, Format::Hdf5));
        assert!(takes(Format::Sdf, Path::new("a.sdf.csv")) && takes(Format::Extxyz, Path::new("a.xyz")));
        assert!(named("xzy").unwrap_err().to_string().contains("did you mean `xyz`?"));
        assert_eq!(FORMATS.map(|f| named(f.1).unwrap()), FORMATS.map(|f| f.0));
    }

    #[test]
    fn formats_have_the_same_names_in_a_pipeline() {
        for (format, name, _) in FORMATS {
            let own: Format = serde_json::from_value(name.into()).unwrap();
            assert_eq!(own, format);
        }
        let all = all();
        assert!(all.starts_with("idx (.idx), npy (.npy)") && all.contains("csv (.csv, .tsv)"), "{all}");
    }

    #[test]
    fn first_bytes_tell_formats() {
        assert_eq!(by_magic(&[0, 0, 8, 3, 0, 0, 0, 1]), Some(Format::Idx));
        assert_eq!(by_magic(b"\x93NUMPY\x01\0"), Some(Format::Npy));
        assert_eq!(by_magic(b"COFF\n"), Some(Format::Off));
        assert_eq!(by_magic(b"5\n\nC 0"), None);
        assert_eq!(by_magic(b""), None);
    }
}
