//! Parquet as other programs write it: compressed in every way, with the sums of its pages.

use std::path::Path;

use parquet::basic::{BrotliLevel, Compression, GzipLevel, ZstdLevel};

use crate::project::{Project, rotating};

#[test]
fn every_codec_is_read() {
    let codecs = [
        Compression::SNAPPY,
        Compression::GZIP(GzipLevel::default()),
        Compression::BROTLI(BrotliLevel::default()),
        Compression::LZ4,
        Compression::LZ4_RAW,
        Compression::ZSTD(ZstdLevel::default()),
    ];
    for codec in codecs {
        let project = Project::new();
        project.write_compressed("train.parquet", &rotating(600, 1), codec);
        let said = project.semola(&["check", "p.yaml"]).succeeds();
        assert!(said.contains("train: 600 rows"), "{codec:?}: {said}");
    }
}

#[test]
fn a_page_that_does_not_add_up_is_refused() {
    let project = Project::with_pipeline(
        "\
name: sums
stages:
  - read: {as: train, path: flipped_bit.parquet, fields: {x: {}, y: {}}}
  - train: {as: m, from: train, input: x, target: y, model: {mlp: {hidden: [4]}}, epochs: 1}
",
    );
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/flipped_bit.parquet");
    std::fs::copy(fixture, project.path("flipped_bit.parquet")).unwrap();
    project.run_refuses(3, &["flipped_bit.parquet", "CRC"]);
}
