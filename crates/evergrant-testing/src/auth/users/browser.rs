//! A minimal browser: sends one GET request and returns the redirect target.

use std::io::{self, Read as _, Write as _};
use std::net::{TcpStream, ToSocketAddrs as _};

use crate::timeouts::TIMEOUT;

/// Requests `url`, and returns the `Location` of the redirect, or a description of any other outcome.
pub(super) fn visit(url: &str) -> Result<String, String> {
    let (authority, target) = parse(url).ok_or_else(|| format!("{url:?} is not an http URL"))?;
    let response = get(authority, &target).map_err(|error| format!("no response from {authority}: {error}"))?;
    let response = String::from_utf8_lossy(&response);
    let (head, body) = response.split_once("\r\n\r\n").unwrap_or((&response, ""));
    let mut lines = head.split("\r\n");
    let status = lines.next().unwrap_or_default().split(' ').nth(1).unwrap_or_default();
    let location = lines
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("location"))
        .map(|(_, value)| value.trim().to_owned());
    location
        .filter(|_| status.starts_with('3'))
        .ok_or_else(|| format!("the response is {status}: {body}"))
}

/// Returns the authority and the request target of an `http` URL, without the fragment.
fn parse(url: &str) -> Option<(&str, String)> {
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
    let not_found = || io::Error::new(io::ErrorKind::NotFound, "no such host");
    let address = host.to_socket_addrs()?.next().ok_or_else(not_found)?;
    let mut stream = TcpStream::connect_timeout(&address, TIMEOUT)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.set_write_timeout(Some(TIMEOUT))?;
    let request = format!("GET {target} HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut response = Vec::new();
    stream.read_to_end(&mut response)?;
    Ok(response)
}
