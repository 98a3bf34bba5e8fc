//! Converts the names of a description to Rust identifiers, deterministically and without collisions.

mod rust_prelude;
mod unique_names;
mod word_splitting;

pub(crate) use self::rust_prelude::PRELUDE;
pub(crate) use self::unique_names::Names;

use self::word_splitting::words;

/// Converts a name to snake case, for methods, modules and fields: `oauth_ccg`. Never a keyword and never empty.
pub(crate) fn snake(name: &str) -> String {
    let words = words(name);
    let name = match words.is_empty() {
        true => "unnamed".to_owned(),
        false => words.join("_"),
    };
    valid_identifier(name, "_")
}

/// Converts a name to Pascal case, for types and variants: `OAuthCcg`. Never a keyword and never empty.
pub(crate) fn pascal(name: &str) -> String {
    let name: String = words(name).iter().map(|word| capitalize(word)).collect();
    if name.is_empty() {
        return "Unnamed".to_owned();
    }
    valid_identifier(name, "")
}

/// Converts a name to a module name that is also a file name: like [`snake`], in ASCII only.
pub(crate) fn module(name: &str) -> String {
    let name: String = snake(name).chars().filter(char::is_ascii).collect();
    match name.trim_matches('_').is_empty() {
        true => "unnamed".to_owned(),
        false => file_stem(valid_identifier(name, "_")),
    }
}

/// Appends `_` to the name of a module that Windows reserves for a device, whatever the file's extension.
pub(crate) fn file_stem(name: String) -> String {
    let is_numbered = |device: &str| {
        name.strip_prefix(device)
            .is_some_and(|number| matches!(number.as_bytes(), [b'1'..=b'9']))
    };
    match matches!(name.as_str(), "con" | "prn" | "aux" | "nul") || is_numbered("com") || is_numbered("lpt") {
        true => format!("{name}_"),
        false => name,
    }
}

/// Converts a name to screaming snake case, for statics: `OAUTH_CCG`.
pub(crate) fn screaming_snake(name: &str) -> String {
    let name = words(name).join("_").to_uppercase();
    match name.is_empty() {
        true => "UNNAMED".to_owned(),
        false => valid_identifier(name, "_"),
    }
}

/// Converts a name to kebab case, for packages: `verizon-edge`. It consists of ASCII letters, digits and dashes.
pub(crate) fn kebab(name: &str) -> Option<String> {
    let name: Vec<String> = words(name)
        .into_iter()
        .map(|word| word.chars().filter(char::is_ascii_alphanumeric).collect())
        .filter(|word: &String| !word.is_empty())
        .collect();
    let name = name.join("-");
    name.starts_with(|first: char| first.is_ascii_alphabetic())
        .then_some(name)
}

fn capitalize(word: &str) -> String {
    if let Some(rest) = word.strip_prefix("oauth") {
        return format!("OAuth{rest}");
    }
    let mut letters = word.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}

/// Adds a prefix if the first character cannot start an identifier, and a suffix to a keyword.
fn valid_identifier(name: String, digit_prefix: &str) -> String {
    let can_start = |first: char| match first.is_ascii() {
        true => first == '_' || first.is_ascii_alphabetic(),
        // A combining mark is valid within an identifier, but not at its start.
        false => syn::parse_str::<syn::Ident>(first.encode_utf8(&mut [0; 4])).is_ok(),
    };
    let name = match name.starts_with(|first: char| !can_start(first)) {
        true if digit_prefix.is_empty() => format!("N{name}"),
        true => format!("{digit_prefix}{name}"),
        false => name,
    };
    // `syn` rejects keywords, except `gen`, which is a keyword since edition 2024.
    match syn::parse_str::<syn::Ident>(&name) {
        Ok(_) if name != "gen" => name,
        // `Self` is the only keyword in Pascal case.
        _ if digit_prefix.is_empty() => format!("{name}Type"),
        _ => format!("{name}_"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_do_not_start_with_a_mark_or_a_digit_of_any_script() {
        for name in ["\u{65c}st", "\u{300}a", "\u{661}a", "\u{65c}", "²a", "ⅷ"] {
            for name in [snake(name), pascal(name), screaming_snake(name), module(name)] {
                assert!(syn::parse_str::<syn::Ident>(&name).is_ok(), "{name:?}");
            }
        }
    }

    #[test]
    fn abbreviations_and_separators_are_split_into_words() {
        for name in ["oauthCCG", "OAuthCCG", "oAuthCCG", "OAuth_CCG"] {
            assert_eq!(
                (snake(name), pascal(name)),
                ("oauth_ccg".into(), "OAuthCcg".into()),
                "{name}"
            );
        }
        assert_eq!(pascal("thingspace_oauth1"), "ThingspaceOAuth1");
        assert_eq!(pascal("thingspaceOauth1"), "ThingspaceOAuth1");
        assert_eq!(snake("VZ-M2M-Token"), "vz_m2m_token");
        assert_eq!(pascal("VZ-M2M-Token"), "VzM2mToken");
        assert_eq!(pascal("discovery:read"), "DiscoveryRead");
        assert_eq!(pascal("ts.mec.fullaccess"), "TsMecFullaccess");
        assert_eq!(snake("UEIdentityType"), "ue_identity_type");
        assert_eq!(snake("customQueryOrHeaderParam"), "custom_query_or_header_param");
        assert_eq!(snake("IPv4Address"), "ipv4_address");
        assert_eq!(snake("minCoreClockMHz"), "min_core_clock_mhz");
        assert_eq!(kebab("5G Edge Discovery!"), None);
        assert_eq!(kebab("Edge Discovery & more"), Some("edge-discovery-more".into()));
    }

    #[test]
    fn modules_do_not_have_names_of_windows_devices() {
        for (name, expected) in [
            ("Aux", "aux_"),
            ("CON", "con_"),
            ("com1", "com1_"),
            ("com", "com"),
            ("lpt10", "lpt10"),
            ("Console", "console"),
        ] {
            assert_eq!(module(name), expected);
        }
    }

    #[test]
    fn every_name_becomes_a_valid_identifier() {
        let names = [
            "",
            "-",
            "type",
            "self",
            "Self",
            "crate",
            "super",
            "async",
            "match",
            "r#type",
            "_",
            "__",
            "1st",
            "+1",
            "-1",
            "日本語",
            "a b",
            "\"); std::process::exit(1); //",
            "../../evil",
            "*/",
            "\n",
            "naïve",
            "💥",
            "$ref",
            "@id",
            "gen",
            "dyn",
            "ß",
            "ﬁ",
            "²",
            "٣x",
        ];
        for name in names {
            for identifier in [snake(name), pascal(name), screaming_snake(name)] {
                assert!(
                    syn::parse_str::<syn::Ident>(&identifier).is_ok(),
                    "{name:?}: {identifier:?}"
                );
            }
        }
    }
}
