//! Masking of secrets: in each encoding, at cuts of the text, and in linear time.

use std::cell::Cell;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::*;
use crate::encoding::percent_encode;

thread_local! {
    pub(super) static STEPS: Cell<usize> = const { Cell::new(0) };
}

fn line(secrets: &[&str], text: &str, limit: usize) -> String {
    let secrets: Vec<_> = secrets.iter().map(|secret| Secret::from(*secret)).collect();
    Redactor::new(&secrets).line(text, limit)
}

fn assert_masked(secret: &str, shown: &str) {
    for (before, after) in [("", ""), ("got ", "."), ("<p>", "</p>"), ("{\"", "\"}")] {
        let line = line(&[secret], &format!("{before}{shown}{after}"), 300);
        assert_eq!(line, format!("{before}{MASK}{after}"), "{secret} as {shown}");
    }
}

#[test]
fn a_secret_is_masked_in_each_encoding() {
    for (secret, form) in [
        ("a!b+c*d~e(f)'g h", "a!b+c*d~e(f)'g h"),
        ("a!b+c*d~e(f)'g h", "A!B+C*D~E(F)'G H"),
        ("a!b+c*d~e(f)'g h", "a!b%2Bc*d~e(f)'g%20h"),
        ("a!b+c*d~e(f)'g h", "a%21b%2Bc*d%7Ee%28f%29%27g+h"),
        ("a!b+c*d~e(f)'g h", "a%21b%2bc%2ad~e%28f%29%27g%20h"),
        ("ab/cd+ef", "ab/cd%2Bef"),
        ("ab/cd+ef", "ab%252Fcd%252bef"),
        ("ab/cd+ef", r"ab\/cd+ef"),
        ("ab/cd+ef", r"ab/cd\u002Bef"),
        ("ab/cd+ef", r"ab\x2fcd\x2Bef"),
        ("a\"b\\c\nd", r#"a\"b\\c\nd"#),
        ("a\"b\\c\nd", r#"a\\\"b\\\\c\\nd"#),
        ("a&b<c>d\"e'f+g", "a&amp;b&lt;c&gt;d&quot;e&apos;f+g"),
        ("a&b<c>d\"e'f+g", "a&#38;b&#60;c&#62;d&#34;e&#39;f&#43;g"),
        ("a&b<c>d\"e'f+g", "a&#x26;b&#x3C;c&#X3e;d&#x0022;e&#x27;f&#x2b;g"),
        ("a&b", "a&amp;amp;b"),
        ("a&b", r"a\u0026amp;b"),
        ("a+b", "a%26%2343%3Bb"),
        ("a£b", "a%C2%A3b"),
        ("a£b", r"a\u00A3b"),
        ("a£b", "a&#163;b"),
        ("a😀b", r"a\uD83D\uDE00b"),
        ("a😀b", r"a\\ud83d\\ude00b"),
        ("a😀b", "a&#x1F600;b"),
        // Secrets that look encoded.
        (r"a%2Fb+c&amp;d\", r"a%2Fb+c&amp;d\"),
        (r"a%2Fb+c&amp;d\", "a%252Fb%2Bc%26amp%3Bd%5C"),
        (r"a%2Fb+c&amp;d\", "a%25252Fb%252Bc%2526amp%253Bd%255C"),
        (r"a%2Fb+c&amp;d\", r"a%2Fb+c\u0026amp;d\\"),
        (r"a%2Fb+c&amp;d\", r"a%2Fb+c&amp;amp;d\"),
    ] {
        assert_masked(secret, form);
    }
    assert_eq!(line(&["bob/x"], r"CORP\bob%2Fx", 80), r"CORP\[redacted]");
}

#[test]
fn a_secret_is_masked_with_mixed_escapes() {
    let secret = "s3:cr/t+ é%\\&\"";
    let percent = |lead: &str, character: char| {
        let bytes = character.to_string().into_bytes();
        bytes.iter().map(|byte| format!("{lead}{byte:02x}")).collect()
    };
    let written = |way, character| match way {
        0 => String::from(character),
        1 => percent("%", character),
        2 => percent("%25", character),
        3 => format!("&#{};", u32::from(character)),
        4 => format!("&#x{:X};", u32::from(character)),
        _ => format!("\\u{:04x}", u32::from(character)),
    };
    for ways in (0..36).map(|pair| [pair / 6, pair % 6]) {
        let each = secret.chars().zip(ways.into_iter().cycle());
        let each = each.map(|(character, way)| match way {
            // In text with backslash escapes, a backslash is escaped too.
            0 if character == '\\' && ways.contains(&5) => r"\\".to_owned(),
            way => written(way, character),
        });
        assert_masked(secret, &each.collect::<String>());
    }
}

#[test]
fn a_secret_in_base64_is_masked_at_any_offset() {
    let secret = "a+b%2Fc/d:e f&g=h~\"!";
    let percent = percent_encode(secret);
    for text in [secret, &format!("client:{secret}"), &format!("c:{percent}")] {
        let form = STANDARD.encode(text);
        let line = line(&[secret], &form, 300);
        let longest = line.split(MASK).map(str::len).max().unwrap();
        assert!(line.contains(MASK) && longest <= 12, "{form} left {line}");
    }
}

#[test]
fn other_text_is_unchanged() {
    for shown in r"a%2 a%2Cb a%+2b a\u002 a&#4 a&#43b ab %  a&#99999999;b \ud83d &#;".split(' ') {
        assert_eq!(line(&["a+b", ""], shown, 80), shown);
    }
}

#[test]
fn a_secret_is_masked_before_the_line_is_cut_or_trimmed() {
    let (secret, text) = ("not-a-real-secret", "it is not-a-real-secret.");
    assert_eq!(line(&[secret], text, 12), "it is [redac…");
    assert_eq!(line(&[secret], text, 17), "it is [redacted].");
    assert_eq!(line(&[" not a real secret "], " not a real secret ", 80), MASK);
}

#[test]
fn a_part_of_base64_shorter_than_six_characters_is_not_masked() {
    assert_eq!(line(&["abcd"], "YWJjZA==", 80), "YWJjZA==");
    assert_eq!(line(&["abcde"], "YWJjZGU=", 80), "[redacted]U=");
}

#[test]
fn an_html_number_has_at_most_eight_digits() {
    for (text, shown) in [
        ("a&#00000043;b", MASK),
        ("a&#x0000002B;b", MASK),
        ("a&#000000043;b", "a&#000000043;b"),
        ("a&#x00000002B;b", "a&#x00000002B;b"),
    ] {
        assert_eq!(line(&["a+b"], text, 80), shown);
    }
}

#[test]
fn the_start_of_a_secret_is_masked_only_at_a_cut() {
    let secret = "not-a-real-secret";
    assert_eq!(line(&[secret], "not-a-real", 80), "not-a-real");
    let text = format!("{}not-a-real", " ".repeat(SCAN_FACTOR * 20 + SCAN_MARGIN - 10));
    assert_eq!(line(&[secret], &text, 20), "not-a-real");
    assert_eq!(line(&[secret], &format!("{text} "), 20), "…");
}

#[test]
fn the_scanned_part_ends_at_a_multiple_of_the_limit() {
    let text = |before: usize| format!("{}x{}", " ".repeat(before), "y".repeat(SCAN_MARGIN + 1));
    assert_eq!(line(&[], &text(SCAN_FACTOR * 20 - 1), 20), "x…");
    assert_eq!(line(&[], &text(SCAN_FACTOR * 20), 20), "…");
}

#[test]
fn a_cut_inside_a_character_omits_the_character() {
    for (most, start) in [(0, ""), (1, "a"), (2, "a"), (3, "a"), (4, "a€"), (5, "a€b"), (9, "a€b")] {
        assert_eq!(prefix("a€b", most), start, "{most}");
    }
}

#[test]
fn a_sentence_has_its_limit_after_secrets_are_masked() {
    let secret = "not-a-real-secret ".repeat(20);
    let redactor = Redactor::new([&Secret::from(secret.trim())]);
    let text = format!("{secret}is wrong, {}", "and so on ".repeat(100));
    let sentence = redactor.sentence(&text, 60);
    assert_eq!(
        sentence,
        "[redacted] is wrong, and so on and so on and so on and so on…"
    );
    assert_eq!(redactor.sentence("it is wrong", 60), "it is wrong");
}

#[test]
fn overlapping_secrets_share_a_mask() {
    let secrets = ["not-a-real", "real-secret"];
    assert_eq!(line(&secrets, "<not-a-real-secret>", 80), "<[redacted]>");
    assert_eq!(line(&secrets, "<not-a-realreal-secret>", 80), "<[redacted][redacted]>");
    assert_eq!(line(&["abab"], "<abababab>abab", 80), "<[redacted]>[redacted]");
    assert_eq!(line(&["aba"], "<abababac>", 80), "<[redacted]c>");
}

#[test]
fn control_and_bidi_characters_become_spaces() {
    let characters =
        "\n\u{1b}\u{85}\u{61c}\u{200b}\u{200c}\u{200d}\u{200e}\u{2028}\u{2029}\u{202e}\u{2060}\u{2066}\u{feff}";
    for character in characters.chars() {
        let line = line(&[], &format!("{character}one{character}two{character}"), 80);
        assert_eq!(line, "one two", "{}", character.escape_unicode());
    }
}

#[test]
fn no_part_of_a_secret_is_shown_at_a_cut() {
    let secret: String = (100..300).map(|number| format!("{number}\"&")).collect();
    let percent: String = secret.bytes().map(|byte| format!("%25{byte:02X}")).collect();
    let json: String = secret.bytes().map(|byte| format!(r"\\u{byte:04x}")).collect();
    for form in [&secret, &percent, &json, &STANDARD.encode(&secret)] {
        for before in 0..SCAN_FACTOR * 20 {
            let text = format!("{}{form}", " ".repeat(before));
            assert_eq!(line(&[&secret], &text, 20), format!("{MASK}…"), "{before} {form}");
        }
    }
}

#[test]
fn the_running_time_is_linear() {
    let steps = |secret: &str, text: &str| {
        STEPS.set(0);
        line(&[secret], text, 400);
        STEPS.get()
    };
    for piece in r"\ % %25 &amp; a QUFB \\%25&amp; \u005c &#38; aab %2525".split(' ') {
        for end in ["", "b"] {
            let at = |n| steps(&(piece.repeat(n) + end), &piece.repeat(2 * n));
            let (once, twice, fourfold) = (at(40), at(80), at(160));
            assert!(twice <= 2 * once + 1000 && once >= 80, "{piece}: {once}, {twice}");
            assert!(fourfold <= 2 * twice + 1000, "{piece}: {twice}, {fourfold}");
            assert_eq!(at(1 << 16), at(1 << 17), "{piece}: only a part is scanned");
        }
    }
}
