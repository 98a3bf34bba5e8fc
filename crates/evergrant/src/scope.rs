//! What a token may be used for: scopes, as an ordered set.

use std::collections::HashSet;
use std::fmt;

/// One scope's name on the wire. Implement it for an enumeration of an API's scopes to have them checked by the compiler;
/// plain strings work too.
///
/// ```
/// use evergrant::{Scope, Scopes};
///
/// enum BookstoreScope {
///     BooksRead,
///     OrdersRead,
/// }
///
/// impl Scope for BookstoreScope {
///     fn name(&self) -> &str {
///         match self {
///             Self::BooksRead => "books.read",
///             Self::OrdersRead => "orders.read",
///         }
///     }
/// }
///
/// let scopes: Scopes = [BookstoreScope::BooksRead, BookstoreScope::OrdersRead].into_iter().collect();
/// assert_eq!(scopes.to_string(), "books.read orders.read");
/// ```
pub trait Scope {
    /// The wire value (RFC 6749 section 3.3). Several names separated by spaces count as several scopes.
    fn name(&self) -> &str;
}

impl Scope for str {
    fn name(&self) -> &str {
        self
    }
}

impl Scope for String {
    fn name(&self) -> &str {
        self
    }
}

impl<S: Scope + ?Sized> Scope for &S {
    fn name(&self) -> &str {
        (**self).name()
    }
}

/// A set of scopes that keeps the order in which they were given (RFC 6749 section 3.3: the order means nothing).
#[derive(Debug, Clone, Default, Eq)]
pub struct Scopes(Vec<String>);

impl Scopes {
    /// Reads the space-separated form.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        std::iter::once(text).collect()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether `name` is among them.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.0.iter().any(|scope| scope == name)
    }

    /// The names, in the order given.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Those of `self` that `granted` lacks.
    #[must_use]
    pub fn missing_from(&self, granted: &Self) -> Self {
        // In a set, as a server decides how many there are.
        let granted: HashSet<&str> = granted.iter().collect();
        self.iter().filter(|scope| !granted.contains(scope)).collect()
    }

    /// The scopes that a server says it granted, in one text or in several. Some servers separate them by commas, and
    /// RFC 6749 allows commas within a scope: one that was asked for is left whole.
    pub(crate) fn granted(texts: &[&str], asked: &Self) -> Self {
        let asked: HashSet<&str> = asked.iter().collect();
        let split = |scope: &str| !asked.contains(scope);
        let words = texts.iter().flat_map(|text| text.split_ascii_whitespace());
        words
            .flat_map(|word| match split(word) {
                true => word.split(',').filter(|part| !part.is_empty()).collect(),
                false => vec![word],
            })
            .collect()
    }

    /// Those of `self` that a server did not grant. One with a comma in it is granted by its parts, too: a server that
    /// separates scopes by commas cannot say it in another way.
    pub(crate) fn not_granted(&self, granted: &Self) -> Self {
        let names: HashSet<&str> = granted
            .iter()
            .flat_map(|scope| scope.split(',').chain([scope]))
            .collect();
        let is_granted = |scope: &str| {
            names.contains(scope) || scope.contains(',') && scope.split(',').all(|part| names.contains(part))
        };
        self.iter().filter(|scope| !is_granted(scope)).collect()
    }

    /// The first name with a character that RFC 6749 section 3.3 does not allow.
    pub(crate) fn first_invalid(&self) -> Option<&str> {
        let allowed = |byte: u8| matches!(byte, 0x21 | 0x23..=0x5B | 0x5D..=0x7E);
        self.iter().find(|scope| !scope.bytes().all(allowed))
    }
}

impl<S: Scope> FromIterator<S> for Scopes {
    fn from_iter<I: IntoIterator<Item = S>>(scopes: I) -> Self {
        let mut set = Self::default();
        set.extend(scopes);
        set
    }
}

impl<S: Scope> Extend<S> for Scopes {
    fn extend<I: IntoIterator<Item = S>>(&mut self, scopes: I) {
        for scope in scopes {
            self.0.extend(scope.name().split_ascii_whitespace().map(str::to_owned));
        }
        let mut seen = HashSet::with_capacity(self.0.len());
        let first: Vec<bool> = self.0.iter().map(|name| seen.insert(name.as_str())).collect();
        let mut first = first.into_iter();
        self.0.retain(|_| first.next() == Some(true));
    }
}

impl PartialEq for Scopes {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0 || self.0.len() == other.0.len() && self.missing_from(other).is_empty()
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_separated_by_commas_are_told_from_scopes_with_commas() {
        for (asked, granted, missing) in [
            ("a b", &["a,b"][..], ""),
            ("a b", &["a, b"], ""),
            ("a b", &["a ,b,"], ""),
            ("a b", &["a,b c"], ""),
            ("a b", &["a", "b"], ""),
            ("a b", &["a,c", "b"], ""),
            ("a b", &["a,c"], "b"),
            ("a b", &["ab"], "a b"),
            ("a,b c", &["a,b c"], ""),
            ("a,b c", &["a,b,c"], ""),
            ("a,b c", &["c", "a,b"], ""),
            ("a,b c", &["a,c"], "a,b"),
            ("a,b a", &["a,b"], ""),
            ("a", &[","], "a"),
            ("a", &[""], "a"),
        ] {
            let asked = Scopes::parse(asked);
            let read = Scopes::granted(granted, &asked);
            assert_eq!(asked.not_granted(&read).to_string(), missing, "{asked} and {granted:?}");
        }
        let asked = Scopes::parse("repo a,b");
        let granted = Scopes::granted(&["repo,gist a,b"], &asked);
        assert_eq!(granted.iter().collect::<Vec<_>>(), ["repo", "gist", "a,b"]);
    }

    #[test]
    fn as_many_scopes_as_a_response_can_hold_are_read_and_compared() {
        let text: String = (0..150_000).map(|number| format!("{number:x} {number:x} ")).collect();
        let scopes = Scopes::parse(&text);
        let names: Vec<&str> = scopes.iter().collect();
        assert_eq!(names.len(), 150_000);
        assert_eq!(scopes, names.into_iter().rev().collect());
        assert_eq!(scopes.missing_from(&Scopes::parse("0 1 2")).iter().count(), 149_997);
    }
}
