//! Expands the `{name}` placeholders of paths and server URLs, and records the positions of the values.

use std::ops::Range;

use evergrant::origin::is_dot_segment;

/// A string of literal parts and inserted values.
#[derive(Debug, Default)]
pub(crate) struct ExpandedTemplate<'n> {
    text: String,
    values: Vec<(Range<usize>, &'n str)>,
}

impl<'n> ExpandedTemplate<'n> {
    /// Appends a literal part.
    pub(crate) fn push_literal(&mut self, literal: &str) {
        self.text.push_str(literal);
    }

    /// Appends the already encoded value of `name`.
    pub(crate) fn push_value(&mut self, name: &'n str, value: &str) {
        let start = self.text.len();
        self.text.push_str(value);
        self.values.push((start..self.text.len(), name));
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn into_text(self) -> String {
        self.text
    }

    /// For each path segment after `start` that a server may read as `.` or `..`, returns the names of the values in
    /// the segment. A value that is harmless alone can complete such a segment.
    pub(crate) fn dot_segments(&self, start: usize) -> impl Iterator<Item = Vec<&'n str>> {
        let path = self.text[start..].split(['?', '#']).next().unwrap_or_default();
        let segments = path.split('/').scan(start, |next, segment| {
            let range = *next..*next + segment.len();
            *next = range.end + 1;
            Some((range, segment))
        });
        let dots = segments.filter(|(_, segment)| is_dot_segment(segment));
        dots.map(|(range, _)| {
            let within = |value: &Range<usize>| value.start <= range.end && range.start <= value.end;
            let values = self.values.iter().filter(|(value, _)| within(value));
            values.map(|(_, name)| *name).collect()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expanded(parts: &[(&'static str, &str)]) -> ExpandedTemplate<'static> {
        let mut expanded = ExpandedTemplate::default();
        for (name, text) in parts {
            match *name {
                "" => expanded.push_literal(text),
                name => expanded.push_value(name, text),
            }
        }
        expanded
    }

    fn dots(parts: &[(&'static str, &str)]) -> Vec<Vec<&'static str>> {
        expanded(parts).dot_segments(0).collect()
    }

    #[test]
    fn a_dot_segment_reports_the_names_of_its_values() {
        let slash = ("", "/");
        assert_eq!(dots(&[slash, ("a", ".."), slash, ("b", "x")]), [["a"]]);
        assert_eq!(dots(&[slash, ("a", "."), ("b", "%2e"), slash]), [["a", "b"]]);
        assert_eq!(dots(&[("", "/."), ("a", ".")]), [["a"]]);
        assert_eq!(dots(&[("", "/.."), ("a", "")]), [["a"]]);
        assert_eq!(dots(&[slash, ("a", "."), ("", "."), ("b", "")]), [["a", "b"]]);
        assert_eq!(dots(&[slash, ("a", "x/../%2E"), slash]), [["a"], ["a"]]);
        assert_eq!(dots(&[("", "/../"), ("a", "x")]), [Vec::<&str>::new()]);
        assert!(dots(&[("", "/v"), ("a", ".."), ("", "/"), ("b", "x"), ("", "?q=../..#..")]).is_empty());
        let below = expanded(&[("", "https://"), ("a", ".."), ("", ".example.com/x")]);
        assert_eq!(below.dot_segments("https://...example.com".len()).count(), 0);
    }
}
