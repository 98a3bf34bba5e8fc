//! A limit, and the budget that counts up to it.

use crate::errors_and_warnings::{Located, Problem};

/// The maximum number of one kind of item.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Limit {
    /// The name of the budget in messages and in the README.
    pub(super) name: &'static str,
    pub(crate) max: usize,
    /// The counted items, such as `operations`.
    counted: &'static str,
    remedy: &'static str,
}

impl Limit {
    pub(super) const fn new(name: &'static str, max: usize, counted: &'static str, remedy: &'static str) -> Self {
        Self {
            name,
            max,
            counted,
            remedy,
        }
    }

    /// Returns an error if `count` exceeds the limit.
    pub(crate) fn check(&self, count: usize) -> Result<(), String> {
        match count <= self.max {
            true => Ok(()),
            false => Err(self.exceeded()),
        }
    }

    /// Like [`check`](Self::check), with the location of the counted items.
    pub(crate) fn check_at(&self, count: usize, at: &impl Located) -> Result<(), Problem> {
        self.check(count)
            .map_err(|message| Problem::fatal(&at.pointer(), message))
    }

    pub(crate) fn exceeded(&self) -> String {
        format!(
            "too many {}: the budget `{}` allows {}; {}",
            self.counted,
            self.name,
            thousands(self.max),
            self.remedy
        )
    }
}

/// A limit and the amount that is already spent.
#[derive(Debug)]
pub(crate) struct Budget {
    limit: &'static Limit,
    spent: usize,
}

impl Budget {
    pub(crate) fn of(limit: &'static Limit) -> Self {
        Self { limit, spent: 0 }
    }

    pub(crate) fn spend(&mut self, count: usize) -> Result<(), String> {
        self.spent = self.spent.saturating_add(count);
        self.limit.check(self.spent)
    }

    /// Like [`spend`](Self::spend), with the location of the counted items.
    pub(crate) fn spend_at(&mut self, count: usize, at: &impl Located) -> Result<(), Problem> {
        self.spend(count)
            .map_err(|message| Problem::fatal(&at.pointer(), message))
    }
}

/// Formats a number with thousands separators: `1,000,000`.
pub(super) fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut shown = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}
