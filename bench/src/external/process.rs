//! A process of somebody else's program, with an end to it.

use std::process::{Command, ExitStatus, Stdio};
use std::time::Duration;

use anyhow::Result;
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// Runs to the end, or to the limit; then there is no status. Standard error is cut to its end.
pub(super) async fn finish(command: Command, limit: Duration) -> Result<(Option<ExitStatus>, String, String)> {
    let mut child = tokio::process::Command::from(command)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let output = read(child.stdout.take());
    let errors = read(child.stderr.take());
    let status = match timeout(limit, child.wait()).await {
        Ok(status) => Some(status?),
        Err(_) => {
            child.kill().await?;
            None
        }
    };
    Ok((status, output.await??, tail(&errors.await??)))
}

/// In a task, for a program blocks once nobody empties its pipes.
fn read<R: AsyncRead + Unpin + Send + 'static>(pipe: Option<R>) -> JoinHandle<Result<String>> {
    tokio::spawn(async move {
        let mut text = Vec::new();
        if let Some(mut pipe) = pipe {
            pipe.read_to_end(&mut text).await?;
        }
        Ok(String::from_utf8_lossy(&text).into_owned())
    })
}

/// The end of what was said on standard error.
pub(super) fn tail(errors: &str) -> String {
    const LINES: usize = 20;
    let lines: Vec<&str> = errors.lines().collect();
    lines[lines.len().saturating_sub(LINES)..].join("\n")
}
