//! The steps of a renewal, and what may befall a member before or after any of them.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What a member does with the store and the server, in the order of a renewal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Reads the record, holding no lease.
    Look,
    /// Takes the lease.
    Lease,
    /// Asks the server: before the request, and after the response.
    Send,
    /// Reads the record while the server is being asked.
    LookToExtend,
    /// Extends the lease.
    Extend,
    /// Reads the record, having a token to save.
    LookToSave,
    /// Saves the token.
    Save,
    /// Any other change of the record.
    Note,
}

/// On which side of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Nothing of it has happened.
    Before,
    /// All of it has happened, and nobody here knows yet.
    After,
}

/// One point on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Point {
    /// The step.
    pub step: Step,
    /// Its side.
    pub side: Side,
}

/// What befalls a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mishap {
    /// `SIGKILL`.
    Killed,
    /// `SIGSTOP`, until the parent resumes it.
    Stopped,
    /// The store cannot be reached for so long.
    StoreLost(Duration),
    /// The store answers nothing for so long.
    StoreSilent(Duration),
    /// The server cannot be reached for so long; a response that is on its way is lost.
    NetworkLost(Duration),
}

/// When and where a mishap happens, once.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Fault {
    /// Where.
    pub point: Point,
    /// What.
    pub mishap: Mishap,
    /// Not before calls have been given the same token for so long. After a token has come, the record is looked at for a while
    /// that renews nothing.
    pub age: Duration,
}

/// Every point of a renewal whose request takes long enough for the lease to be extended.
pub const POINTS: [Point; 14] = {
    let mut points = [Point::before(Step::Look); 14];
    let steps = [
        Step::Look,
        Step::Lease,
        Step::Send,
        Step::LookToExtend,
        Step::Extend,
        Step::LookToSave,
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
    /// Before a step.
    #[must_use]
    pub const fn before(step: Step) -> Self {
        let side = Side::Before;
        Self { step, side }
    }

    /// After a step.
    #[must_use]
    pub const fn after(step: Step) -> Self {
        let side = Side::After;
        Self { step, side }
    }
}
