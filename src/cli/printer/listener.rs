//! The printer as a listener of runs.

use semola_data::Event;

use super::Printer;
use semola_pipe::run::{Listener, Notice};

impl Listener for Printer {
    fn notice(&self, notice: &Notice) {
        match notice {
            Notice::RowsLeftOut { data, column, rows } => {
                self.warning(&format!("{data}: {rows} rows left out because of column `{column}` (on_invalid: drop)"));
            }
            Notice::Planned(plan) => self.detail(plan.to_string().trim_end()),
            Notice::Begins { member, directory } => self.note(&format!("{member}: {}", directory.display())),
            Notice::AlreadyDone { member, directory } => {
                self.note(&format!("{member}: already done in {} (use --fresh to start over)", directory.display()));
            }
            Notice::OtherBuild { member, foreign, more } => {
                let label = member.map(|member| format!("{member}: ")).unwrap_or_default();
                let others = if *more == 0 { String::new() } else { format!("; so are {more} more") };
                self.note(&format!("{label}{}{others}", foreign.note()));
            }
            Notice::Event(Event::LeftOut { message, .. } | Event::NothingLeft { message, .. }) => self.warning(message),
            // Progress and the summary say the rest.
            Notice::Event(_) => {}
            Notice::StageTook { stage, seconds } => self.detail(&format!("{stage}: {seconds:.2} s")),
            Notice::Warning(text) => self.warning(text),
            Notice::Failed { member, error } => self.error(&format!("{member}: {error}")),
        }
    }
}
