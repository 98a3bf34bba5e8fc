//! The API that receives the calls: a minimal server in another process, so that its instructions are not counted.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread;

use anyhow::{Context as _, Result};
use url::Url;

/// First argument of the server's process.
pub const SERVER: &str = "serve";

const RESPONSE: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n[]";

/// The process of the API. Ends when dropped.
pub(super) struct ApiProcess {
    process: Child,
    url: Url,
}

impl ApiProcess {
    pub(super) fn start() -> Result<Self> {
        let mut process = Command::new(std::env::current_exe()?)
            .arg(SERVER)
            .stdout(Stdio::piped())
            .spawn()?;
        let stdout = process.stdout.take().context("the server has no output")?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        let url = line.trim().parse().context("the server printed no URL")?;
        Ok(Self { process, url })
    }

    pub(super) fn url(&self) -> &Url {
        &self.url
    }
}

impl Drop for ApiProcess {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Prints the URL of the API, and responds to requests without a body until the process is killed.
///
/// # Errors
/// Returns an error if no connection can be accepted.
pub fn serve() -> Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    println!("http://{}/", listener.local_addr()?);
    for stream in listener.incoming() {
        let stream = stream?;
        thread::spawn(move || respond(stream));
    }
    Ok(())
}

/// Responds until the connection ends.
fn respond(mut stream: TcpStream) -> Result<()> {
    stream.set_nodelay(true)?;
    let (mut buffer, mut length) = ([0; 8192], 0);
    loop {
        match stream.read(&mut buffer[length..])? {
            0 => return Ok(()),
            read => length += read,
        }
        if buffer[..length].ends_with(b"\r\n\r\n") {
            length = 0;
            stream.write_all(RESPONSE)?;
        }
    }
}
