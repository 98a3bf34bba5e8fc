//! What it takes to look for a JSONPath (RFC 9535), before it is done: a short one can ask for more than there is memory.

use super::size::Size;
use crate::limits::SEARCH;

/// In bytes.
const LONGEST: usize = 4_000;

/// Brackets and parentheses within each other, which are parsed one within the other.
const DEEPEST: usize = 32;

/// Patterns are compiled for each value that they are compared with.
const PATTERN: usize = 20;

/// What a path has that decides how many values are looked at.
#[derive(Debug, Default, PartialEq, Eq)]
struct Selectors {
    /// Segments `..`, each of which looks at everything below.
    descendants: usize,
    /// Paths within filters that begin at the root again.
    absolute: usize,
    /// `match` and `search`.
    patterns: usize,
    /// Paths within filters that begin at the value, each of which is followed for every value.
    relative: usize,
    /// `&&` and `||`, by their signs.
    junctions: usize,
    /// How often a value may be found: `[0, 0]` finds one twice.
    repeated: usize,
    /// Whether it may find more than one value for each of its selectors.
    is_open: bool,
}

/// The steps to all values that are looked at, at most.
pub(super) fn cost(target: &str, size: &Size) -> Result<usize, String> {
    if target.len() > LONGEST {
        return Err(format!("its target is longer than {LONGEST} bytes"));
    }
    let selectors = Selectors::of(target)?;
    let mut cost = selectors.repeated.max(1);
    let mut times = |factor: usize| cost = cost.saturating_mul(factor.max(1));
    times(if selectors.is_open { size.steps } else { size.depth });
    (1..selectors.descendants).for_each(|_| times(size.depth));
    (0..selectors.absolute).for_each(|_| times(size.nodes));
    (0..selectors.patterns).for_each(|_| times(PATTERN));
    times(selectors.terms());
    SEARCH.check(cost)?;
    Ok(cost)
}

impl Selectors {
    /// What filters evaluate for one value: paths, or conditions where more of them compare literals.
    fn terms(&self) -> usize {
        self.relative.max(self.junctions / 2 + 1)
    }

    fn of(target: &str) -> Result<Self, String> {
        let mut found = Self {
            repeated: 1,
            ..Self::default()
        };
        // The brackets and parentheses that are open, with the selectors of each.
        let mut open: Vec<(char, usize)> = Vec::new();
        let mut quote = None;
        let mut letters = target.char_indices();
        while let Some((at, letter)) = letters.next() {
            if let Some(end) = quote {
                match letter {
                    '\\' => drop(letters.next()),
                    letter if letter == end => quote = None,
                    _ => {}
                }
                continue;
            }
            match letter {
                '\'' | '"' => quote = Some(letter),
                '[' | '(' => {
                    open.push((letter, 1));
                    if open.len() > DEEPEST {
                        return Err(format!("its target has more than {DEEPEST} brackets within each other"));
                    }
                    let before = &target[..at];
                    found.patterns += usize::from(before.ends_with("match") || before.ends_with("search"));
                }
                ']' | ')' => {
                    if let Some(('[', selectors)) = open.pop() {
                        found.repeated = found.repeated.saturating_mul(selectors);
                    }
                }
                ',' => {
                    if let Some((_, selectors)) = open.last_mut() {
                        *selectors += 1;
                    }
                }
                '.' if target[..at].ends_with('.') => {
                    found.descendants += 1;
                    found.is_open = true;
                }
                '$' if at > 0 => found.absolute += 1,
                '@' => found.relative += 1,
                '&' | '|' => found.junctions += 1,
                '*' | '?' | ':' => found.is_open = true,
                _ => {}
            }
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selectors(target: &str) -> (usize, usize, usize, usize, bool) {
        let found = Selectors::of(target).unwrap();
        (
            found.descendants,
            found.absolute,
            found.patterns,
            found.repeated,
            found.is_open,
        )
    }

    #[test]
    fn what_a_path_asks_for_is_seen_without_looking_for_it() {
        for (target, expected) in [
            ("$.paths['/a..b,*'].get", (0, 0, 0, 1, false)),
            ("$.paths['/it\\'s..']", (0, 0, 0, 1, false)),
            ("$.a['b', 'c'][0, 1, 2]", (0, 0, 0, 6, false)),
            ("$..a", (1, 0, 0, 1, true)),
            ("$..a..b", (2, 0, 0, 1, true)),
            ("$.a[*]", (0, 0, 0, 1, true)),
            ("$.a[1:3]", (0, 0, 0, 1, true)),
            ("$.a[?@.b == $.c && match(@.d, 'e.*')]", (0, 1, 1, 1, true)),
        ] {
            assert_eq!(selectors(target), expected, "{target}");
        }
    }

    #[test]
    fn a_path_that_names_its_places_costs_next_to_nothing_and_one_that_multiplies_is_refused() {
        let size = Size {
            nodes: 1_500_000,
            text: 0,
            depth: 30,
            steps: 13_000_000,
        };
        assert_eq!(cost("$.paths['/a'].get.parameters[0]", &size), Ok(30));
        assert_eq!(cost("$..parameters", &size), Ok(13_000_000));
        assert_eq!(cost("$..[?@.name == '@ || @']", &size), Ok(13_000_000));
        assert_eq!(cost("$..[?@.in == 'path' && @.name == 'a']", &size), Ok(26_000_000));
        let terms = |term: &str, sign: &str| format!("$..[?{}]", vec![term; 500].join(sign));
        let many = "['a','a','a','a','a','a','a','a']".repeat(12);
        for target in [
            "$..*..*",
            "$..[?@.x == $..y]",
            &format!("${many}"),
            "$..[?match(@.a, 'b') && search(@.c, 'd')]",
            &terms("@.a", "||"),
            &terms("@.a", " && "),
            &terms("1<2", "&&"),
            &format!("$..[?@.a{}]", "[?@.a]".repeat(600)),
            "$..[?@.a == @.b || @.c == @.d]",
        ] {
            let problem = cost(target, &size).unwrap_err();
            assert!(problem.contains("the budget `overlay search`"), "{problem}");
        }
        assert!(cost(&format!("$.a[?{}1{}]", "(".repeat(40), ")".repeat(40)), &size).is_err());
        assert!(cost(&format!("$.{}", "a".repeat(LONGEST)), &size).is_err());
    }
}
