//! The parameters and the body of a token request. Both are zeroized after use.

use std::collections::{BTreeMap, HashSet};

use bytes::Bytes;
use serde::{Serialize, Serializer};
use zeroize::Zeroizing;

use crate::encoding::percent_encode;

/// Returns whether a parameter may be repeated (RFC 8707 section 2, RFC 8693 section 2.1). Others must not be (RFC 6749
/// sections 3.1 and 3.2).
pub(crate) fn may_repeat(name: &str) -> bool {
    matches!(name, "resource" | "audience")
}

/// The parameters of a token request, in order.
#[derive(Default)]
pub(crate) struct Form(Vec<(String, Zeroizing<String>)>);

impl Form {
    pub(crate) fn add(&mut self, name: &str, value: &str) {
        self.0.push((name.to_owned(), Zeroizing::new(value.to_owned())));
    }

    /// Returns a parameter that is repeated but must not be.
    pub(crate) fn repeated(&self) -> Option<&str> {
        let mut names = HashSet::new();
        let mut all = self.0.iter().map(|(name, _)| name.as_str());
        all.find(|name| !may_repeat(name) && !names.insert(*name))
    }

    /// Encodes an `application/x-www-form-urlencoded` body. A space becomes `%20`, which every decoder accepts.
    pub(crate) fn into_form(self) -> Bytes {
        let mut body = self.body(3);
        for (name, value) in &self.0 {
            if !body.is_empty() {
                body.push(b'&');
            }
            body.extend_from_slice(percent_encode(name).as_bytes());
            body.push(b'=');
            body.extend_from_slice(Zeroizing::new(percent_encode(value)).as_bytes());
        }
        bytes(body)
    }

    /// Encodes a JSON object of strings. Repeated parameters become arrays of strings.
    pub(crate) fn into_json(self) -> Bytes {
        let mut members = BTreeMap::<&str, Values<'_>>::new();
        for (name, value) in &self.0 {
            members.entry(name).or_default().0.push(value);
        }
        let mut body = self.body(6);
        // Writing strings to a `Vec` cannot fail.
        let _ = serde_json::to_writer(&mut *body, &members);
        bytes(body)
    }

    /// Returns an empty buffer with capacity for the whole body, because growing would leave a copy that is not
    /// zeroized. Each byte takes at most `max_encoded` bytes.
    fn body(&self, max_encoded: usize) -> Zeroizing<Vec<u8>> {
        let separators = "{\"\":[\"\"],}".len();
        let capacity =
            |(name, value): &(String, Zeroizing<String>)| max_encoded * (name.len() + value.len()) + separators;
        Zeroizing::new(Vec::with_capacity(self.0.iter().map(capacity).sum()))
    }
}

/// The values of one parameter: a string, or an array if there are several.
#[derive(Default)]
struct Values<'a>(Vec<&'a str>);

impl Serialize for Values<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.as_slice() {
            [value] => value.serialize(serializer),
            values => values.serialize(serializer),
        }
    }
}

fn bytes(body: Zeroizing<Vec<u8>>) -> Bytes {
    struct Owner(Zeroizing<Vec<u8>>);
    impl AsRef<[u8]> for Owner {
        fn as_ref(&self) -> &[u8] {
            &self.0
        }
    }
    Bytes::from_owner(Owner(body))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_never_exceeds_its_capacity() {
        for text in ["", "a", "\u{1}\u{1f}\u{7f}\"\\/", "é𝄞 +&=%", "plain"] {
            for count in 0..4 {
                let form = || {
                    let mut form = Form::default();
                    (0..count).for_each(|_| form.add("resource", text));
                    form.add(text, text);
                    form
                };
                let capacity = |max_encoded| form().body(max_encoded).capacity();
                assert!(form().into_form().len() <= capacity(3), "{text:?}");
                let json = form().into_json();
                assert!(json.len() <= capacity(6), "{text:?}");
                let read: serde_json::Value = serde_json::from_slice(&json).expect("JSON");
                assert_eq!(read[text], text);
                match count {
                    0 => assert_eq!(read.get("resource"), None),
                    1 => assert_eq!(read["resource"], text),
                    _ => assert_eq!(read["resource"].as_array().map(Vec::len), Some(count)),
                }
            }
        }
    }
}
