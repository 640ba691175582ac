use std::collections::{HashSet, VecDeque};
use std::path::PathBuf;

use serde::Deserialize;

use super::OpError;
use super::journal::{Begun, Ended, FORMAT_VERSION, Journal, Record};
use crate::model::Sandbox;
use crate::source;

/// What `history` is asked for.
#[derive(Debug, Clone)]
pub struct HistoryRequest {
    /// Which journal.
    pub journal: Journal,
    /// The sandbox; all without it.
    pub sandbox: Option<Sandbox>,
    /// How many runs, the newest; all without it.
    pub limit: Option<usize>,
}

/// What a journal holds.
#[derive(Debug, Clone, PartialEq)]
pub struct History {
    /// The journal.
    pub journal: PathBuf,
    /// The runs, in the order in which they began.
    pub runs: Vec<Run>,
    /// The lines that tell nothing, by their numbers from 1, each with why.
    pub unreadable: Vec<(usize, String)>,
}

/// A run that changed something, or was about to.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// How it began.
    pub begun: Begun,
    /// How it ended; `None` where it did not, or has not yet.
    pub ended: Option<Ended>,
}

/// Reads which runs changed what, from the journal; reaches no account.
///
/// The journal is read line by line, and no more is kept of it than is asked for. A journal that is
/// there for it and was never begun holds nothing.
///
/// # Errors
/// When there is no journal, or it cannot be read.
pub fn history(request: &HistoryRequest) -> Result<History, OpError> {
    let Some(path) = request.journal.path() else {
        return Err(OpError::NotThere {
            message: "no journal is kept".to_owned(),
            help: "name one with `--journal FILE`, or a folder for it with TCPERM_HOME".to_owned(),
        });
    };
    let mut reading = Reading::default();
    let is_usual = matches!(request.journal, Journal::Usual(_));
    match source::each_line(path, |number, line| reading.see(request, number, line)) {
        Err(source::SourceError::Missing { .. }) if is_usual => {}
        read => read?,
    }
    Ok(History {
        journal: path.to_owned(),
        runs: reading.runs.into(),
        unreadable: reading.unreadable,
    })
}

/// What was read of a journal so far.
#[derive(Default)]
struct Reading {
    runs: VecDeque<Run>,
    /// The ids of all runs that began, asked for or not.
    begun: HashSet<String>,
    unreadable: Vec<(usize, String)>,
}

impl Reading {
    fn see(&mut self, request: &HistoryRequest, number: usize, line: Result<&str, String>) {
        let seen = match line {
            Ok("") => Ok(()),
            Ok(line) => parsed(line).and_then(|record| self.take(request, record)),
            Err(why) => Err(why),
        };
        if let Err(why) = seen {
            self.unreadable.push((number, why));
        }
    }

    fn take(&mut self, request: &HistoryRequest, record: Record) -> Result<(), String> {
        match record {
            Record::Begun(begun) => {
                self.begun.insert(begun.id.clone());
                let wanted = request.sandbox.as_ref();
                if wanted.is_none_or(|wanted| wanted.as_str().eq_ignore_ascii_case(&begun.sandbox)) {
                    self.runs.push_back(Run {
                        begun: *begun,
                        ended: None,
                    });
                }
                if request.limit.is_some_and(|limit| self.runs.len() > limit) {
                    self.runs.pop_front();
                }
                Ok(())
            }
            Record::Ended(ended) if self.begun.contains(&ended.id) => {
                let mut newest_first = self.runs.iter_mut().rev();
                if let Some(run) = newest_first.find(|run| run.begun.id == ended.id) {
                    run.ended = Some(ended);
                }
                Ok(())
            }
            Record::Ended(_) => Err("the run that it ends did not begin in this file".to_owned()),
        }
    }
}

/// A record, or why a line is none.
fn parsed(line: &str) -> Result<Record, String> {
    #[derive(Deserialize)]
    #[serde(expecting = "a record")]
    struct Header {
        format_version: String,
    }

    let no_record = |error: serde_json::Error| format!("it is no record: {error}");
    let header: Header = serde_json::from_str(line).map_err(no_record)?;
    if header.format_version != FORMAT_VERSION {
        return Err(format!(
            "its format_version is `{}`, and this tcperm reads `{FORMAT_VERSION}`",
            header.format_version.escape_debug()
        ));
    }
    serde_json::from_str(line).map_err(no_record)
}

#[cfg(test)]
mod tests;
