//! Text with values filled in, which knows where in it they are: paths and the URLs of servers.

use std::ops::Range;

use evergrant::origin::is_dot_segment;

/// Fixed parts and values, one behind the other.
#[derive(Debug, Default)]
pub(crate) struct Filled<'n> {
    text: String,
    values: Vec<(Range<usize>, &'n str)>,
}

impl<'n> Filled<'n> {
    /// Appends a fixed part.
    pub(crate) fn push(&mut self, fixed: &str) {
        self.text.push_str(fixed);
    }

    /// Appends the value of `name`, which is encoded already.
    pub(crate) fn fill(&mut self, name: &'n str, value: &str) {
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

    /// Each segment of the path from `start` on that a server may take for `.` or `..`: the names of the values in it. A value may
    /// be harmless by itself, and not with what is around it.
    pub(crate) fn dot_segments(&self, start: usize) -> impl Iterator<Item = Vec<&'n str>> {
        let path = self.text[start..].split(['?', '#']).next().unwrap_or_default();
        let segments = path.split('/').scan(start, |next, segment| {
            let place = *next..*next + segment.len();
            *next = place.end + 1;
            Some((place, segment))
        });
        let dots = segments.filter(|(_, segment)| is_dot_segment(segment));
        dots.map(|(place, _)| {
            let within = |value: &Range<usize>| value.start <= place.end && place.start <= value.end;
            let values = self.values.iter().filter(|(value, _)| within(value));
            values.map(|(_, name)| *name).collect()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(parts: &[(&'static str, &str)]) -> Filled<'static> {
        let mut filled = Filled::default();
        for (name, text) in parts {
            match *name {
                "" => filled.push(text),
                name => filled.fill(name, text),
            }
        }
        filled
    }

    fn dots(parts: &[(&'static str, &str)]) -> Vec<Vec<&'static str>> {
        filled(parts).dot_segments(0).collect()
    }

    #[test]
    fn whole_segments_count_with_the_names_of_the_values_in_them() {
        let slash = ("", "/");
        assert_eq!(dots(&[slash, ("a", ".."), slash, ("b", "x")]), [["a"]]);
        assert_eq!(dots(&[slash, ("a", "."), ("b", "%2e"), slash]), [["a", "b"]]);
        assert_eq!(dots(&[("", "/."), ("a", ".")]), [["a"]]);
        assert_eq!(dots(&[("", "/.."), ("a", "")]), [["a"]]);
        assert_eq!(dots(&[slash, ("a", "."), ("", "."), ("b", "")]), [["a", "b"]]);
        assert_eq!(dots(&[slash, ("a", "x/../%2E"), slash]), [["a"], ["a"]]);
        assert_eq!(dots(&[("", "/../"), ("a", "x")]), [Vec::<&str>::new()]);
        assert!(dots(&[("", "/v"), ("a", ".."), ("", "/"), ("b", "x"), ("", "?q=../..#..")]).is_empty());
        let below = filled(&[("", "https://"), ("a", ".."), ("", ".example.com/x")]);
        assert_eq!(below.dot_segments("https://...example.com".len()).count(), 0);
    }
}
