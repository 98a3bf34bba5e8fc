//! The scenarios, by name; what each does is in `drive`.

use std::str::FromStr;

use anyhow::bail;

/// One row of the comparison of tail behaviour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scenario {
    /// 10,000 callers, no token, a server that takes 50 ms.
    T1,
    /// 200 callers, no token, a server that fails in 50 ms; no retries, where a subject can do without.
    T2,
    /// The same, with the retries that a subject makes by default.
    T2Default,
    /// A token that is valid but that the subject wants renewed; the server fails in 200 ms; 100 callers at once.
    T3,
    /// The same, then 20 calls one after another.
    T4,
    /// 50 late 401s for one old token, 20 ms apart.
    T5,
    /// Five callers with 100 ms each, one after another, a server that takes 200 ms; then a sixth.
    T6,
    /// 2,000 calls a second over five lifetimes of 3 s.
    T7,
    /// The same calls without a renewal, for comparison.
    T7Still,
    /// A token that the subject wants renewed, and a server that never answers.
    T8,
    /// No token, and a server that never answers.
    T8Expired,
    /// 429 with `Retry-After: 2`; 100 callers for 5 s.
    T9,
}

impl Scenario {
    pub const ALL: [Self; 12] = [
        Self::T1,
        Self::T2,
        Self::T2Default,
        Self::T3,
        Self::T4,
        Self::T5,
        Self::T6,
        Self::T7Still,
        Self::T7,
        Self::T8,
        Self::T8Expired,
        Self::T9,
    ];

    /// Its name in tables and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::T1 => "T1",
            Self::T2 => "T2",
            Self::T2Default => "T2-default",
            Self::T3 => "T3",
            Self::T4 => "T4",
            Self::T5 => "T5",
            Self::T6 => "T6",
            Self::T7 => "T7",
            Self::T7Still => "T7-still",
            Self::T8 => "T8",
            Self::T8Expired => "T8-expired",
            Self::T9 => "T9",
        }
    }

    /// What happens in it, for a heading.
    pub fn story(self) -> &'static str {
        match self {
            Self::T1 => "cold start, 10,000 callers, a server that takes 50 ms",
            Self::T2 => "cold start, 200 callers, a server that fails in 50 ms; retries off where that can be said",
            Self::T2Default => "the same with each subject's own retries",
            Self::T3 => "a token to be renewed but valid, a server that fails in 200 ms, 100 callers at once",
            Self::T4 => "the same, then 20 calls one after another",
            Self::T5 => "50 late 401s for one old token, 20 ms apart, a server that takes 10 ms",
            Self::T6 => "five callers with 100 ms each, one after another, a server that takes 200 ms; then a sixth",
            Self::T7 => "2,000 calls a second over five lifetimes of 3 s",
            Self::T7Still => "the calls of T7 without a renewal, for comparison",
            Self::T8 => "a token to be renewed but valid, and a server that never answers, 100 callers",
            Self::T8Expired => "no token, and a server that never answers, 100 callers",
            Self::T9 => "429 with `Retry-After: 2`, 100 callers that come back every 50 ms for 5 s",
        }
    }
}

impl FromStr for Scenario {
    type Err = anyhow::Error;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let Some(scenario) = Self::ALL.into_iter().find(|known| known.name() == name) else {
            let known: Vec<_> = Self::ALL.iter().map(|known| known.name()).collect();
            bail!("no scenario {name:?}; there are {}", known.join(", "));
        };
        Ok(scenario)
    }
}
