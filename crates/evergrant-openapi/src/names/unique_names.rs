//! A namespace that makes names unique.

use std::collections::{HashMap, HashSet};

/// The names taken in a namespace. The same requests in the same order give the same names.
#[derive(Debug, Clone, Default)]
pub(crate) struct Names {
    taken: HashSet<String>,
    /// The next number to try, by name.
    next: HashMap<String, usize>,
}

impl Names {
    /// Creates a namespace with reserved names.
    pub(crate) fn with_reserved<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        Self {
            taken: names.into_iter().map(str::to_owned).collect(),
            next: HashMap::new(),
        }
    }

    /// Takes `name`, or `name` with a number if it is taken.
    pub(crate) fn take(&mut self, name: String) -> String {
        if self.taken.insert(name.clone()) {
            return name;
        }
        let separator = if name.contains('_') || name.starts_with(char::is_lowercase) {
            "_"
        } else {
            ""
        };
        let name = name.trim_end_matches('_');
        let number = self.next.entry(format!("{name}{separator}")).or_insert(2);
        loop {
            let other = format!("{name}{separator}{number}");
            *number += 1;
            if self.taken.insert(other.clone()) {
                return other;
            }
        }
    }

    /// Takes `name`, or `name` with `suffix` if it is taken, with a number if necessary.
    pub(crate) fn take_or_suffixed(&mut self, name: String, suffix: &str) -> String {
        match self.taken.contains(&name) {
            true => self.take(format!("{}{suffix}", name.trim_end_matches('_'))),
            false => self.take(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_names_get_a_number() {
        let mut names = Names::with_reserved(["Client"]);
        assert_eq!(names.take("Book".into()), "Book");
        assert_eq!(names.take("Book".into()), "Book2");
        assert_eq!(names.take("a_b".into()), "a_b");
        assert_eq!(names.take("a_b".into()), "a_b_2");
        assert_eq!(names.take("Book3".into()), "Book3");
        assert_eq!(names.take("Book".into()), "Book4");
        assert_eq!(names.take_or_suffixed("Client".into(), "Model"), "ClientModel");
    }

    #[test]
    fn each_number_is_tried_once() {
        let mut names = Names::default();
        for index in 0..50_000 {
            names.take(format!("A{}", index % 3));
            names.take("A".into());
        }
        // Only the numbers that `A0`, `A1` and `A2` took were skipped: no number was tried twice.
        let tried = names.next["A"] - 2;
        assert!((49_999..2 * 50_000).contains(&tried), "{tried}");
        let all: usize = names.next.values().map(|next| next - 2).sum();
        assert!(
            all <= 2 * names.taken.len(),
            "{all} numbers for {} names",
            names.taken.len()
        );
    }
}
