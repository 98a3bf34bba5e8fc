//! Unguessable paths of redirect URIs. Such a path binds a redirect to this program if the server drops `state`.

use std::collections::HashSet;

use url::Url;

use crate::Secret;

/// Returns the last segment of the path if it can contain 128 random bits: at least 32 hexadecimal digits, or 22
/// characters of base64url. Words and UUIDs are rejected. Whether the segment is actually random cannot be checked.
pub(crate) fn random_path_segment(uri: &Url) -> Option<&str> {
    let segment = last_segment(uri.path());
    let any = |kind: fn(&u8) -> bool| segment.bytes().any(|byte| kind(&byte));
    let all = |kind: fn(&u8) -> bool| segment.bytes().all(|byte| kind(&byte));
    let hexadecimal = segment.len() >= 32 && all(u8::is_ascii_hexdigit);
    let base64url = segment.len() >= 22
        && all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(byte))
        && any(u8::is_ascii_digit)
        && any(u8::is_ascii_lowercase)
        && any(u8::is_ascii_uppercase);
    let distinct = segment.bytes().collect::<HashSet<_>>().len();
    ((hexadecimal || base64url) && distinct >= 8).then_some(segment)
}

/// Returns whether the path of a redirect ends in this segment.
pub(crate) fn is_at(segment: &str, redirect: &str) -> bool {
    let path = redirect.split(['?', '#']).next().unwrap_or_default();
    Secret::from(last_segment(path)).same_as(&Secret::from(segment))
}

fn last_segment(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_must_have_128_bits_and_look_random() {
        let fits = |segment: &str| {
            let uri = Url::parse(&format!("http://127.0.0.1/callback/{segment}")).unwrap();
            random_path_segment(&uri).is_some()
        };
        for segment in [
            "9f86d081884c7d659a2feaa0c55ad015",
            "9F86D081884C7D659A2FEAA0C55AD015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            "mZ2lR0x8QvS7_-aKp3Tn5w",
        ] {
            assert!(fits(segment), "{segment}");
        }
        for segment in [
            "",
            "callback",
            "9f86d081884c7d659a2feaa0c55ad01",
            "9f86d081-884c-4d65-9a2f-eaa0c55ad015",
            "00000000000000000000000000000000",
            "my-application-callback-endpoint",
            "MyApplicationCallbackEndpoint",
            "mZ2lR0x8QvS7_-aKp3Tn5w/",
            "mZ2lR0x8QvS7_-aKp3Tn5w%20",
            "?9f86d081884c7d659a2feaa0c55ad015",
        ] {
            assert!(!fits(segment), "{segment}");
        }
    }

    #[test]
    fn only_the_path_of_a_redirect_is_compared() {
        let at = |redirect: &str| is_at("9f86d081", redirect);
        for redirect in ["http://127.0.0.1:5/a/9f86d081?code=1", "/9f86d081", "9f86d081?code=1#x"] {
            assert!(at(redirect), "{redirect}");
        }
        for redirect in [
            "?code=1&a=/9f86d081",
            "code=1",
            "/9f86d081/?code=1",
            "/a9f86d081",
            "/x#/9f86d081",
            "",
        ] {
            assert!(!at(redirect), "{redirect}");
        }
    }
}
