//! Excerpts of response bodies, without words that could be tokens.

/// Number of bytes of a body that are used.
pub(super) const MAX_LENGTH: usize = 4096;

/// The kind of body, which decides how likely one of its words is a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Body {
    /// An error response, which contains no token.
    Rejection,
    /// A body declared as HTML, such as a login page.
    Page,
    /// Any other success response, which may be a bare token.
    Success,
}

pub(super) fn of(text: &str, body: Body) -> String {
    // Values after these words may be tokens of any shape, so the excerpt ends there.
    let lower = text.to_ascii_lowercase();
    let end = ["access_token", "refresh_token", "id_token"]
        .iter()
        .filter_map(|word| lower.find(word))
        .min()
        .unwrap_or(text.len());
    let text = &text[..end];
    // Some servers declare any body as HTML.
    let body = match body {
        Body::Page if !has_markup(text) => Body::Success,
        _ => body,
    };
    words(&without_markup(text), body)
}

/// Replaces the words that could be tokens.
pub(super) fn words(text: &str, body: Body) -> String {
    let words: Vec<&str> = text
        .split_whitespace()
        .map(|word| if may_be_token(word, body) { "…" } else { word })
        .collect();
    words.join(" ")
}

fn may_be_token(word: &str, body: Body) -> bool {
    let sentence = |character| ".,:;!?'\"()".contains(character);
    let length = word.trim_matches(sentence).chars().count();
    let digit = word.contains(char::is_numeric);
    match body {
        Body::Rejection => word.len() > 24,
        Body::Page => length > 24 || digit && word.contains(char::is_alphabetic),
        Body::Success => length > 12 || digit,
    }
}

fn has_markup(text: &str) -> bool {
    text.split('<').skip(1).any(|tag| {
        let name = tag.starts_with(|first: char| first.is_ascii_alphabetic() || first == '/' || first == '!');
        name && tag.contains('>')
    })
}

fn without_markup(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut inside = false;
    for character in text.chars() {
        match character {
            '<' => inside = true,
            '>' if inside => {
                inside = false;
                plain.push(' ');
            }
            _ if !inside => plain.push(character),
            _ => {}
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::Body;
    use crate::Secret;
    use crate::redact::Redactor;

    fn excerpt(text: &str, body: Body) -> String {
        Redactor::new([&Secret::from("not-a-real-secret")]).excerpt(text.as_bytes(), body)
    }

    #[test]
    fn an_excerpt_shows_no_token_of_a_page() {
        let page = "<html><body><h1>Sign in</h1> eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9 now</body></html>";
        for body in [Body::Rejection, Body::Page, Body::Success] {
            assert_eq!(excerpt(page, body), "Sign in … now");
            assert_eq!(excerpt(r#"{"access_token":"short"#, body), "{\"");
        }
        assert_eq!(excerpt("one\x1b[m\ntwo", Body::Success), "one [m two");
    }

    #[test]
    fn a_success_body_shows_no_word_that_could_be_a_short_token() {
        let texts = "a1b2c3d4e5f6a7b8 <token>a1b2c3d4e5f6a7b8</token> token=a1b2c3d4e5f6 12345678 abcdefghijklm";
        for text in texts.split(' ') {
            assert_eq!(excerpt(text, Body::Success), "…", "{text}");
        }
        assert_eq!(excerpt("a1b2c3d4", Body::Page), "…", "HTML in name only");
        assert_eq!(excerpt("Login please", Body::Success), "Login please");
        assert_eq!(excerpt("Unauthorized.", Body::Success), "Unauthorized.");
    }

    #[test]
    fn a_page_shows_words_and_numbers_but_no_mixtures() {
        let page = "<p>Authentication required (error 1042), ticket a1b2c3d4</p>";
        let shown = "Authentication required (error 1042), ticket …";
        assert_eq!(excerpt(page, Body::Page), shown);
    }

    #[test]
    fn a_page_without_markup_is_treated_like_any_success_body() {
        for text in ["1042", "abcdefghijklm", "1 < 2 > 1042", "1042 <b"] {
            let shown = excerpt(text, Body::Page);
            assert!(!shown.contains("1042") && !shown.contains("abc"), "{text}: {shown}");
        }
        for text in ["code 1042 <b>", "code 1042 </b>", "code 1042 <!-- b -->"] {
            assert_eq!(excerpt(text, Body::Page), "code 1042", "{text}");
        }
    }

    #[test]
    fn a_long_word_is_omitted_if_it_could_be_a_token() {
        let word = "abcdefghijklmnopqrstuvwxyz";
        for (body, longest) in [(Body::Rejection, 24), (Body::Page, 24), (Body::Success, 12)] {
            for length in longest - 1..=longest + 2 {
                let shown = excerpt(&format!("<p>{}</p>", &word[..length]), body);
                let expected = if length > longest { "…" } else { &word[..length] };
                assert_eq!(shown, expected, "{body:?} {length}");
            }
        }
    }

    #[test]
    fn a_comparison_is_not_markup() {
        assert_eq!(excerpt("one > two", Body::Success), "one > two");
    }

    #[test]
    fn a_secret_across_the_end_of_the_scanned_part_is_masked() {
        for margin in 0..30 {
            let text = format!("<{}>not-a-real-secret", "x".repeat(super::MAX_LENGTH - 2 - margin));
            let excerpt = excerpt(&text, Body::Rejection);
            assert!(
                excerpt == "[redacted]" || excerpt.is_empty() && margin == 0,
                "{margin}: {excerpt}"
            );
        }
    }
}
