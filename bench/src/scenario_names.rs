//! The names of the scenarios. The module `load` implements them.

use std::str::FromStr;

use anyhow::bail;

/// A scenario of the tail-behaviour comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scenario {
    /// 10,000 callers without a token; the server responds after 50 ms.
    T1,
    /// 200 callers without a token; the server fails after 50 ms; retries disabled where the subject supports it.
    T2,
    /// The same with the subject's default retries.
    T2Default,
    /// A valid token due for renewal; the server fails after 200 ms; 100 concurrent callers.
    T3,
    /// The same, then 20 sequential calls.
    T4,
    /// 50 late 401 responses for one old token, 20 ms apart.
    T5,
    /// Five sequential callers with a timeout of 100 ms; the server responds after 200 ms; then a sixth caller.
    T6,
    /// 2,000 calls per second over five token lifetimes of 3 s.
    T7,
    /// The calls of T7 without a renewal, for comparison.
    T7Still,
    /// A valid token due for renewal; the server never responds.
    T8,
    /// No token; the server never responds.
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

    /// The scenario's name in tables and on the command line.
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

    /// A one-line description for a heading.
    pub fn description(self) -> &'static str {
        match self {
            Self::T1 => "cold start, 10,000 callers; the server responds after 50 ms",
            Self::T2 => "cold start, 200 callers; the server fails after 50 ms; retries disabled where supported",
            Self::T2Default => "the same with each subject's default retries",
            Self::T3 => "valid token due for renewal, 100 concurrent callers; the server fails after 200 ms",
            Self::T4 => "the same, then 20 sequential calls",
            Self::T5 => "50 late 401s for one old token, 20 ms apart; the server responds after 10 ms",
            Self::T6 => {
                "five sequential callers with a timeout of 100 ms, then a sixth; the server responds after 200 ms"
            }
            Self::T7 => "2,000 calls per second over five token lifetimes of 3 s",
            Self::T7Still => "the calls of T7 without a renewal, for comparison",
            Self::T8 => "valid token due for renewal, 100 callers; the server never responds",
            Self::T8Expired => "no token, 100 callers; the server never responds",
            Self::T9 => "429 with `Retry-After: 2`; 100 callers call every 50 ms for 5 s",
        }
    }
}

impl FromStr for Scenario {
    type Err = anyhow::Error;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let Some(scenario) = Self::ALL.into_iter().find(|known| known.name() == name) else {
            let known: Vec<_> = Self::ALL.iter().map(|known| known.name()).collect();
            bail!("unknown scenario {name:?}; expected one of {}", known.join(", "));
        };
        Ok(scenario)
    }
}
