//! The request's parameters and its body, wiped after use.

use std::collections::BTreeMap;

use bytes::Bytes;
use zeroize::Zeroizing;

use crate::client_auth::percent_encode;

/// Whether a request may have the parameter more than once (RFC 8707 section 2, RFC 8693 section 2.1). Any other is
/// sent once (RFC 6749 sections 3.1 and 3.2).
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

    /// An `application/x-www-form-urlencoded` body; a space is sent as `%20`, which every decoder reads.
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

    /// A JSON object of strings; what is repeated is a list of them.
    pub(crate) fn into_json(self) -> Bytes {
        let mut members = BTreeMap::<&str, Vec<&str>>::new();
        for (name, value) in &self.0 {
            members.entry(name).or_default().push(value);
        }
        let mut body = self.body(6);
        for (name, values) in members {
            let before = if body.is_empty() { b'{' } else { b',' };
            body.push(before);
            write(&mut body, name);
            body.push(b':');
            if values.len() > 1 {
                body.push(b'[');
            }
            for (index, value) in values.iter().enumerate() {
                if index > 0 {
                    body.push(b',');
                }
                write(&mut body, value);
            }
            if values.len() > 1 {
                body.push(b']');
            }
        }
        body.push(b'}');
        bytes(body)
    }

    /// An empty body with room for all of it: growing would leave its old buffer behind unwiped. A byte is written as
    /// `longest` at most.
    fn body(&self, longest: usize) -> Zeroizing<Vec<u8>> {
        let around = "{\"\":[\"\"],}".len();
        let room = |(name, value): &(String, Zeroizing<String>)| longest * (name.len() + value.len()) + around;
        Zeroizing::new(Vec::with_capacity(self.0.iter().map(room).sum()))
    }
}

/// Writes a JSON string.
fn write(body: &mut Vec<u8>, text: &str) {
    // Neither a text nor a `Vec` can fail to be written.
    let _ = serde_json::to_writer(body, text);
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
    fn no_body_outgrows_its_buffer() {
        for text in ["", "a", "\u{1}\u{1f}\u{7f}\"\\/", "é𝄞 +&=%", "plain"] {
            for count in 0..4 {
                let form = || {
                    let mut form = Form::default();
                    (0..count).for_each(|_| form.add("resource", text));
                    form.add(text, text);
                    form
                };
                let room = |longest| form().body(longest).capacity();
                assert!(form().into_form().len() <= room(3), "{text:?}");
                let json = form().into_json();
                assert!(json.len() <= room(6), "{text:?}");
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
