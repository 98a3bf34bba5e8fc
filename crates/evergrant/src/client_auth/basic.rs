//! `client_secret_basic`, in the two encodings that servers expect.

use http::HeaderMap;
use http::header::AUTHORIZATION;
use zeroize::Zeroizing;

use crate::Secret;
use crate::scheme::basic_header;

pub(super) fn percent_encoded(client_id: &str, secret: &Secret, headers: &mut HeaderMap) {
    let secret = Zeroizing::new(percent_encode(secret.expose()));
    insert(&percent_encode(client_id), &secret, headers);
}

pub(super) fn raw(client_id: &str, secret: &Secret, headers: &mut HeaderMap) {
    insert(client_id, secret.expose(), headers);
}

/// Leaves `A-Za-z0-9-._~` bare and writes a space as `%20`: of all variants the one that most servers decode.
pub(crate) fn percent_encode(text: &str) -> String {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let mut encoded = String::with_capacity(text.len() * 3);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push('%');
            encoded.push(char::from(HEX[usize::from(byte >> 4)]));
            encoded.push(char::from(HEX[usize::from(byte & 15)]));
        }
    }
    encoded
}

fn insert(user: &str, password: &str, headers: &mut HeaderMap) {
    // "Basic " and base64 are always a valid header value.
    if let Some(value) = basic_header(user, password) {
        headers.insert(AUTHORIZATION, value);
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    fn sent(encode: fn(&str, &Secret, &mut HeaderMap)) -> String {
        let mut headers = HeaderMap::new();
        encode("svc special+%", &Secret::from("a+b c~é"), &mut headers);
        let value = headers[AUTHORIZATION]
            .to_str()
            .unwrap()
            .strip_prefix("Basic ")
            .unwrap()
            .to_owned();
        String::from_utf8(STANDARD.decode(value).unwrap()).unwrap()
    }

    #[test]
    fn basic_percent_encoded_by_default() {
        assert_eq!(sent(percent_encoded), "svc%20special%2B%25:a%2Bb%20c~%C3%A9");
    }

    #[test]
    fn basic_raw_on_request() {
        assert_eq!(sent(raw), "svc special+%:a+b c~é");
    }
}
