//! One namespace: whoever comes second under a name gets another.

use std::collections::{HashMap, HashSet};

/// The names that are taken. Asked in the same order, it gives the same answers.
#[derive(Debug, Clone, Default)]
pub(crate) struct Names {
    taken: HashSet<String>,
    /// By name: the number to be tried next.
    next: HashMap<String, usize>,
}

impl Names {
    /// With names that are not to be given.
    pub(crate) fn reserving<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        Self {
            taken: names.into_iter().map(str::to_owned).collect(),
            next: HashMap::new(),
        }
    }

    /// `name`, or `name` with a number behind it.
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

    /// `name` if it is free, or else `name` with `suffix`, and a number if need be.
    pub(crate) fn take_or(&mut self, name: String, suffix: &str) -> String {
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
    fn the_second_comer_gets_a_number() {
        let mut names = Names::reserving(["Client"]);
        assert_eq!(names.take("Book".into()), "Book");
        assert_eq!(names.take("Book".into()), "Book2");
        assert_eq!(names.take("a_b".into()), "a_b");
        assert_eq!(names.take("a_b".into()), "a_b_2");
        assert_eq!(names.take("Book3".into()), "Book3");
        assert_eq!(names.take("Book".into()), "Book4");
        assert_eq!(names.take_or("Client".into(), "Model"), "ClientModel");
    }

    #[test]
    fn each_number_is_tried_once_however_many_want_the_same_name() {
        let mut names = Names::default();
        for index in 0..50_000 {
            names.take(format!("A{}", index % 3));
            names.take("A".into());
        }
        // Of `A`, all but what `A0`, `A1` and `A2` have taken was given: no number was tried twice.
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
