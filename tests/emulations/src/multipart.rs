//! A strict parser of `multipart/form-data` (RFC 7578), which detects mistakes of a client.

/// One part of a body.
pub(crate) struct Part<'a> {
    pub(crate) name: String,
    pub(crate) file_name: Option<String>,
    pub(crate) content_type: Option<String>,
    pub(crate) content: &'a [u8],
}

/// Returns the parts of a body, or its problem.
pub(crate) fn parts<'a>(content_type: &str, body: &'a [u8]) -> Result<Vec<Part<'a>>, &'static str> {
    let (essence, parameters) = content_type.split_once(';').unwrap_or((content_type, ""));
    if !essence.trim().eq_ignore_ascii_case("multipart/form-data") {
        return Err("the body is not multipart/form-data");
    }
    let boundary = parameter(parameters, "boundary").filter(|boundary| (1..=70).contains(&boundary.len()));
    let boundary = boundary.ok_or("there is no boundary")?;
    let first = format!("--{boundary}");
    let between = format!("\r\n--{boundary}");
    let mut rest = body
        .strip_prefix(first.as_bytes())
        .ok_or("the body does not begin with its boundary")?;
    let mut parts = Vec::new();
    while let Some(inner) = rest.strip_prefix(b"\r\n") {
        let end = find(inner, between.as_bytes()).ok_or("a part does not end")?;
        parts.push(part(&inner[..end])?);
        rest = &inner[end + between.len()..];
    }
    match rest {
        b"--" | b"--\r\n" => Ok(parts),
        _ => Err("the body does not end with its boundary"),
    }
}

fn part(text: &[u8]) -> Result<Part<'_>, &'static str> {
    let end = find(text, b"\r\n\r\n").ok_or("a part has no headers")?;
    let headers = std::str::from_utf8(&text[..end]).map_err(|_| "a part's headers are not text")?;
    let header = |name: &str| {
        let mut lines = headers.split("\r\n").filter_map(|line| line.split_once(':'));
        let header = lines.find(|(known, _)| known.trim().eq_ignore_ascii_case(name));
        header.map(|(_, value)| value.trim())
    };
    let disposition = header("content-disposition").and_then(|value| value.strip_prefix("form-data;"));
    let disposition = disposition.ok_or("a part is not form-data")?;
    Ok(Part {
        name: parameter(disposition, "name").ok_or("a part has no name")?,
        file_name: parameter(disposition, "filename"),
        content_type: header("content-type").map(str::to_owned),
        content: &text[end + 4..],
    })
}

/// Returns a parameter of a header, without quotes.
fn parameter(parameters: &str, name: &str) -> Option<String> {
    let mut pairs = parameters.split(';').filter_map(|pair| pair.trim().split_once('='));
    let (_, value) = pairs.find(|(known, _)| known.eq_ignore_ascii_case(name))?;
    Some(value.trim_matches('"').to_owned())
}

fn find(text: &[u8], pattern: &[u8]) -> Option<usize> {
    text.windows(pattern.len()).position(|window| window == pattern)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TYPE: &str = "multipart/form-data; boundary=\"x\"";

    #[test]
    fn parts_are_parsed_with_their_names_types_and_bytes() {
        let body = b"--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n2\r\n--x\r\n\
            content-type: image/png\r\ncontent-disposition: form-data; name=\"b\"; filename=\"b.png\"\r\n\r\n\0\xff\r\n--x--\r\n";
        let parts = parts(TYPE, body).unwrap_or_default();
        assert_eq!((parts[0].name.as_str(), parts[0].content), ("a", &b"1\r\n2"[..]));
        assert_eq!(
            (parts[1].file_name.as_deref(), parts[1].content),
            (Some("b.png"), &b"\0\xff"[..])
        );
        assert_eq!(parts[1].content_type.as_deref(), Some("image/png"));
    }

    #[test]
    fn truncated_and_other_bodies_are_errors() {
        let part = "Content-Disposition: form-data; name=a\r\n\r\n1";
        for body in [
            String::new(),
            format!("--x\r\n{part}"),
            format!("--x\r\n{part}\r\n--x"),
            format!("--y\r\n{part}\r\n--y--"),
            "--x\r\n\r\n\r\n--x--".to_owned(),
        ] {
            assert!(parts(TYPE, body.as_bytes()).is_err(), "{body:?}");
        }
        let whole = format!("--x\r\n{part}\r\n--x--");
        assert!(parts(TYPE, whole.as_bytes()).is_ok());
        for other in ["application/json", "multipart/form-data", "multipart/mixed; boundary=x"] {
            assert!(parts(other, whole.as_bytes()).is_err(), "{other}");
        }
    }
}
