//! A budget, and how it is spent.

use crate::problem::Problem;
use crate::source::Node;

/// How much there may be of one thing.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Limit {
    /// What messages and the README call it.
    pub(super) name: &'static str,
    pub(crate) most: usize,
    /// What is counted.
    counted: &'static str,
    remedy: &'static str,
}

impl Limit {
    pub(super) const fn new(name: &'static str, most: usize, counted: &'static str, remedy: &'static str) -> Self {
        Self {
            name,
            most,
            counted,
            remedy,
        }
    }

    /// Whether so many are within it.
    pub(crate) fn check(&self, count: usize) -> Result<(), String> {
        match count <= self.most {
            true => Ok(()),
            false => Err(self.exceeded()),
        }
    }

    /// The same for what is counted at a place.
    pub(crate) fn check_at(&self, count: usize, node: &Node<'_>) -> Result<(), Problem> {
        self.check(count).map_err(|message| node.problem(message))
    }

    pub(crate) fn exceeded(&self) -> String {
        format!(
            "too many {}: the budget `{}` allows {}; {}",
            self.counted,
            self.name,
            thousands(self.most),
            self.remedy
        )
    }
}

/// A budget that is spent bit by bit.
#[derive(Debug)]
pub(crate) struct Spending {
    limit: &'static Limit,
    spent: usize,
}

impl Spending {
    pub(crate) fn of(limit: &'static Limit) -> Self {
        Self { limit, spent: 0 }
    }

    pub(crate) fn spend(&mut self, count: usize) -> Result<(), String> {
        self.spent = self.spent.saturating_add(count);
        self.limit.check(self.spent)
    }

    /// The same for what is spent on a place.
    pub(crate) fn spend_at(&mut self, count: usize, node: &Node<'_>) -> Result<(), Problem> {
        self.spend(count).map_err(|message| node.problem(message))
    }
}

/// A number as people read it: `1,000,000`.
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
