//! Tests of the parser, with input that is split at every byte.

use super::*;

fn events(chunks: &[&[u8]]) -> Vec<RawEvent> {
    let mut parser = Parser::default();
    let mut events = Vec::new();
    for chunk in chunks {
        parser.feed(chunk, &mut events).unwrap();
    }
    events.retain(|event| !event.is_dataless);
    events
}

fn data(text: &str) -> Vec<String> {
    events(&[text.as_bytes()]).into_iter().map(|event| event.data).collect()
}

/// All kinds of line ends and fields, a byte order mark, and characters of two, three and four bytes.
const INPUT: &str = "\u{FEFF}: a comment\r\rdata: first\n\nevent: übung\rdata: ein\r\ndata:  zwei €\ndata\nid: 7\r\n\
                   \r\nretry: 1500\nunknown: x\ndata:🦀\r\r\n:\nretry: soon\nid: a\0b\ndata: last\n\ndata: unfinished";

fn expected() -> Vec<RawEvent> {
    let event = |data: &str| RawEvent {
        data: data.to_owned(),
        ..RawEvent::default()
    };
    let id = || Some("7".to_owned());
    vec![
        event("first"),
        RawEvent {
            event: Some("übung".to_owned()),
            id: id(),
            ..event("ein\n zwei €\n")
        },
        RawEvent {
            id: id(),
            retry: Some(Duration::from_millis(1500)),
            ..event("🦀")
        },
        RawEvent {
            id: id(),
            ..event("last")
        },
    ]
}

#[test]
fn all_fields_and_line_ends_are_parsed() {
    assert_eq!(events(&[INPUT.as_bytes()]), expected());
}

#[test]
fn input_may_be_split_anywhere() {
    let bytes = INPUT.as_bytes();
    for split in 0..=bytes.len() {
        assert_eq!(
            events(&[&bytes[..split], &bytes[split..]]),
            expected(),
            "split at {split}"
        );
    }
    for size in 1..20 {
        let chunks: Vec<_> = bytes.chunks(size).collect();
        assert_eq!(events(&chunks), expected(), "chunks of {size}");
    }
}

#[test]
fn examples_of_the_standard() {
    assert_eq!(data("data: YHOO\ndata: +2\ndata: 10\n\n"), ["YHOO\n+2\n10"]);
    assert_eq!(data("data\n\ndata\ndata\n\ndata:"), ["", "\n"]);
    assert_eq!(data("data:test\n\ndata: test\n\n"), ["test", "test"]);
    let ids: Vec<_> = events(&[b": x\n\ndata: a\nid: 1\n\ndata:b\nid\n\ndata:  c\n\n"])
        .into_iter()
        .map(|event| event.id)
        .collect();
    assert_eq!(ids, [Some("1".to_owned()), None, None]);
}

#[test]
fn a_block_without_data_is_not_an_event_and_its_fields_are_discarded() {
    let events = events(&[b"event: ping\nretry: 5\n\n\n\ndata: x\n\n"]);
    assert_eq!(events.len(), 1);
    assert_eq!((&events[0].event, events[0].retry), (&None, None));
}

#[test]
fn invalid_utf8_is_replaced() {
    assert_eq!(events(&[b"data: a\xFFb\n\n"])[0].data, "a\u{FFFD}b");
}

#[test]
fn endless_lines_and_events_are_rejected() {
    let mut parser = Parser::default();
    let mut events = Vec::new();
    let line = vec![b'x'; MAX_LINE];
    assert_eq!(parser.feed(&line, &mut events), Ok(()));
    assert_eq!(parser.feed(b"x", &mut events), Err(TooLarge::Line));

    let mut parser = Parser::default();
    let mut line = b"data: ".to_vec();
    line.resize(MAX_LINE - 1, b'x');
    line.push(b'\n');
    let results: Vec<_> = (0..9).map(|_| parser.feed(&line, &mut events)).collect();
    assert_eq!(
        results.iter().position(Result::is_err),
        Some(8),
        "the ninth line of 1 MiB"
    );
    assert!(events.is_empty());
}
