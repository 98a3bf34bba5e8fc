//! Scopes: an ordered set of names.

use std::collections::HashSet;
use std::fmt;

/// A scope of an access token (RFC 6749 section 3.3). Implement this trait for an enum of an API's scopes, so that the
/// compiler checks their names. Strings are scopes too.
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
    /// Returns the scope's name as sent in requests (RFC 6749 section 3.3). A string with spaces is a list of several
    /// scopes.
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

/// A set of scopes in insertion order. The order has no meaning (RFC 6749 section 3.3).
#[derive(Debug, Clone, Default, Eq)]
pub struct Scopes(Vec<String>);

impl Scopes {
    /// Parses a list of scopes that are separated by spaces.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        std::iter::once(text).collect()
    }

    /// Returns whether the set contains no scope.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns whether the set contains the scope `name`.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.0.iter().any(|scope| scope == name)
    }

    /// Returns the names of the scopes, in insertion order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Returns the scopes of this set that the set `granted` does not contain.
    #[must_use]
    pub fn missing_from(&self, granted: &Self) -> Self {
        // A hash set, because the server determines the number of scopes.
        let granted: HashSet<&str> = granted.iter().collect();
        self.iter().filter(|scope| !granted.contains(scope)).collect()
    }

    /// Parses granted scopes from one or more strings. Some servers separate scopes by commas, which RFC 6749 allows
    /// within a scope: a requested scope with a comma is not split.
    pub(crate) fn granted(texts: &[&str], requested: &Self) -> Self {
        let requested: HashSet<&str> = requested.iter().collect();
        let split = |scope: &str| !requested.contains(scope);
        let words = texts.iter().flat_map(|text| text.split_ascii_whitespace());
        words
            .flat_map(|word| match split(word) {
                true => word.split(',').filter(|part| !part.is_empty()).collect(),
                false => vec![word],
            })
            .collect()
    }

    /// Returns the scopes of `self` that the server did not grant. A scope with commas is also considered granted if
    /// all its parts are, because a server that separates scopes by commas cannot return it otherwise.
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

    /// Returns the first name with a character that RFC 6749 section 3.3 does not allow.
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
    fn comma_separated_scopes_and_scopes_with_commas_are_distinguished() {
        for (requested, granted, missing) in [
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
            let requested = Scopes::parse(requested);
            let read = Scopes::granted(granted, &requested);
            assert_eq!(
                requested.not_granted(&read).to_string(),
                missing,
                "{requested} and {granted:?}"
            );
        }
        let requested = Scopes::parse("repo a,b");
        let granted = Scopes::granted(&["repo,gist a,b"], &requested);
        assert_eq!(granted.iter().collect::<Vec<_>>(), ["repo", "gist", "a,b"]);
    }

    #[test]
    fn large_sets_of_scopes_are_parsed_and_compared() {
        let text: String = (0..150_000).map(|number| format!("{number:x} {number:x} ")).collect();
        let scopes = Scopes::parse(&text);
        let names: Vec<&str> = scopes.iter().collect();
        assert_eq!(names.len(), 150_000);
        assert_eq!(scopes, names.into_iter().rev().collect());
        assert_eq!(scopes.missing_from(&Scopes::parse("0 1 2")).iter().count(), 149_997);
    }
}
