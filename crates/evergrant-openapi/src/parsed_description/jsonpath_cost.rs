//! Estimates the cost of a JSONPath (RFC 9535) before its evaluation: a short path can take more memory than there is.

use super::value_size::Size;
use crate::limits::SEARCH;

/// Maximum length of a target, in bytes.
const MAX_TARGET_BYTES: usize = 4_000;

/// Maximum nesting of brackets and parentheses, which are parsed recursively.
const MAX_NESTING: usize = 32;

/// Cost of a pattern, which is compiled for each value.
const PATTERN_COST: usize = 20;

/// The parts of a path that determine how many values are visited.
#[derive(Debug, Default, PartialEq, Eq)]
struct Selectors {
    /// `..` segments, each of which visits all descendants.
    descendants: usize,
    /// Paths within filters that start at the root.
    absolute: usize,
    /// Calls to `match` and `search`.
    patterns: usize,
    /// Paths within filters that start at the current value, each of which is evaluated for every value.
    relative: usize,
    /// Characters of `&&` and `||`.
    junctions: usize,
    /// How many times a value may be matched: `[0, 0]` matches one twice.
    repeated: usize,
    /// Whether a selector may match more than one value.
    is_open: bool,
}

/// Returns an upper bound for the steps to all visited values.
pub(super) fn cost(target: &str, size: &Size) -> Result<usize, String> {
    if target.len() > MAX_TARGET_BYTES {
        return Err(format!("the target is longer than {MAX_TARGET_BYTES} bytes"));
    }
    let selectors = Selectors::of(target)?;
    let mut cost = selectors.repeated.max(1);
    let mut multiply = |factor: usize| cost = cost.saturating_mul(factor.max(1));
    multiply(if selectors.is_open { size.steps } else { size.depth });
    (1..selectors.descendants).for_each(|_| multiply(size.depth));
    (0..selectors.absolute).for_each(|_| multiply(size.nodes));
    (0..selectors.patterns).for_each(|_| multiply(PATTERN_COST));
    multiply(selectors.terms());
    SEARCH.check(cost)?;
    Ok(cost)
}

impl Selectors {
    /// Returns the number of terms that filters evaluate for one value: paths or, if they are more, conditions.
    fn terms(&self) -> usize {
        self.relative.max(self.junctions / 2 + 1)
    }

    fn of(target: &str) -> Result<Self, String> {
        let mut found = Self {
            repeated: 1,
            ..Self::default()
        };
        // The open brackets and parentheses, with the number of selectors of each.
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
                    if open.len() > MAX_NESTING {
                        return Err(format!("the target has more than {MAX_NESTING} nested brackets"));
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
    fn selectors_are_counted_without_evaluation() {
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
    fn specific_paths_are_cheap_and_multiplying_paths_are_rejected() {
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
        assert!(cost(&format!("$.{}", "a".repeat(MAX_TARGET_BYTES)), &size).is_err());
    }
}
