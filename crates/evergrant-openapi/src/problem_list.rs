//! The problems of a description, collected so that all of them are reported at once.

use std::collections::HashSet;

use crate::errors_and_warnings::{Pointer, Problem};
use crate::limits::{Budget, PROBLEMS};

/// Collects problems, each once. An exceeded budget ends the collection, as everything after it would exceed it too.
#[derive(Debug)]
pub(crate) struct ProblemList {
    list: Vec<Problem>,
    seen: HashSet<(Pointer, String)>,
    count: Budget,
}

impl ProblemList {
    pub(crate) fn new() -> Self {
        Self {
            list: Vec::new(),
            seen: HashSet::new(),
            count: Budget::of(&PROBLEMS),
        }
    }

    pub(crate) fn add(&mut self, problem: Problem) -> Result<(), Problem> {
        if problem.is_fatal() {
            return Err(problem);
        }
        if self.seen.insert(problem.key()) {
            self.count.spend_at(1, problem.pointer())?;
            self.list.push(problem);
        }
        Ok(())
    }

    /// Returns the value, or `None` after its problem is added.
    pub(crate) fn catch<T>(&mut self, result: Result<T, Problem>) -> Result<Option<T>, Problem> {
        match result {
            Ok(value) => Ok(Some(value)),
            Err(problem) => self.add(problem).map(|()| None),
        }
    }

    pub(crate) fn contains(&self, problem: &Problem) -> bool {
        self.seen.contains(&problem.key())
    }

    pub(crate) fn into_list(self) -> Vec<Problem> {
        self.list
    }
}
