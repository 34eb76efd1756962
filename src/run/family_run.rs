//! Running a family in place: each member in its final directory; finished members are left alone.

use std::path::PathBuf;

use semola_data::output::check_directory;
use semola_data::{Blame, Fault};

use super::builds::of_other_builds;
use super::device::Device;
use super::family::{Family, Member};
use super::family_error::{FamilyError, Incomplete};
use super::listener::{Listener, Notice, OnNotice};
use super::results::Finished;
use super::runner::{Next, Ready, Runner};
use crate::member::RunDir;

/// How a family is run.
#[derive(Debug, Clone)]
pub struct RunSettings {
    /// Where the members' directories go.
    pub out: PathBuf,
    pub device: Device,
    /// Start over, even if a member is done.
    pub fresh: bool,
    /// Only the member with this number.
    pub member: Option<usize>,
}

impl RunSettings {
    /// All members of a family, into `runs/NAME`, on a GPU if there is one.
    pub fn of(family: &Family) -> Self {
        Self { out: default_out(family.name()), device: Device::auto(), fresh: false, member: None }
    }
}

/// How the members ended.
#[derive(Debug)]
pub struct Outcome {
    /// The finished ones, in order.
    pub finished: Vec<Finished>,
    /// The failed ones, with their labels.
    pub failed: Vec<(String, FamilyError)>,
    /// The run was asked to stop before all were done.
    pub interrupted: bool,
}

impl Outcome {
    /// An error if anything is missing.
    ///
    /// # Errors
    /// The interruption; which members failed.
    pub fn complete(&self) -> Result<(), Incomplete> {
        if self.interrupted {
            return Err(Incomplete::Interrupted);
        }
        if self.failed.is_empty() {
            return Ok(());
        }
        let data = self.failed.iter().all(|(_, e)| e.blame() == Blame::Data);
        Err(Incomplete::Failed {
            failed: self.failed.iter().map(|(label, _)| label.clone()).collect(),
            members: self.failed.len() + self.finished.len(),
            blame: if data { Blame::Data } else { Blame::Run },
        })
    }
}

/// The default directory for the members of a pipeline.
pub fn default_out(name: &str) -> PathBuf {
    PathBuf::from("runs").join(name)
}

impl Family {
    /// Runs all members, one after the other, into `runs/NAME`, on a GPU if there is one; `listen` is notified of what
    /// happens. Members that are done are left alone, unfinished ones continued.
    ///
    /// # Errors
    /// As [`run_as`](Self::run_as).
    pub fn run(&self, listen: impl Fn(&Notice) + Sync) -> Result<Outcome, FamilyError> {
        self.run_as(&RunSettings::of(self), &OnNotice(listen))
    }

    /// Runs members as the settings say.
    ///
    /// # Errors
    /// What is wrong with the pipeline, or with data before anything is trained on it. A failing member does not stop
    /// the others; its error is in the outcome.
    pub fn run_as(&self, settings: &RunSettings, listener: &dyn Listener) -> Result<Outcome, FamilyError> {
        let members = self.chosen(settings.member)?;
        check_directory(&settings.out)?;
        let mut runner = Runner::new(self, settings.device, listener);
        let foreign = of_other_builds(&settings.out);
        let mut outcome = Outcome { finished: Vec::new(), failed: Vec::new(), interrupted: false };
        for (i, &member) in members.iter().enumerate() {
            let label = self.label(member);
            let ready = runner.ready(member, Next::Known(members.get(i + 1..).unwrap_or_default()))?;
            if let Some(foreign) = foreign.get(ready.id()).filter(|_| !settings.out.join(ready.id()).exists()) {
                listener.notice(&Notice::OtherBuild { member: Some(&label), foreign, more: 0 });
            }
            let error = match in_place(ready, settings, &label, listener) {
                Ok(finished) => {
                    outcome.finished.push(finished);
                    continue;
                }
                Err(error) => error,
            };
            match error.blame() {
                Blame::Data | Blame::Run => {
                    listener.notice(&Notice::Failed { member: &label, error: &error });
                    outcome.failed.push((label, error));
                }
                Blame::Interrupted => {
                    outcome.interrupted = true;
                    break;
                }
                Blame::Pipeline => return Err(error),
            }
        }
        Ok(outcome)
    }

    /// All members, or the one with a given number.
    ///
    /// # Errors
    /// If there is no member with that number.
    pub fn chosen(&self, number: Option<usize>) -> Result<Vec<Member>, FamilyError> {
        let all = self.members();
        let Some(number) = number else { return Ok(all) };
        let members = all.len();
        all.get(number).map(|&member| vec![member]).ok_or(FamilyError::NoMember { number, members })
    }
}

/// Runs a member in its final directory, unless it is done, and reads what it found while the directory is held.
fn in_place(
    ready: Ready<'_>,
    settings: &RunSettings,
    label: &str,
    listener: &dyn Listener,
) -> Result<Finished, FamilyError> {
    let mut dir = match settings.fresh {
        true => RunDir::open_fresh(&settings.out, ready.id())?,
        false => RunDir::open(&settings.out, ready.id())?,
    };
    let path = dir.path().to_owned();
    let directory = path.as_path();
    if let Some(manifest) = dir.manifest().filter(|_| dir.is_done()) {
        manifest.check_tables(directory)?;
        listener.notice(&Notice::AlreadyDone { member: label, directory });
        // A kill just before the end leaves all but the report.
        if !directory.join("report.html").exists() {
            crate::report::write(directory)?;
        }
    } else {
        listener.notice(&Notice::Begins { member: label, directory });
        ready.run(&mut dir)?;
    }
    Ok(Finished::read(directory)?)
}

#[cfg(test)]
mod tests {
    use semola_data::DataError;

    use super::*;
    use semola_method::fit::TrainError;

    #[test]
    fn data_are_to_blame_for_what_is_missing_only_if_they_are_for_all_of_it() {
        let outcome = |failed, interrupted| Outcome { finished: Vec::new(), failed, interrupted };
        let bad_data = || ("seed 0".to_owned(), FamilyError::Data(DataError::NoRows("a".into())));
        let diverged = TrainError::Checkpoint { name: "a".into(), reason: "full".into() };
        let failed = ("seed 1".to_owned(), FamilyError::Stage(diverged.into()));
        assert_eq!(outcome(Vec::new(), false).complete(), Ok(()));
        let wrong = outcome(vec![bad_data()], false).complete().unwrap_err();
        assert_eq!((wrong.blame(), wrong.to_string()), (Blame::Data, "1 of 1 members failed (seed 0)".to_owned()));
        let wrong = outcome(vec![bad_data(), failed], false).complete().unwrap_err();
        assert_eq!(wrong.blame(), Blame::Run);
        assert_eq!(wrong.to_string(), "2 of 2 members failed (seed 0; seed 1)");
        assert_eq!(outcome(vec![bad_data()], true).complete().unwrap_err().blame(), Blame::Interrupted);
    }
}
