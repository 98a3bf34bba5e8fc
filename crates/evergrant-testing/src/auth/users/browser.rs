//! The least of a browser: one GET request, and where its response redirects to.

use std::io::{self, Read as _, Write as _};
use std::net::{TcpStream, ToSocketAddrs as _};

use crate::patience::PATIENCE;

/// The `Location` that a URL redirects to, or what came instead.
pub(super) fn visit(url: &str) -> Result<String, String> {
    let (authority, target) = read(url).ok_or_else(|| format!("{url:?} is not an http URL"))?;
    let answer = get(authority, &target).map_err(|error| format!("no answer from {authority}: {error}"))?;
    let answer = String::from_utf8_lossy(&answer);
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let mut lines = head.split("\r\n");
    let status = lines.next().unwrap_or_default().split(' ').nth(1).unwrap_or_default();
    let location = lines
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("location"))
        .map(|(_, value)| value.trim().to_owned());
    location
        .filter(|_| status.starts_with('3'))
        .ok_or_else(|| format!("the answer is {status}: {body}"))
}

/// The authority, and what stands behind it, without the fragment.
fn read(url: &str) -> Option<(&str, String)> {
    let rest = url.strip_prefix("http://")?;
    let rest = rest.split('#').next().unwrap_or_default();
    let (authority, target) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let slash = if target.starts_with('/') { "" } else { "/" };
    let sendable = !authority.is_empty() && rest.bytes().all(|byte| byte.is_ascii_graphic());
    sendable.then(|| (authority, format!("{slash}{target}")))
}

fn get(authority: &str, target: &str) -> io::Result<Vec<u8>> {
    let port = authority.rsplit(']').next().is_some_and(|end| end.contains(':'));
    let host = if port {
        authority.to_owned()
    } else {
        format!("{authority}:80")
    };
    let nowhere = || io::Error::new(io::ErrorKind::NotFound, "no such host");
    let address = host.to_socket_addrs()?.next().ok_or_else(nowhere)?;
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let request = format!("GET {target} HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    Ok(answer)
}
