//! The size of a value in the units of the budgets.

use serde_json::Value;

/// The size of a value with everything in it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Size {
    pub(super) nodes: usize,
    /// Length of names and strings in bytes.
    pub(super) text: usize,
    /// Levels of nested objects and arrays.
    pub(super) depth: usize,
    /// Sum of the depths of all nodes.
    pub(super) steps: usize,
}

impl Size {
    pub(super) fn of(value: &Value) -> Self {
        let mut size = Self::default();
        size.add(value, 0);
        size
    }

    /// Returns an upper bound for the size with a copy of another value at each of these locations.
    pub(super) fn with(&self, other: &Self, places: &[String]) -> Self {
        let mut sum = *self;
        for place in places {
            let depth = place.matches('/').count();
            sum.nodes = sum.nodes.saturating_add(other.nodes);
            sum.text = sum.text.saturating_add(other.text);
            // An appended item is one level below its array.
            sum.depth = sum.depth.max(depth + 1 + other.depth);
            sum.steps = sum.steps.saturating_add(other.steps + other.nodes * (depth + 1));
        }
        sum
    }

    /// Recursion is bounded by the depth that the reader allows.
    fn add(&mut self, value: &Value, above: usize) {
        self.nodes += 1;
        self.steps += above;
        match value {
            Value::String(text) => self.text += text.len(),
            Value::Array(items) => {
                self.depth = self.depth.max(above + 1);
                items.iter().for_each(|item| self.add(item, above + 1));
            }
            Value::Object(members) => {
                self.depth = self.depth.max(above + 1);
                for (key, value) in members {
                    self.text += key.len();
                    self.add(value, above + 1);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
}
