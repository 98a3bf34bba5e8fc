//! Runs an external program with a timeout.

use std::process::{Command, ExitStatus, Stdio};
use std::time::Duration;

use anyhow::Result;
use supervisor::tail;
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// Runs a program and returns its exit status, standard output, and the last lines of standard error. The status is
/// `None` if the program was killed after `limit`.
pub(super) async fn run_with_timeout(
    command: Command,
    limit: Duration,
) -> Result<(Option<ExitStatus>, String, String)> {
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

/// Reads in a task, because a program blocks when its pipe is full.
fn read<R: AsyncRead + Unpin + Send + 'static>(pipe: Option<R>) -> JoinHandle<Result<String>> {
    tokio::spawn(async move {
        let mut text = Vec::new();
        if let Some(mut pipe) = pipe {
            pipe.read_to_end(&mut text).await?;
        }
        Ok(String::from_utf8_lossy(&text).into_owned())
    })
}
