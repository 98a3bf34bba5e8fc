//! Redis' protocol, as far as a few commands of an administrator need it.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

/// What a server answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// Nothing.
    Nil,
    /// A number.
    Number(i64),
    /// A text.
    Text(String),
    /// Several answers.
    List(Vec<Reply>),
}

/// The limit of one answer.
const LIMIT: Duration = Duration::from_secs(2);

impl Reply {
    /// The text, and an empty one for anything else.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Self::Text(text) => text,
            _ => "",
        }
    }

    /// The number, if it is one.
    #[must_use]
    pub fn number(&self) -> Option<i64> {
        match self {
            Self::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// The answers, and none if it is not a list.
    #[must_use]
    pub fn list(&self) -> &[Reply] {
        match self {
            Self::List(list) => list,
            _ => &[],
        }
    }
}

/// Runs one command, on a connection of its own to the server's socket.
pub(crate) fn ask(socket: &Path, password: Option<&str>, command: &[&str]) -> Result<Reply> {
    let mut stream = UnixStream::connect(socket)?;
    stream.set_read_timeout(Some(LIMIT))?;
    stream.set_write_timeout(Some(LIMIT))?;
    let mut answers = BufReader::new(stream.try_clone()?);
    if let Some(password) = password {
        stream.write_all(&encoded(&["AUTH", password]))?;
        read(&mut answers)?;
    }
    stream.write_all(&encoded(command))?;
    read(&mut answers).with_context(|| format!("{} failed", command[0]))
}

fn encoded(command: &[&str]) -> Vec<u8> {
    let mut text = format!("*{}\r\n", command.len());
    for part in command {
        text.push_str(&format!("${}\r\n{part}\r\n", part.len()));
    }
    text.into_bytes()
}

fn read(answers: &mut BufReader<UnixStream>) -> Result<Reply> {
    let mut line = String::new();
    answers.read_line(&mut line)?;
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
            answers.read_exact(&mut text)?;
            text.truncate(text.len() - 2);
            Ok(Reply::Text(String::from_utf8_lossy(&text).into_owned()))
        }
        '*' if rest == "-1" => Ok(Reply::Nil),
        '*' => {
            let count = rest.parse::<usize>()?;
            let list: Result<Vec<_>> = (0..count).map(|_| read(answers)).collect();
            Ok(Reply::List(list?))
        }
        _ => bail!("an answer that makes no sense: {line}"),
    }
}
