//! The CPU instructions of one authorized call on loopback, counted by valgrind's callgrind.
//!
//! ```text
//! all ─▶ api_server::start (another process, not counted)
//!     └▶ callgrind::count ─▶ valgrind ─▶ this program: `call SUBJECT URL CALLS`
//!           └▶ measured_clients::run_worker ─▶ counted_section
//! ```

pub mod api_server;
mod callgrind;
mod future_sizes;
mod measured_clients;

use std::hint::black_box;

use anyhow::Result;
use serde::{Deserialize, Serialize};

use self::api_server::ApiProcess;
pub use self::future_sizes::FutureSize;
use self::measured_clients::SUBJECTS;

/// First argument of the process whose instructions are counted.
pub const WORKER: &str = "call";

/// The difference between two runs with these numbers of calls is divided by the difference of the numbers.
const FEWER_CALLS: u64 = 100;
const MORE_CALLS: u64 = 600;

/// The instructions of one subject.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct InstructionFigures {
    pub subject: String,
    /// Instructions per call in user space.
    pub instructions: f64,
    /// More than a bare call of the same version of reqwest.
    pub over_bare: f64,
    /// More than a call with a fixed bearer header of the same version of reqwest.
    pub over_fixed: f64,
    /// Ratio of `instructions` to those of evergrant-reqwest.
    pub ratio: f64,
}

/// The figures of all subjects, and the sizes of futures.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CallInstructions {
    pub calls: Vec<InstructionFigures>,
    pub future_sizes: Vec<FutureSize>,
}

/// Counts the instructions of all subjects.
///
/// # Errors
/// Returns an error if valgrind is not installed, or if a call fails.
pub fn all() -> Result<CallInstructions> {
    callgrind::check_installed()?;
    let api = ApiProcess::start()?;
    let mut counted = Vec::new();
    for subject in &SUBJECTS {
        let fewer = callgrind::count(subject.name, api.url(), FEWER_CALLS)?;
        let more = callgrind::count(subject.name, api.url(), MORE_CALLS)?;
        let instructions = more.saturating_sub(fewer) as f64 / (MORE_CALLS - FEWER_CALLS) as f64;
        eprintln!("{}: {instructions:.0}", subject.name);
        counted.push(instructions);
    }
    let of = |name: &str| {
        let position = SUBJECTS.iter().position(|subject| subject.name == name);
        position.map_or(f64::NAN, |position| counted[position])
    };
    let calls = SUBJECTS
        .iter()
        .zip(&counted)
        .map(|(subject, &instructions)| InstructionFigures {
            subject: subject.name.to_owned(),
            instructions,
            over_bare: instructions - of(subject.version.bare()),
            over_fixed: instructions - of(subject.version.fixed()),
            ratio: instructions / of(measured_clients::EVERGRANT),
        });
    Ok(CallInstructions {
        calls: calls.collect(),
        future_sizes: future_sizes::all(api.url())?,
    })
}

/// Sends calls in the process whose instructions are counted.
///
/// # Errors
/// Returns an error if the arguments are invalid, or if a call fails.
pub fn run_worker(arguments: &[String]) -> Result<()> {
    let [subject, url, calls] = arguments else {
        anyhow::bail!("usage: {WORKER} SUBJECT URL CALLS");
    };
    measured_clients::run_worker(subject, &url.parse()?, calls.parse()?)
}

/// Callgrind counts while this function runs. Not generic, so that its symbol is the only one with its name.
#[inline(never)]
fn counted_section(run: &mut dyn FnMut() -> Result<()>) -> Result<()> {
    let outcome = run();
    // Otherwise the call above would be a jump, and callgrind would not see the function end.
    black_box(outcome)
}
