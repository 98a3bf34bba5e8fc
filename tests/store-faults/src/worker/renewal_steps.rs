//! The steps of a renewal, and the faults that can be injected before and after each step.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// An operation on the store or the server, in the order of a renewal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Reads the record without holding a lease.
    Read,
    /// Acquires the lease.
    AcquireLease,
    /// Sends the token request and receives the response.
    Request,
    /// Reads the record while the token request is in progress.
    ReadToExtend,
    /// Extends the lease.
    ExtendLease,
    /// Reads the record to save a new token.
    ReadToSave,
    /// Saves the token.
    Save,
    /// Any other change of the record.
    OtherWrite,
}

/// Before or after a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The step has not started.
    Before,
    /// The step is complete, and the manager has not received its outcome.
    After,
}

/// A point at which a fault can be injected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Point {
    /// The step.
    pub step: Step,
    /// Before or after the step.
    pub side: Side,
}

/// What happens to a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// The process is killed (`SIGKILL`).
    Kill,
    /// The process is stopped (`SIGSTOP`) until the parent resumes it.
    Stop,
    /// Store operations fail for this time.
    StoreUnavailable(Duration),
    /// Store operations do not return for this time.
    StoreHangs(Duration),
    /// Token requests fail for this time. A response in transit is lost.
    NetworkUnavailable(Duration),
}

/// A fault that happens once.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Fault {
    /// Where it happens.
    pub point: Point,
    /// What happens.
    pub kind: FaultKind,
    /// Minimum age of the current token. A process reads the record shortly after it received a token: this age
    /// excludes those reads, which renew nothing.
    pub min_token_age: Duration,
}

/// All points of a renewal whose token request takes long enough for the lease to be extended.
pub const RENEWAL_POINTS: [Point; 14] = {
    let mut points = [Point::before(Step::Read); 14];
    let steps = [
        Step::Read,
        Step::AcquireLease,
        Step::Request,
        Step::ReadToExtend,
        Step::ExtendLease,
        Step::ReadToSave,
        Step::Save,
    ];
    let mut index = 0;
    while index < steps.len() {
        points[2 * index] = Point::before(steps[index]);
        points[2 * index + 1] = Point::after(steps[index]);
        index += 1;
    }
    points
};

impl Point {
    /// The point before a step.
    #[must_use]
    pub const fn before(step: Step) -> Self {
        let side = Side::Before;
        Self { step, side }
    }

    /// The point after a step.
    #[must_use]
    pub const fn after(step: Step) -> Self {
        let side = Side::After;
        Self { step, side }
    }
}
