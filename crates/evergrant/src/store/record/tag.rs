//! A record's text and the tag behind it, by which a process that has the keys knows that no other has changed a letter.
//!
//! The tag is the last member of the JSON object, so that whoever has no keys reads the record all the same. What it vouches for
//! is the text and not its meaning: JSON has many ways to write one value, and libraries differ in which they read. Its name
//! comes behind all others, so that it keeps its place in tools that sort them.

/// A text that ends in a tag, taken apart.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Tagged<'a> {
    /// The record as it was before the tag was added.
    pub(crate) record: String,
    pub(crate) tag: &'a str,
}

pub(super) const NAME: &str = "~tag";
const BEFORE: &str = r#","~tag":""#;
const AFTER: &str = "\"}";

/// Adds a tag to a record's text, which is a JSON object that is not empty. `None` for a tag that would have to be escaped.
pub(crate) fn with_tag(record: &str, tag: &str) -> Option<String> {
    let members = record.strip_suffix('}')?;
    is_plain(tag).then(|| [members, BEFORE, tag, AFTER].concat())
}

impl<'a> Tagged<'a> {
    /// `None` when the text ends in no tag.
    pub(crate) fn of(text: &'a str) -> Option<Self> {
        let (members, rest) = text.rsplit_once(BEFORE)?;
        let tag = rest.strip_suffix(AFTER).filter(|tag| is_plain(tag))?;
        let record = [members, "}"].concat();
        Some(Self { record, tag })
    }
}

fn is_plain(tag: &str) -> bool {
    !tag.contains(|character: char| matches!(character, '"' | '\\') || character.is_control())
}
