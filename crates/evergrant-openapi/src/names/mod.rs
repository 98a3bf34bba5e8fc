//! Names: from whatever a description calls things to Rust's identifiers, without clashes and always the same way.

mod scope;
mod words;

pub(crate) use self::scope::Names;

use self::words::words;

/// A name as Rust's methods, modules and fields have it: `oauth_ccg`. Never a keyword, never empty.
pub(crate) fn snake(name: &str) -> String {
    let words = words(name);
    let name = match words.is_empty() {
        true => "unnamed".to_owned(),
        false => words.join("_"),
    };
    safe(name, "_")
}

/// A name as Rust's types and variants have it: `OAuthCcg`. Never a keyword, never empty.
pub(crate) fn pascal(name: &str) -> String {
    let name: String = words(name).iter().map(|word| capitalised(word)).collect();
    if name.is_empty() {
        return "Unnamed".to_owned();
    }
    safe(name, "")
}

/// A name as modules with a file of their own have it: as [`snake`], of ASCII letters alone.
pub(crate) fn module(name: &str) -> String {
    let name: String = snake(name).chars().filter(char::is_ascii).collect();
    match name.trim_matches('_').is_empty() {
        true => "unnamed".to_owned(),
        false => file(safe(name, "_")),
    }
}

/// A module's name as that of a file: Windows has some for its devices, whatever comes behind the dot.
pub(crate) fn file(name: String) -> String {
    let numbered = |device: &str| {
        name.strip_prefix(device)
            .is_some_and(|number| matches!(number.as_bytes(), [b'1'..=b'9']))
    };
    match matches!(name.as_str(), "con" | "prn" | "aux" | "nul") || numbered("com") || numbered("lpt") {
        true => format!("{name}_"),
        false => name,
    }
}

/// A name as Rust's statics have it: `OAUTH_CCG`.
pub(crate) fn shouting(name: &str) -> String {
    let name = words(name).join("_").to_uppercase();
    match name.is_empty() {
        true => "UNNAMED".to_owned(),
        false => safe(name, "_"),
    }
}

/// A name as packages have it: `verizon-edge`, of ASCII letters, digits and dashes alone.
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

fn capitalised(word: &str) -> String {
    if let Some(rest) = word.strip_prefix("oauth") {
        return format!("OAuth{rest}");
    }
    let mut letters = word.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}

/// Puts a letter or `_` before a digit and whatever else begins no identifier, and `_` behind a keyword.
fn safe(name: String, before_digit: &str) -> String {
    let begins = |first: char| match first.is_ascii() {
        true => first == '_' || first.is_ascii_alphabetic(),
        // A mark on the letter before it is part of a name, and begins none.
        false => syn::parse_str::<syn::Ident>(first.encode_utf8(&mut [0; 4])).is_ok(),
    };
    let name = match name.starts_with(|first: char| !begins(first)) {
        true if before_digit.is_empty() => format!("N{name}"),
        true => format!("{before_digit}{name}"),
        false => name,
    };
    // What reads as one identifier is one; keywords do not, but for one that came with edition 2024.
    match syn::parse_str::<syn::Ident>(&name) {
        Ok(_) if name != "gen" => name,
        // `Self` is the only keyword that types could be called.
        _ if before_digit.is_empty() => format!("{name}Type"),
        _ => format!("{name}_"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_or_a_digit_of_any_script_begins_no_name() {
        for name in ["\u{65c}st", "\u{300}a", "\u{661}a", "\u{65c}", "²a", "ⅷ"] {
            for name in [snake(name), pascal(name), shouting(name), module(name)] {
                assert!(syn::parse_str::<syn::Ident>(&name).is_ok(), "{name:?}");
            }
        }
    }

    #[test]
    fn the_seeds_names() {
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
    fn files_are_not_called_as_devices_are() {
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
    fn whatever_a_name_is_it_comes_out_as_an_identifier() {
        let odd = [
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
        for name in odd {
            for made in [snake(name), pascal(name), shouting(name)] {
                assert!(syn::parse_str::<syn::Ident>(&made).is_ok(), "{name:?} became {made:?}");
            }
        }
    }
}
