//! The authentication tag of a record: with the keys, a process detects any change of the record's text.
//!
//! The tag is the last member of the JSON object, so that processes without keys can read the record too. It
//! authenticates the text and not its meaning, because JSON has several representations of one value and parsers differ
//! in what they accept. The member's name sorts after all others, so that it stays last in tools that sort members.

/// A record's text, split into the record and its tag.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Tagged<'a> {
    /// The record before the tag was added.
    pub(crate) record: String,
    pub(crate) tag: &'a str,
}

pub(super) const NAME: &str = "~tag";
const PREFIX: &str = r#","~tag":""#;
const SUFFIX: &str = "\"}";

/// Adds a tag to the text of a record, which is a non-empty JSON object. `None` if the tag would have to be escaped.
pub(crate) fn with_tag(record: &str, tag: &str) -> Option<String> {
    let members = record.strip_suffix('}')?;
    is_plain(tag).then(|| [members, PREFIX, tag, SUFFIX].concat())
}

impl<'a> Tagged<'a> {
    /// Splits the text; `None` if it does not end in a tag.
    pub(crate) fn of(text: &'a str) -> Option<Self> {
        let (members, rest) = text.rsplit_once(PREFIX)?;
        let tag = rest.strip_suffix(SUFFIX).filter(|tag| is_plain(tag))?;
        let record = [members, "}"].concat();
        Some(Self { record, tag })
    }
}

fn is_plain(tag: &str) -> bool {
    !tag.contains(|character: char| matches!(character, '"' | '\\') || character.is_control())
}
