//! A minimal client of the Redis protocol (RESP) for administrative commands.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

/// A server's reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// A null value.
    Nil,
    /// A number.
    Number(i64),
    /// A string.
    Text(String),
    /// A list of replies.
    List(Vec<Reply>),
}

/// Timeout for one reply.
const LIMIT: Duration = Duration::from_secs(2);

impl Reply {
    /// Returns the string, or an empty string for other replies.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Self::Text(text) => text,
            _ => "",
        }
    }

    /// Returns the number, or `None` for other replies.
    #[must_use]
    pub fn number(&self) -> Option<i64> {
        match self {
            Self::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// Returns the replies in the list, or an empty list for other replies.
    #[must_use]
    pub fn list(&self) -> &[Reply] {
        match self {
            Self::List(list) => list,
            _ => &[],
        }
    }
}

/// Runs one command on a new connection to the server's Unix socket.
pub(crate) fn send(socket: &Path, password: Option<&str>, command: &[&str]) -> Result<Reply> {
    let mut stream = UnixStream::connect(socket)?;
    stream.set_read_timeout(Some(LIMIT))?;
    stream.set_write_timeout(Some(LIMIT))?;
    let mut replies = BufReader::new(stream.try_clone()?);
    if let Some(password) = password {
        stream.write_all(&encode(&["AUTH", password]))?;
        read(&mut replies)?;
    }
    stream.write_all(&encode(command))?;
    read(&mut replies).with_context(|| format!("{} failed", command[0]))
}

fn encode(command: &[&str]) -> Vec<u8> {
    let mut text = format!("*{}\r\n", command.len());
    for part in command {
        text.push_str(&format!("${}\r\n{part}\r\n", part.len()));
    }
    text.into_bytes()
}

fn read(replies: &mut BufReader<UnixStream>) -> Result<Reply> {
    let mut line = String::new();
    replies.read_line(&mut line)?;
    let line = line.trim_end();
    let Some(kind) = line.chars().next() else {
        bail!("the server closed the connection");
    };
    let rest = &line[kind.len_utf8()..];
    match kind {
        '+' => Ok(Reply::Text(rest.to_owned())),
        '-' => bail!("{rest}"),
        ':' => Ok(Reply::Number(rest.parse()?)),
        '$' if rest == "-1" => Ok(Reply::Nil),
        '$' => {
            let mut text = vec![0; rest.parse::<usize>()? + 2];
            replies.read_exact(&mut text)?;
            text.truncate(text.len() - 2);
            Ok(Reply::Text(String::from_utf8_lossy(&text).into_owned()))
        }
        '*' if rest == "-1" => Ok(Reply::Nil),
        '*' => {
            let count = rest.parse::<usize>()?;
            let list: Result<Vec<_>> = (0..count).map(|_| read(replies)).collect();
            Ok(Reply::List(list?))
        }
        _ => bail!("unexpected reply: {line}"),
    }
}
