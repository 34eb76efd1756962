//! The program as its users meet it: the built binary on real files, through its command line; and the examples of the library.

mod bad_data;
mod bad_pipeline;
mod builds;
mod clouds;
mod codecs;
mod commands;
mod compare;
mod damaged;
mod determinism;
mod discovers;
mod examples;
mod failed;
mod import;
mod init;
mod interrupted;
mod killed;
mod labels;
mod predict;
mod predict_shards;
mod project;
mod rows;
mod shipped;
mod slurm;
mod sweep;
mod tables;
mod two_processes;
