//! The parser, however its input is cut.

use super::*;

fn events(pieces: &[&[u8]]) -> Vec<RawEvent> {
    let mut parser = Parser::default();
    let mut events = Vec::new();
    for piece in pieces {
        parser.feed(piece, &mut events).unwrap();
    }
    events.retain(|event| !event.is_silent);
    events
}

fn data(text: &str) -> Vec<String> {
    events(&[text.as_bytes()]).into_iter().map(|event| event.data).collect()
}

/// Every kind of line end and field, a byte order mark, characters of two, three and four bytes.
const ALL: &str = "\u{FEFF}: a comment\r\rdata: first\n\nevent: übung\rdata: ein\r\ndata:  zwei €\ndata\nid: 7\r\n\r\n\
                   retry: 1500\nunknown: x\ndata:🦀\r\r\n:\nretry: soon\nid: a\0b\ndata: last\n\ndata: unfinished";

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
fn it_reads_what_the_standard_says() {
    assert_eq!(events(&[ALL.as_bytes()]), expected());
}

#[test]
fn where_the_bytes_are_cut_makes_no_difference() {
    let bytes = ALL.as_bytes();
    for cut in 0..=bytes.len() {
        assert_eq!(events(&[&bytes[..cut], &bytes[cut..]]), expected(), "cut at {cut}");
    }
    for size in 1..20 {
        let pieces: Vec<_> = bytes.chunks(size).collect();
        assert_eq!(events(&pieces), expected(), "pieces of {size}");
    }
}

#[test]
fn the_examples_of_the_standard() {
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
fn without_data_there_is_no_event_and_its_fields_are_not_the_next_ones() {
    let events = events(&[b"event: ping\nretry: 5\n\n\n\ndata: x\n\n"]);
    assert_eq!(events.len(), 1);
    assert_eq!((&events[0].event, events[0].retry), (&None, None));
}

#[test]
fn bytes_that_are_no_text_are_replaced() {
    assert_eq!(events(&[b"data: a\xFFb\n\n"])[0].data, "a\u{FFFD}b");
}

#[test]
fn a_line_or_an_event_without_end_is_refused() {
    let mut parser = Parser::default();
    let mut events = Vec::new();
    let line = vec![b'x'; LONGEST_LINE];
    assert_eq!(parser.feed(&line, &mut events), Ok(()));
    assert_eq!(parser.feed(b"x", &mut events), Err(TooLarge::Line));

    let mut parser = Parser::default();
    let mut line = b"data: ".to_vec();
    line.resize(LONGEST_LINE - 1, b'x');
    line.push(b'\n');
    let fed: Vec<_> = (0..9).map(|_| parser.feed(&line, &mut events)).collect();
    assert_eq!(
        fed.iter().position(Result::is_err),
        Some(8),
        "the ninth line of a megabyte"
    );
    assert!(events.is_empty());
}
